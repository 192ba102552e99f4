"""Accounts of users for allauth: an email address, a password, perhaps a second factor; nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse

from recipients.models import User
from recipients.users import sign_in


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are made by administrators. Links are mailed by `password_links`, never by the library."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: `sign_in.LimitedBackend` counts, whoever asks it."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Say which limit was reached, if one was; else the form says that the password was wrong."""
        if limit := sign_in.reached(request):
            raise limit.refusal()

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **more)
        sign_in.remember_browser(response, user)
        return response

    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        sign_in.password_was_chosen(self.request, user)


def forget_old_addresses(user: User) -> None:
    """Let nobody sign in, or ask for a new password, with an address that is no longer the user's."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
