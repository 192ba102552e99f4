"""The page of a user: who signs in, and in which queues they work."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from helpdesk.ui.pages import FormPage
from recipients.models import Role, User
from recipients.users.access import SignedIn
from recipients.users.views import changeable_user, mail_link
from tickets.conversation.unassigning import follow_user
from tickets.settings.forms import UserForm


class UserPage(FormPage):
    """The form of a user, or of a new one who gets a link by mail if no password was typed."""

    request: SignedIn
    model = User
    form_class = UserForm
    context_object_name = "edited"  # "user" is who looks at the page
    template_name = "tickets/settings/user_form.html"
    success_url = reverse_lazy("settings:users")
    list_title = _("Users")
    new_title = _("New user")
    edit_title = _("Edit user")
    saved = _("%(user)s was saved.")

    def get_object(self, queryset: Any = None) -> User | None:
        """None for a new one. Raises Http404, and PermissionDenied for whom one may not change."""
        pk = self.kwargs.get(self.pk_url_kwarg)
        return changeable_user(self.request, pk) if pk else None

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"by": self.request.user}

    def form_valid(self, form: Any) -> HttpResponse:
        is_new = self.object is None
        with transaction.atomic():
            response = super().form_valid(form)
            if not is_new and (taken := follow_user(form.instance, by=self.request.user)):
                text = ngettext(
                    "%(count)d ticket is unassigned now: %(user)s can no longer see it.",
                    "%(count)d tickets are unassigned now: %(user)s can no longer see them.",
                    taken,
                )
                messages.info(self.request, text % {"count": taken, "user": form.instance})
        user = form.instance
        if user.is_active and user.role == Role.AGENT and not form.cleaned_data["queues"]:
            warning = _("%(user)s is in no queue and sees no tickets. Choose queues below.")
            messages.warning(self.request, warning % {"user": user})
        if is_new and not form.instance.has_usable_password():
            mail_link(self.request, form.instance)
        return response

    def named(self, row: Model) -> dict[str, Model]:
        return {"user": row}

    def get_success_url(self) -> str:
        return reverse("settings:user", args=[self.object.pk])
