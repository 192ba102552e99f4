"""Signing in with an access token: the messages of XOAUTH2 (Google, Microsoft) and OAUTHBEARER (RFC 7628)."""

from collections.abc import Iterable

from mailboxes.connections.account import Account

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")


def chosen(offered: Iterable[str]) -> str:
    """The mechanism to use, "" if the server offers none. Microsoft's and Google's servers all know the first."""
    known = {each.upper() for each in offered}
    return next((each for each in MECHANISMS if each in known), "")


def initial_response(mechanism: str, account: Account) -> bytes:
    """The one message of the client. Its user need not be the one who signed in: that is how shared mailboxes work."""
    user = account.username
    if mechanism == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {account.bearer}\x01\x01".encode()
    escaped = user.replace("=", "=3D").replace(",", "=2C")
    parts = f"host={account.host}\x01port={account.port}\x01auth=Bearer {account.bearer}"
    return f"n,a={escaped},\x01{parts}\x01\x01".encode()


def refusal(mechanism: str, challenge: bytes) -> bytes:
    """What has to be answered to a challenge, which is a refusal with its reason, so that the server says no."""
    return b"\x01" if mechanism == "OAUTHBEARER" else b""
