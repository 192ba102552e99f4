"""What becomes of a mail that came in? A new ticket, a comment, a held comment; all in the caller's transaction."""

from dataclasses import dataclass

from recipients.matching import Match
from tickets.incoming import Arrival, IncomingMail
from tickets.models import Comment, Outbox, Ticket
from tickets.threading import Thread


@dataclass(frozen=True, slots=True)
class Received:
    """What was made of a mail; `reason` is one sentence for the mail log."""

    ticket: Ticket
    comment: Comment
    held: bool
    reason: str


def open_ticket(mail: IncomingMail, match: Match, arrival: Arrival, *, follow_up_of: Ticket | None = None) -> Received:
    """A new ticket by `mail`, with its confirmation and the notices to staff."""
    raise NotImplementedError


def receive_reply(thread: Thread, mail: IncomingMail, match: Match, arrival: Arrival) -> Received | None:
    """A comment on `thread.ticket`, held if its writer has nothing to do with it.

    None if the writer is unrelated and the settings want a new ticket then: the caller opens it.
    """
    raise NotImplementedError


def receive_automatic(ticket: Ticket, mail: IncomingMail, arrival: Arrival) -> Received:
    """Out-of-office, calendar answer, delivery warning: kept on `ticket`, which stays as it is; nobody is told."""
    raise NotImplementedError


def receive_bounce(outbox: Outbox, mail: IncomingMail, *, permanent: bool, summary: str) -> Received | None:
    """A note that `outbox` could not be delivered; None if it is about no ticket.

    After a permanent failure the mail counts as bounced and its recipient as undeliverable.
    """
    raise NotImplementedError
