"""What is on the desk? One mail, how it came, and what can be told of both without deciding anything."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from mailboxes import authentication
from mailboxes.desk import Desk
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.parsing import ParsedEmail
from mailboxes.routing import Route, route
from recipients.addressing import normalise
from recipients.models import Recipient
from recipients.verdict import UNKNOWN, Verdict
from tickets import references
from tickets.incoming import Arrival
from tickets.references import Token


@dataclass(frozen=True)
class Delivery:
    """A parsed mail together with its ledger row and the desk. Everything here is a question."""

    mail: ParsedEmail
    inbound: InboundEmail
    desk: Desk

    @cached_property
    def author(self) -> str:
        """The From address, normalised; "" if the mail has none that can be used."""
        return normalise(self.mail.author.address)

    @cached_property
    def writer(self) -> Recipient | None:
        """Whether we have met the author. One query."""
        return Recipient.objects.filter(address=self.author).first() if self.author else None

    @cached_property
    def own_token(self) -> Token | None:
        """The token of the mail of ours that this is, by its signed Message-ID or loop header."""
        keys = settings.REFERENCE_KEYS
        return references.read_message_id(self.mail.message_id, keys) or references.read_token(
            self.mail.header("X-Helpdesk-Loop"), keys
        )

    @cached_property
    def sent_to(self) -> tuple[str, ...]:
        """Every address it was sent to: envelope, X-Original-To and its like, To, Cc; normalised, each once."""
        headers = (*(each.address for each in self.mail.to), *(each.address for each in self.mail.cc))
        written = (normalise(each) for each in (self.inbound.envelope_to, *self.mail.delivered_to, *headers))
        return tuple(dict.fromkeys(address for address in written if address))

    @cached_property
    def route(self) -> Route:
        return route(self.sent_to, self.inbound.mailbox_id, self.desk)

    @cached_property
    def verdict(self) -> Verdict:
        mailbox = self.inbound.mailbox
        if mailbox is None or mailbox.authentication == Mailbox.Authentication.OFF:
            return UNKNOWN
        return authentication.read_verdict(self.mail.authentication_results, mailbox.authserv_id)

    @cached_property
    def arrival(self) -> Arrival:
        """What the work floor has to know of the way it came."""
        mailbox = self.inbound.mailbox
        return Arrival(
            received_at=self.inbound.received_at,
            address=self.route.address,
            queue_id=self.route.queue,
            sent_to=self.sent_to,
            verdict=self.verdict,
            enforce=mailbox is not None and mailbox.authentication == Mailbox.Authentication.ENFORCE,
        )
