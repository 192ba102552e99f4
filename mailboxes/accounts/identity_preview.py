"""In whose name a customer gets an agent's answer: From, Reply-To and Sender as they would be, before anything leaves.

By the same functions that write and send the mail, so that the preview cannot say anything else (U12, U13, U15).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from mailboxes.models import Address, Mailbox
from mailboxes.sending.identities import Identities, Identity, Name, NoSender
from recipients.addressing.normalise import display, normalise
from recipients.models import User
from tickets.models import Comment, Outbox, Queue, TicketSettings
from tickets.notifications.dispatch import sender_wishes

MOST = 4  # addresses: the rules are the same for the others
SIGNED = "…"  # what stands in a plus-address


@dataclass(frozen=True, slots=True)
class Preview:
    """The headers of an answer to a mail that came to `written_to` ("" for the portal); `remark` says what is odd."""

    written_to: str
    headers: tuple[tuple[str, str], ...] = ()
    remark: str = ""


def previews(queue: Queue, agent: User, addresses: Iterable[Address]) -> list[Preview]:
    """For each of the addresses at which the queue is written to, as if `agent` answered. Four queries."""
    identities, settings = Identities.load(), TicketSettings.load()
    wishes = sender_wishes(queue, Comment(agent=agent, author_name=str(agent)), settings)
    return [_preview(identities, wishes, each.address) for each in list(addresses)[:MOST]]


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed into the form of a mailbox; what is no address yet counts as none."""

    name: str
    address: str
    queue: Queue | None


def previews_of(mailbox: Mailbox, agent: User, typed: Typed) -> list[Preview]:
    """For each address of a mailbox, as if it were saved as it is `typed`. Five queries; nothing is saved."""
    stored = Identities.load()
    for each in stored.mailboxes:
        if each.pk != mailbox.pk:
            continue
        each.name = typed.name or each.name
        for address in each.addresses.all():
            if address.is_main:
                address.address = normalise(typed.address) or address.address
    addresses = [address for each in stored.mailboxes for address in each.addresses.all()]
    identities = replace(stored, addresses={each.address: each for each in addresses})
    queue, settings = typed.queue or Queue(), TicketSettings.load()
    wishes = sender_wishes(queue, Comment(agent=agent, author_name=str(agent)), settings)
    shown = sorted((each for each in addresses if each.mailbox_id == mailbox.pk), key=lambda each: not each.is_main)
    return [_preview(identities, wishes, each.address) for each in shown[:MOST]]


def _preview(identities: Identities, wishes: dict[str, str], written_to: str) -> Preview:
    outbox = Outbox(kind=Outbox.Kind.NEW_MESSAGE, token=SIGNED, addressed_to=written_to, **wishes)
    try:
        found = identities.of(outbox)
    except NoSender as reason:
        return Preview(display(written_to), remark=str(reason))
    wanted = wishes.get("from_address", "")
    refused = _("%(address)s cannot stand in From: its domain does not let the helpdesk send. See Sending domains.") % {
        "address": display(wanted)
    }
    return Preview(display(written_to), _headers(found), refused if wanted not in ("", found.author.address) else "")


def _headers(identity: Identity) -> tuple[tuple[str, str], ...]:
    sender = [("Sender", display(identity.sender))] if identity.sender else []
    return (("From", _named(identity.author)), *sender, ("Reply-To", _named(identity.reply_to)))


def _named(name: Name) -> str:
    return f"{name.name} <{display(name.address)}>" if name.name else display(name.address)
