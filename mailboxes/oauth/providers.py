"""OAuth2 endpoints and scopes of Google and Microsoft. They cannot be configured, because tokens go there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailboxes.models import Mailbox


@dataclass(frozen=True)
class OAuthProvider:
    """The endpoints of a provider (`{tenant}` is filled in) and what is asked for.

    `scopes` by a person's sign-in; `client_scopes` where the application signs in by itself, none where it cannot.
    `extra` goes with the way to the sign-in page.
    """

    name: str
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    client_scopes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    default_tenant: str = ""


_OUTLOOK = "https://outlook.office.com/"

PROVIDERS: Mapping[str, OAuthProvider] = {
    # Only with both of these does Google hand out a refresh token, each time.
    Mailbox.SignIn.GOOGLE: OAuthProvider(
        name="Google",
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - no password
        scopes=("https://mail.google.com/", "openid", "email"),
        extra={"access_type": "offline", "prompt": "consent"},
    ),
    Mailbox.SignIn.MICROSOFT: OAuthProvider(
        name="Microsoft",
        authorize_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        token_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",  # noqa: S106 - no password
        scopes=(
            f"{_OUTLOOK}IMAP.AccessAsUser.All",
            f"{_OUTLOOK}POP.AccessAsUser.All",
            f"{_OUTLOOK}SMTP.Send",
            "offline_access",
            "openid",
            "email",
        ),
        client_scopes=("https://outlook.office365.com/.default",),
        extra={"prompt": "select_account"},
        default_tenant="common",
    ),
}


def provider_of(mailbox: Mailbox) -> OAuthProvider:
    return PROVIDERS[mailbox.sign_in]
