"""Warnings about mailboxes whose mail customers will see under another sender than the helpdesk writes (U08)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from mailboxes.models import Address, Mailbox
from recipients.addressing.normalise import display, normalise

#: What servers do with a From that is not their account's own address.
REPLACES = {"gmail.com": "Gmail", "googlemail.com": "Gmail", "yandex.com": "Yandex", "yandex.ru": "Yandex"}
REFUSES = {
    "office365.com": "Microsoft 365",
    "outlook.com": "Outlook.com",
    "gmx.net": "GMX",
    "web.de": "WEB.DE",
    "yahoo.com": "Yahoo",
    "me.com": "iCloud",
}


def sending_warnings(mailbox: Mailbox, addresses: Sequence[Address]) -> list[str]:
    """Sentences for administrators about the way out; `addresses` are the mailbox's, its own one among them."""
    return [*_logins(mailbox, addresses), *_replaced(addresses), *_provider(mailbox, addresses)]


def _logins(mailbox: Mailbox, addresses: Sequence[Address]) -> list[str]:
    """An account of another name: it may not write as ours, and what it is sent does not come in."""
    account = normalise(mailbox.smtp_username) if "@" in mailbox.smtp_username else ""
    own = {each.address for each in addresses}
    if not own or not mailbox.smtp_host or not account or account in own:
        return []
    values = {"account": display(account), "address": display(_main(addresses))}
    if normalise(mailbox.imap_username) == account:
        said = _(
            "Mail leaves as %(address)s through an account called %(account)s. Many servers put the "
            "account's address into From, or refuse: allow the account to send as %(address)s."
        )
    else:
        said = _(
            "Mail leaves as %(address)s through %(account)s, which is not the account that is fetched. "
            "If its server puts its own address into From, replies will not come in: send through the "
            "account that is fetched."
        )
    return [said % values]


def _replaced(addresses: Sequence[Address]) -> list[str]:
    """What a check showed: no guess."""
    said = _("The check of %(address)s arrived as if written by %(account)s: that is the sender customers see.")
    return [
        said % {"address": display(each.address), "account": display(each.arrived_from)}
        for each in addresses
        if each.arrived_from
    ]


def _provider(mailbox: Mailbox, addresses: Sequence[Address]) -> list[str]:
    """What the provider does with further addresses, unless a check has shown that it leaves them alone."""
    further = [each for each in addresses if not each.is_main]
    if not further:
        return []
    domain = ".".join(mailbox.smtp_host.lower().rsplit(".", 2)[-2:])
    values = {"addresses": ", ".join(display(each.address) for each in further)}
    if provider := REPLACES.get(domain):
        said = _(
            "%(provider)s puts the account's own address into From, unless it may send as the others: add "
            "%(addresses)s at the provider (Gmail: Settings, Accounts, “Send mail as”)."
        )
    elif provider := REFUSES.get(domain):
        said = _(
            "%(provider)s refuses mail sent as anyone but the account, unless the account may send as "
            "them: allow it for %(addresses)s at the provider (Microsoft 365: permission “Send as”)."
        )
    else:
        return []
    return [said % (values | {"provider": provider})]


def _main(addresses: Sequence[Address]) -> str:
    return next((each.address for each in addresses if each.is_main), "")
