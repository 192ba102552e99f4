"""How did it end, and why? What `inbound.receive` answers, before it is written on the ledger row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mailboxes.models import InboundEmail, Outcome
from recipients.matching.match import Match
from tickets.intake.receiving import Received
from tickets.models import Comment, Ticket


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One named outcome with a reason that a person can read.

    A screen changes nothing: what is to be done about the mail is its `deed`, which answers what came of it.
    """

    outcome: Outcome
    reason: str
    ticket: Ticket | None = None
    comment: Comment | None = None
    duplicate_of: InboundEmail | None = None
    match: Match | None = None
    deed: "Callable[[], Conclusion | None] | None" = None

    def carried_out(self) -> "Conclusion":
        """Do the deed, if there is one."""
        return (self.deed() if self.deed else None) or self

    def facts(self) -> dict[str, Any]:
        """The fields of the ledger row."""
        return {
            "ticket": self.ticket,
            "comment": self.comment,
            "duplicate_of": self.duplicate_of,
            "match": self.match.as_json() if self.match else {},
        }


def received(outcome: Outcome, result: Received, match: Match | None = None) -> Conclusion:
    """What the work floor made of it."""
    return Conclusion(outcome, result.reason, ticket=result.ticket, comment=result.comment, match=match)
