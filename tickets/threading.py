"""Which ticket does a mail belong to? Tags in its subject, signed ids of ours, ids of mails that a ticket holds.

Body text never threads, and who may write on the ticket is another question (`tickets.receiving`). At most three
queries, however many ids the mail names; the ticket comes back locked.
"""

from dataclasses import dataclass
from enum import StrEnum

from tickets.incoming import Arrival, IncomingMail
from tickets.models import Outbox, Ticket


class ThreadedBy(StrEnum):
    """What made a mail part of a ticket."""

    TAG = "tag"
    HEADER = "header"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a mail belongs: to `ticket`; or to a new one (`ticket` is None) that may be the `follow_up_of` another.

    `answered` is the mail of ours on that ticket that it answers, named by a token whose signature was verified.
    `reason` is one sentence for the mail log, "" if the mail names no ticket.
    """

    ticket: Ticket | None = None
    by: ThreadedBy | None = None
    answered: Outbox | None = None
    follow_up_of: Ticket | None = None
    reason: str = ""


def find_thread(mail: IncomingMail, arrival: Arrival) -> Thread:
    """The ticket that `mail` belongs to, locked; must be called in a transaction."""
    raise NotImplementedError
