"""The conclusion about a mail: its outcome, the reason, and what came of it, before it is written on the ledger row."""

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

    A filter changes nothing: what is to be done about the mail is its `action`, which answers what came of it.
    """

    outcome: Outcome
    reason: str
    ticket: Ticket | None = None
    comment: Comment | None = None
    duplicate_of: InboundEmail | None = None
    match: Match | None = None
    action: "Callable[[], Conclusion | None] | None" = None

    def carried_out(self) -> "Conclusion":
        """Carry out the action, if there is one."""
        return (self.action() if self.action else None) or self

    def facts(self) -> dict[str, Any]:
        """The fields of the ledger row."""
        return {
            "ticket": self.ticket,
            "comment": self.comment,
            "duplicate_of": self.duplicate_of,
            "match": self.match.as_json() if self.match else {},
        }


def received(outcome: Outcome, result: Received, match: Match | None = None) -> Conclusion:
    """The conclusion of what `tickets` made of it."""
    return Conclusion(outcome, result.reason, ticket=result.ticket, comment=result.comment, match=match)
