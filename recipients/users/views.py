"""The pages of users: the list, a user's form, and their password."""

from smtplib import SMTPException

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.ui.pages import Link, ListPage
from recipients.models import User
from recipients.users.access import SignedIn, administrator_required, manageable_users
from recipients.users.forms import PasswordForm
from recipients.users.lists import UserFilter, UserTable
from recipients.users.password_links import invite


class UserList(ListPage):
    """Everybody who signs in to work."""

    layout = "settings_page.html"
    filter_class, table_class = UserFilter, UserTable
    title = gettext_lazy("Users")
    links = (Link("settings:user_add", gettext_lazy("New user"), "plus", primary=True, shortcut="n"),)
    icon = "users"
    no_match = gettext_lazy("No user matches")
    request: SignedIn

    def get_queryset(self) -> QuerySet[User]:
        return manageable_users(self.request.user).select_related("partner")


@administrator_required
def user_password(request: SignedIn, pk: int) -> HttpResponse:
    user = changeable_user(request, pk)
    form = PasswordForm(request.POST or None, user=user)
    if form.is_valid():
        user.set_password(form.cleaned_data["password"])
        user.save(update_fields=["password"])
        messages.success(request, _("%(user)s has a new password and was signed out everywhere.") % {"user": user})
        return redirect("settings:user", user.pk)
    return render(request, "recipients/users/user_password.html", {"form": form, "edited": user})


@administrator_required
@require_POST
def user_invite(request: SignedIn, pk: int) -> HttpResponse:
    user = changeable_user(request, pk)
    mail_link(request, user)
    return redirect("settings:user", user.pk)


def changeable_user(request: SignedIn, pk: int) -> User:
    """The user to change. Raises Http404, PermissionDenied: super administrators are changed by their like alone."""
    user = get_object_or_404(manageable_users(request.user), pk=pk)
    if user.is_super_administrator and not request.user.is_super_administrator:
        raise PermissionDenied
    return user


def mail_link(request: SignedIn, user: User) -> None:
    """Mail a link to choose a password, and say whether it is on its way."""
    try:
        invite(user)
    except (OSError, SMTPException) as error:
        reason = _("The link could not be sent: %(error)s Enter a password instead, or try again.")
        messages.error(request, reason % {"error": error})
    else:
        messages.success(request, _("A link to choose a password was sent to %(email)s.") % {"email": user.email})
