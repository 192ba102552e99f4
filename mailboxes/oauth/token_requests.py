"""Token requests to a provider, by Authlib: for a code, for a refresh token, or for the application itself.

Authlib and requests are loaded when the first token is needed: the pages of agents never need one.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mailboxes.connections.sentences import Sentence
from mailboxes.models import OAuthAccount
from mailboxes.oauth.providers import provider_of

SECONDS = 10.0
USUAL_SECONDS, LONGEST_SECONDS = 3600, 24 * 3600  # of an access token whose answer does not say


class NoTokens(Exception):  # noqa: N818 - an answer
    """The provider gave none; `message` is a sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(NoTokens):
    """The provider says no: somebody has to sign in again, or to change the application."""


class Unreachable(NoTokens):
    """The provider did not answer, or not with tokens: it may at the next try."""


@dataclass(frozen=True)
class Tokens:
    """An answer. `refresh` is "" where the old one stays; `seconds`: how long `access` holds from now on."""

    access: str
    refresh: str
    seconds: int
    account: str = ""

    def __repr__(self) -> str:
        return "Tokens(…)"


def for_code(oauth: OAuthAccount, code: str, verifier: str, redirect_uri: str) -> Tokens:
    """The tokens for the code that the sign-in page gave (RFC 6749, 4.1.3; RFC 7636)."""
    return _ask(
        oauth,
        lambda session, url: session.fetch_token(
            url,
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=redirect_uri,
            timeout=SECONDS,
        ),
    )


def refreshed(oauth: OAuthAccount) -> Tokens:
    """New tokens for the refresh token, or for the application itself."""
    if oauth.grant == OAuthAccount.Grant.CLIENT:
        scope = " ".join(provider_of(oauth.mailbox).client_scopes)
        return _ask(
            oauth,
            lambda session, url: session.fetch_token(
                url, grant_type="client_credentials", scope=scope, timeout=SECONDS
            ),
        )
    return _ask(
        oauth,
        lambda session, url: session.refresh_token(url, refresh_token=oauth.refresh_token, timeout=SECONDS),
    )


def token_url(oauth: OAuthAccount) -> str:
    return filled_in(provider_of(oauth.mailbox).token_url, oauth)


def filled_in(url: str, oauth: OAuthAccount) -> str:
    """An endpoint with the tenant, which stays one part of the path whatever was typed."""
    tenant = oauth.tenant or provider_of(oauth.mailbox).default_tenant
    return url.replace("{tenant}", quote(tenant, safe=""))


def _ask(oauth: OAuthAccount, question: Callable[[Any, str], Any]) -> Tokens:
    from authlib.integrations.base_client import OAuthError  # slow, and of no use to pages
    from authlib.integrations.requests_client import OAuth2Session
    from requests import RequestException

    name = provider_of(oauth.mailbox).name
    method = "client_secret_post" if oauth.client_secret else "none"
    try:
        with OAuth2Session(oauth.client_id, oauth.client_secret or None, token_endpoint_auth_method=method) as session:
            session.max_redirects = 0  # what carries secrets goes where it was sent
            return _read(question(session, token_url(oauth)))
    except OAuthError as error:
        if error.error in ("temporarily_unavailable", "server_error", "slow_down"):
            raise Unreachable(Sentence.PROVIDER_UNAVAILABLE.text(provider=name)) from None
        said = _words(f"{error.error} {error.description or ''}", oauth)
        raise Refused(Sentence.PROVIDER_REFUSED.text(provider=name, error=said)) from None
    except (RequestException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(Sentence.NO_TOKEN.text(provider=name, reason=type(error).__name__)) from None


def _read(answer: Any) -> Tokens:
    """Raises KeyError, TypeError or ValueError on an answer that is none."""
    access = answer["access_token"]
    if not isinstance(access, str) or not access or not access.isprintable() or " " in access:
        raise ValueError("no access token")
    refresh = answer.get("refresh_token")
    return Tokens(
        access, refresh if isinstance(refresh, str) else "", _seconds(answer.get("expires_in")), _account(answer)
    )


def _seconds(said: Any) -> int:
    """How long a token holds, from its receipt on: nobody's clock is asked."""
    try:
        seconds = int(said)
    except (TypeError, ValueError):
        return USUAL_SECONDS
    return min(seconds, LONGEST_SECONDS) if seconds > 0 else USUAL_SECONDS


def _account(answer: Any) -> str:
    """Who signed in, as the id token says. It came from the provider itself over TLS (OpenID Connect, 3.1.3.7)."""
    try:
        payload = str(answer.get("id_token", "")).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        said = claims.get("email") or claims.get("preferred_username") or ""
    except (IndexError, ValueError, binascii.Error, AttributeError):
        return ""
    return "".join(character for character in str(said) if character.isprintable())[:320]


def _words(said: str, oauth: OAuthAccount) -> str:
    """The provider's words on one line, without our secrets."""
    for secret in filter(None, (oauth.client_secret, oauth.refresh_token, oauth.access_token)):
        said = said.replace(secret, "…")
    said = " ".join("".join(character if character.isprintable() else " " for character in said).split())
    return said[:300].rstrip(".")
