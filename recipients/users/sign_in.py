"""Signing in of users: the one backend that checks their passwords, within the limits of `helpdesk.limits`.

Wrong ones are counted by client, by account and client, and by account. The last one slows guesses down that come from
many addresses, and never shuts the owner out: it asks nobody whose browser is known for the account, who has just
chosen a password by a mailed link, or who shows a second factor as well.
"""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from helpdesk import limits
from helpdesk.limits import Limit
from recipients.addressing.normalise import normalise
from recipients.models import User

KNOWN_BROWSER = "known_browser"
_KNOWN_FOR = 180 * limits.DAY
_PROVED, _REACHED = "password_chosen_by", "sign_in_limit"


class LimitedBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """The sign-in library's backend, which looks at no more passwords than the limits allow.

    The first backend of the settings. It answers for all: no other one is asked for a password after it.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User:
        """The user. Raises PermissionDenied if there is none, or a limit was reached (`reached` says which)."""
        name = _name(credentials)
        client = limits.client(request) if request else ""
        if not limits.SIGN_IN_CLIENT.left(client):
            raise _refused(request, limits.SIGN_IN_CLIENT)
        if not limits.SIGN_IN_NAME.left(name, client):
            raise _refused(request, limits.SIGN_IN_NAME)
        known = _known_browser(request, name)
        slowed = not limits.SIGN_IN_ACCOUNT.left(name, *known) and not limits.SIGN_IN_SLOWED.count(name, *known)
        if slowed and not _has_second_factor(name):
            self._mitigate_timing_attack(credentials.get("password"))
            raise _refused(request, limits.SIGN_IN_ACCOUNT)
        user: User | None = super().authenticate(request, **credentials)
        if user is None:
            limits.SIGN_IN_CLIENT.count(client)
            limits.SIGN_IN_NAME.count(name, client)
            limits.SIGN_IN_ACCOUNT.count(name, *known)
            raise _refused(request, limits.SIGN_IN_ACCOUNT if slowed else None)
        return user


def reached(request: HttpRequest) -> Limit | None:
    """The limit because of which the last password of this request was not looked at."""
    found: Limit | None = getattr(request, _REACHED, None)
    return found


def remember_browser(response: HttpResponse, user: User) -> None:
    """Let the browser be known for the account of `user`, who has signed in with it, for half a year."""
    value = signing.dumps([user.email, get_random_string(16)], salt=KNOWN_BROWSER)
    response.set_cookie(
        KNOWN_BROWSER, value, _KNOWN_FOR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def password_was_chosen(request: HttpRequest, user: User) -> None:
    """Guesses that were made before do not keep the owner out, who has just proved to be the owner."""
    request.session[_PROVED] = user.email


def _name(credentials: dict[str, Any]) -> str:
    """The account that is asked for, in one form, by whatever name the caller hands it over."""
    given = str(next((credentials[key] for key in ("email", "username", "login") if credentials.get(key)), ""))
    return normalise(given) or given.strip().lower()


def _known_browser(request: HttpRequest | None, name: str) -> tuple[str, ...]:
    """What a browser that is known for the account is counted as, by itself; () for any other one."""
    if request is None:
        return ()
    if hasattr(request, "session") and request.session.get(_PROVED) == name:
        return ("proved", str(request.session.session_key))
    try:
        email, browser = signing.loads(request.COOKIES.get(KNOWN_BROWSER, ""), salt=KNOWN_BROWSER, max_age=_KNOWN_FOR)
    except (signing.BadSignature, ValueError):
        return ()
    return ("browser", browser) if email == name else ()


def _has_second_factor(name: str) -> bool:
    return bool(Authenticator.objects.filter(user__email=name).exists())


def _refused(request: HttpRequest | None, limit: Limit | None) -> PermissionDenied:
    if request is not None:
        setattr(request, _REACHED, limit)
    return PermissionDenied()
