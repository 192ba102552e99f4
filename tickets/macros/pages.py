"""The lists and forms of canned replies: those of queues in the settings; with `own` one's own, beside the profile."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.pages import DeletePage, FormPage, ShortListPage
from recipients.models import User
from recipients.users.access import SignedIn
from tickets.macros.forms import CannedReplyForm
from tickets.macros.placeholders import PLACEHOLDERS
from tickets.models import CannedReply
from tickets.models.setup.custom_field import placeholders


def _owner(request: SignedIn, *, own: bool) -> User | None:
    return request.user if own else None


class ReplyList(ShortListPage):
    """Nobody sees another agent's own."""

    request: SignedIn
    own = False
    row_url, delete_url = "settings:canned_reply", "settings:canned_reply_delete"
    template_name = "tickets/macros/list.html"
    icon = "message-square-quote"
    nothing = _("No canned replies yet")
    nothing_text = _("For what you write again and again: type / in an answer to insert it, or use its button.")

    def get_queryset(self) -> QuerySet[CannedReply]:
        owner = _owner(self.request, own=self.own)
        return CannedReply.objects.filter(owner=owner).prefetch_related("queues")


class ReplyPage(FormPage):
    request: SignedIn
    own = False
    layout = "settings_page.html"
    model = CannedReply
    context_object_name = "reply"
    form_class = CannedReplyForm
    template_name = "tickets/macros/form.html"
    new_title = _("New canned reply")
    edit_title = _("Edit canned reply")
    saved = _("The canned reply %(reply)s was saved.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(placeholders=[*PLACEHOLDERS, *placeholders()], **kwargs)

    def get_queryset(self) -> QuerySet[CannedReply]:
        return CannedReply.objects.filter(owner=_owner(self.request, own=self.own))

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"owner": _owner(self.request, own=self.own)}

    def form_invalid(self, form: Any) -> HttpResponse:
        if self.request.FILES:
            messages.warning(self.request, _("Choose the files again."))
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)


class ReplyDeletion(DeletePage):
    request: SignedIn
    own = False
    context_object_name = "reply"
    deleted = _("The canned reply %(reply)s was deleted.")

    def get_queryset(self) -> QuerySet[CannedReply]:
        return CannedReply.objects.filter(owner=_owner(self.request, own=self.own))
