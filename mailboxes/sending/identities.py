"""The identity of an outgoing mail: From, server, and where the answers go (U12, U13, U14, U15, T05, T21)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _

from mailboxes.models import Address, Mailbox
from recipients.addressing.normalise import domain_of
from tickets.models import Outbox
from tickets.text import references


class NoSender(Exception):  # noqa: N818 - an answer, not a bug
    """The mail has to wait until somebody sets something up; says what in a sentence."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name and an address as in a header."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Identity:
    """`sender` is "" where it would repeat From (RFC 5322, 3.6.2); `domain` is the right side of the Message-ID."""

    author: Name
    reply_to: Name
    sender: str
    envelope_from: str
    domain: str


@dataclass(frozen=True, slots=True)
class Identities:
    """The mailboxes and addresses as they are now, to be asked for any number of mails."""

    mailboxes: tuple[Mailbox, ...]
    addresses: dict[str, Address]

    @classmethod
    def load(cls) -> Self:
        """Two queries."""
        mailboxes = tuple(Mailbox.objects.prefetch_related("addresses").order_by("-is_default", "pk"))
        addresses = {each.address: each for mailbox in mailboxes for each in mailbox.addresses.all()}
        return cls(mailboxes, addresses)

    def mailbox_of(self, outbox: Outbox) -> Mailbox:
        """The mailbox of the address in whose name it leaves, else the default one. Raises `NoSender`."""
        address = self.address_of(outbox)
        owner = address.mailbox_id if address else None
        found = [*self._with(owner), *(each for each in self.mailboxes if each.is_default), *self.mailboxes]
        if not found:
            raise NoSender(_("There is no mailbox yet that could send it. Add one."))
        if not found[0].address:
            raise NoSender(_("The mailbox “%(name)s” has no address yet. Give it one.") % {"name": found[0].name})
        return found[0]

    def sending_mailbox(self, mailbox: Mailbox) -> Mailbox:
        """The mailbox itself if it has an SMTP server, else the default one. Raises `NoSender`."""
        for each in (mailbox, *self.mailboxes):
            if each.can_send and (each is mailbox or each.is_default):
                return each
        raise NoSender(_("The mailbox “%(name)s” has no SMTP server. Name one.") % {"name": mailbox.name})

    def of(self, outbox: Outbox) -> Identity:
        """Raises `NoSender`."""
        mailbox = self.mailbox_of(outbox)
        own, signed = mailbox.address, _signed(mailbox, outbox)
        address = self.address_of(outbox)
        additional = address if address and not address.is_main else None
        author = _author(outbox, mailbox, additional)
        return Identity(
            author=author,
            reply_to=_reply_to(outbox, mailbox, additional),
            sender=own if author.address != own and not additional and not outbox.to_staff else "",
            envelope_from=signed,
            domain=domain_of(own),
        )

    def address_of(self, outbox: Outbox) -> Address | None:
        """The address the customer wrote to; for a ticket that came by none, such as the portal's, one of its queue.

        The queue's main address comes first, then those whose redirect was checked.
        """
        if outbox.addressed_to or outbox.ticket is None:
            return self.addresses.get(outbox.addressed_to)
        queue = outbox.ticket.queue_id
        of_queue = [each for each in self.addresses.values() if each.queue_id == queue]
        usable = [each for each in of_queue if each.is_main or each.verified_at]
        return next(iter(sorted(usable, key=lambda each: (not each.is_main, each.pk))), None)

    def _with(self, pk: int | None) -> Iterable[Mailbox]:
        return (each for each in self.mailboxes if each.pk == pk)


def _author(outbox: Outbox, mailbox: Mailbox, additional: Address | None) -> Name:
    name = outbox.from_name or mailbox.name
    if outbox.to_staff:
        return Name(name, mailbox.sender_email or mailbox.address)
    if outbox.from_address:
        return Name(name, outbox.from_address)
    if additional:
        return Name(additional.name or name, additional.address)
    return Name(name, mailbox.address)


def _reply_to(outbox: Outbox, mailbox: Mailbox, additional: Address | None) -> Name:
    """Staff answer to the incoming mailbox; customers to the agent, if the queue wants that, or to where they wrote."""
    if not outbox.to_staff:
        if outbox.reply_to:
            return Name(outbox.from_name, outbox.reply_to)
        if additional:
            return Name(additional.name or mailbox.name, additional.address)
    return Name(mailbox.name, _signed(mailbox, outbox))


def _signed(mailbox: Mailbox, outbox: Outbox) -> str:
    """The mailbox's address, with the token of the mail where plus-addresses reach it."""
    return references.reply_address(mailbox.address, outbox.token) if mailbox.plus_addressing else mailbox.address
