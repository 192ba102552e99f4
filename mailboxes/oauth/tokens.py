"""Access tokens for mailboxes, refreshed by one worker at a time and written before they are used."""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from mailboxes.connections.account import Account, ConnectionFailed, LoginRefused, Step
from mailboxes.connections.sentences import Sentence
from mailboxes.models import Mailbox, OAuthAccount
from mailboxes.oauth import token_requests
from mailboxes.oauth.token_requests import Refused, Tokens, Unreachable

NEW = timedelta(minutes=1)  # so young a token that is refused is refused for another reason than its age


def account_for(mailbox: Mailbox, account: Account, *, anew: bool = False) -> Account:
    """`account`, an account of `mailbox`, with an access token where it signs in as the mailbox itself.

    An SMTP server with a login of its own, or with none, is no business of the provider: it never gets a token.
    Raises `LoginRefused` with a sentence if somebody has to sign in (again), `ConnectionFailed` if the provider is out
    of reach. `anew`: the token that is stored was refused.
    """
    own = (account.username, account.password) == (mailbox.imap_username, mailbox.imap_password)
    if mailbox.sign_in == Mailbox.SignIn.PASSWORD or account.program or not own:
        return account
    return with_token(mailbox, account, anew=anew)


def with_token(mailbox: Mailbox, account: Account, *, anew: bool = False) -> Account:
    """`account` with the access token of `mailbox`, whatever its login; raises as `account_for` does."""
    return replace(account, password="", bearer=_access_token(mailbox, anew=anew))


def may_be_stale(mailbox: Mailbox) -> bool:
    """Whether a refused sign-in may be due to a token that ended before its time."""
    oauth = OAuthAccount.objects.filter(mailbox=mailbox).first()
    return bool(oauth and oauth.refreshed_at and oauth.refreshed_at < timezone.now() - NEW)


def store(oauth: OAuthAccount, tokens: Tokens) -> bool:
    """Write an answer, under the claim; False if it was lost. One without a refresh token leaves the one there is."""
    now = timezone.now()
    return oauth.write(
        access_token=tokens.access,
        refresh_token=tokens.refresh or oauth.refresh_token,
        expires_at=now + timedelta(seconds=tokens.seconds),
        refreshed_at=now,
        connected_as=tokens.account or oauth.connected_as,
        trouble="",
    )


def _access_token(mailbox: Mailbox, *, anew: bool) -> str:
    oauth = OAuthAccount.objects.select_related("mailbox").filter(mailbox=mailbox).first()
    if oauth is None or not oauth.is_signed_in:
        raise LoginRefused(Step.LOGIN, Sentence.NOT_SIGNED_IN.text(), temporary=False)
    if oauth.is_fresh and not anew:
        return str(oauth.access_token)
    refused = oauth.access_token if anew else ""
    if not oauth.take():  # another worker is at it
        if oauth.is_usable and not anew:
            return str(oauth.access_token)
        raise ConnectionFailed(Step.LOGIN, Sentence.SIGN_IN_RENEWING.text(), temporary=True)
    if oauth.is_fresh and oauth.access_token != refused:  # it was, a moment ago
        oauth.write()
        return str(oauth.access_token)
    try:
        tokens = token_requests.refreshed(oauth)
    except Refused as refusal:
        oauth.write(trouble=refusal.message)
        raise LoginRefused(Step.LOGIN, refusal.message, temporary=False) from refusal
    except Unreachable as failure:
        usable = oauth.is_usable and not anew
        oauth.write(trouble=failure.message)
        if usable:
            return str(oauth.access_token)
        raise ConnectionFailed(Step.LOGIN, failure.message, temporary=True) from failure
    store(oauth, tokens)
    return str(tokens.access)
