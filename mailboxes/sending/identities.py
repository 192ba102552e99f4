"""The identity of an outgoing mail: From, server, and where the answers go.

U07, U12, U13, U14, U15, U17, U18, T05, T21.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _

from mailboxes.models import Address, Mailbox, SendingDomain
from mailboxes.sending.installation import installation_address, installation_mailbox, installation_name
from recipients.addressing.normalise import domain_of, is_public_mail, organisation_of
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
class _Source:
    """What a mail leaves by: its own address, to which bounces go, and `usual`, in whose name it writes (U14)."""

    name: str
    own: str
    usual: Name
    to_staff: str
    plus_addressing: bool = False

    @classmethod
    def of(cls, mailbox: Mailbox) -> Self:
        own = mailbox.address
        default = next((each for each in mailbox.addresses.all() if each.is_default), None)
        usual = Name(default.name or mailbox.name, default.address) if default else Name(mailbox.name, own)
        return cls(mailbox.name, own, usual, mailbox.sender_email or usual.address, mailbox.plus_addressing)

    def signed(self, outbox: Outbox) -> str:
        """Its own address, with the token of the mail where plus-addresses reach it."""
        return references.reply_address(self.own, outbox.token) if self.plus_addressing else self.own


@dataclass(frozen=True, slots=True)
class Identities:
    """The mailboxes and addresses as they are now, to be asked for any number of mails."""

    mailboxes: tuple[Mailbox, ...]
    addresses: dict[str, Address]
    permitted: frozenset[str] = frozenset()  # domains that agents' own addresses may be of

    @classmethod
    def load(cls) -> Self:
        """Three queries."""
        mailboxes = tuple(Mailbox.objects.prefetch_related("addresses").order_by("-is_default", "pk"))
        addresses = {each.address: each for mailbox in mailboxes for each in mailbox.addresses.all()}
        return cls(mailboxes, addresses, SendingDomain.permitted())

    def mailbox_of(self, outbox: Outbox) -> Mailbox | None:
        """The mailbox of the address in whose name it leaves, else the default one; None while there is none.

        Raises `NoSender` if the mailbox has no address, or nothing can send in its stead.
        """
        address = self.address_of(outbox)
        owner = address.mailbox_id if address else None
        found = [*self._with(owner), *(each for each in self.mailboxes if each.is_default), *self.mailboxes]
        if not found:
            if installation_mailbox() is None:
                raise NoSender(_("There is no mailbox yet that could send it. Add one."))
            return None
        if not found[0].address:
            raise NoSender(_("The mailbox “%(name)s” has no address yet. Enter one.") % {"name": found[0].name})
        return found[0]

    def sending_mailbox(self, mailbox: Mailbox | None) -> Mailbox:
        """The mailbox itself if it can send, else the default one, else what the environment names (U07).

        Raises `NoSender`.
        """
        for each in (mailbox, *self.mailboxes):
            if each and each.can_send and (each is mailbox or each.is_default):
                return each
        if by_environment := installation_mailbox():
            return by_environment
        raise NoSender(
            _("The mailbox “%(name)s” has no SMTP server. Enter one.") % {"name": mailbox.name if mailbox else ""}
        )

    def of(self, outbox: Outbox) -> Identity:
        """Raises `NoSender`."""
        mailbox = self.mailbox_of(outbox)
        source = _Source.of(mailbox) if mailbox else _of_the_installation()
        address = self.address_of(outbox)
        additional = address if address and not address.is_main else None
        agents_own = outbox.from_address if self.may_write_as(outbox.from_address, source.own) else ""
        author = _author(outbox, source, additional, agents_own)
        return Identity(
            author=author,
            reply_to=_reply_to(outbox, source, additional),
            sender=source.own if author.address not in (source.own, *self.addresses) and not outbox.to_staff else "",
            envelope_from=source.signed(outbox),
            domain=domain_of(source.own),
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

    def may_write_as(self, address: str, own: str) -> bool:
        """Whether an agent's own address may stand in From of what leaves by our address `own` (DMARC).

        It is of the same organisation, or its domain was found to let us send; never a mail provider's, which vouches
        for the account alone.
        """
        domain = domain_of(address)
        if not domain or is_public_mail(domain):
            return False
        return domain in self.permitted or organisation_of(domain) == organisation_of(domain_of(own))

    def _with(self, pk: int | None) -> Iterable[Mailbox]:
        return (each for each in self.mailboxes if each.pk == pk)


def _of_the_installation() -> _Source:
    own, name = installation_address(), installation_name()
    return _Source(name, own, Name(name, own), own)


def _author(outbox: Outbox, source: _Source, additional: Address | None, agents_own: str) -> Name:
    """`agents_own` is the agent's own address if the queue wants it and it may stand in From."""
    if outbox.kind == Outbox.Kind.REDIRECT_CHECK:  # its sender is to be known again when it comes in
        return Name(source.name, source.own)
    if outbox.to_staff:
        return Name(outbox.from_name or source.name, source.to_staff)
    if outbox.ticket and outbox.ticket.is_topic:  # U11
        return Name(source.name, additional.address if additional else source.usual.address)
    if agents_own:
        return Name(outbox.from_name or source.name, agents_own)
    if additional:
        return Name(additional.name or outbox.from_name or source.name, additional.address)
    return Name(outbox.from_name or source.usual.name, source.usual.address)


def _reply_to(outbox: Outbox, source: _Source, additional: Address | None) -> Name:
    """Staff answer to the incoming mailbox; customers to the agent, if the queue wants that, or to where they wrote.

    An address that only redirects need not take plus-addresses: no token is put into it.
    """
    if not outbox.to_staff:
        if outbox.reply_to:
            return Name(outbox.from_name, outbox.reply_to)
        if additional:
            return Name(additional.name or source.name, additional.address)
        if source.usual.address != source.own:
            return source.usual
    return Name(source.name, source.signed(outbox))
