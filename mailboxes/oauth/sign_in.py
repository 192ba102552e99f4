"""The way to a provider's sign-in page and back: state and PKCE bound to the session, one address to return to."""

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse
from django.utils.translation import gettext as _

from mailboxes.models import OAuthAccount
from mailboxes.oauth import token_requests, tokens
from mailboxes.oauth.providers import provider_of
from mailboxes.oauth.token_requests import Refused, filled_in

KEY = "mail_sign_in"
SECONDS = 600  # for somebody to sign in there


def redirect_uri() -> str:
    """Where providers send people back to: the same for every mailbox, never from a request."""
    return f"{settings.SITE_URL}{reverse('settings:sign_in_done')}"


def begin(oauth: OAuthAccount, session: SessionBase) -> str:
    """The address of the sign-in page; what proves that this browser set out is kept in its session."""
    provider = provider_of(oauth.mailbox)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    session[KEY] = {
        "state": state,
        "verifier": verifier,
        "oauth": oauth.pk,
        "meant_for": oauth.meant_for,
        "at": int(time.time()),
    }
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": oauth.client_id,
        "redirect_uri": redirect_uri(),
        "scope": " ".join(provider.scopes),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **provider.extra,
    }
    return f"{filled_in(provider.authorize_url, oauth)}?{urlencode(asked)}"


def begun(session: SessionBase, state: str) -> dict[str, Any]:
    """What `begin` kept, once, if `state` is the one it gave out; {} otherwise."""
    kept: dict[str, Any] = session.pop(KEY, {})
    if not kept or not hmac.compare_digest(str(kept["state"]).encode(), state.encode()):
        return {}
    return kept if time.time() - kept["at"] < SECONDS else {}


def finish(oauth: OAuthAccount, code: str, verifier: str, meant_for: list[str | int]) -> None:
    """Exchange the code for tokens and keep them. Raises `NoTokens`.

    `meant_for`: what they were asked for. If that has changed meanwhile, be it while the provider was asked, they are
    not kept: whoever signed in did not agree to the new one.
    """
    if oauth.meant_for != meant_for:
        raise Refused(_changed())
    found = token_requests.for_code(oauth, code, verifier, redirect_uri())
    if not found.refresh and not oauth.refresh_token:
        raise Refused(_("The provider gave no lasting access (no refresh token)."))
    if not oauth.take():
        OAuthAccount.objects.filter(pk=oauth.pk).update(claim="", claimed_until=None)  # a person comes first
        oauth.take()
    if oauth.meant_for != meant_for:
        oauth.write()
        raise Refused(_changed())
    if not tokens.store(oauth, found):  # it was changed just now, which took the claim away
        raise Refused(_changed())


def _changed() -> str:
    return _("The server or the application was changed while you signed in. Sign in again.")
