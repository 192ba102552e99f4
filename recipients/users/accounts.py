"""How do people sign in? With an e-mail address, a password and, if they want, a second factor; nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.http import HttpRequest

from recipients.models import User
from recipients.users.password_links import send_reset


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are made by administrators."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """In our own words: the library's name the host that the request named, and know no HTML."""
        send_reset(user)


def forget_old_addresses(user: User) -> None:
    """Let nobody sign in, or ask for a new password, with an address that is no longer the user's."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
