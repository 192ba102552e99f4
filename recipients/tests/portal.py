"""How does a test come into the portal? By the mailed link, as everybody does."""

import re
from typing import Any

from django.core import mail
from django.test import Client

from recipients.models import PortalAccount, SignInLink

PASSWORD = "a password of my own"
_LINK = re.compile(r"http://localhost:8000(/portal/sign-in/\S+)")


def ask(client: Client, address: str, **more: Any) -> Any:
    """Type `address` into the sign-in page."""
    return client.post("/portal/sign-in/", {"address": address, **more})


def links() -> list[str]:
    """The paths of the links that were mailed, the newest last."""
    return [found[1] for each in mail.outbox if (found := _LINK.search(str(each.body)))]


def come_in(client: Client, address: str) -> PortalAccount:
    """A browser whose owner has proved that `address` is theirs."""
    _link, token = SignInLink.issue(address)
    client.post(f"/portal/sign-in/{token}/")
    return PortalAccount.objects.get(address=address)


def is_in(client: Client) -> bool:
    return bool(client.get("/portal/account/").status_code == 200)
