"""Mails of customers that an agent passed in: the customer is the requester, and not the agent (L32, L33).

Only for an agent whose mail is authentic: anybody can write a text that looks like a forwarded mail, and a sender taken
from it is not to be believed on the word of a stranger. For all others it stays a suggestion on the ticket page.
"""

from dataclasses import dataclass

from recipients.addressing.normalise import normalise
from recipients.matching.directory import match_sender
from recipients.matching.match import Match, Rejection
from recipients.models import User
from tickets.intake.arrival import Arrival, IncomingMail


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Whose mail was passed on, who they are, and which agent did it."""

    by: User
    match: Match
    name: str
    subject: str


def offered(mail: IncomingMail, match: Match) -> dict[str, str]:
    """Name and address of who wrote the mail that an agent forwards, {} if no agent does; one query for a forward.

    For a click on the ticket page: nothing proves that the mail is the agent's.
    """
    author = mail.forwarded.author if mail.forwarded else None
    address = normalise(author.address) if author else ""
    if author is None or not address or address == match.address:
        return {}
    agents = set(
        User.objects.filter(email__in=(match.address, address), is_active=True).values_list("email", flat=True)
    )
    return {"name": author.name[:200], "address": address} if agents == {match.address} else {}


def passed_on(mail: IncomingMail, match: Match, arrival: Arrival) -> PassedOn | None:
    """The customer behind an agent's forwarded mail; None if it is none. Three queries, or none."""
    forwarded = mail.forwarded
    address = normalise(forwarded.author.address) if forwarded else ""
    if forwarded is None or not address or address == match.address or not arrival.verdict.passed:
        return None
    agents = {user.email: user for user in User.objects.filter(email__in=(match.address, address), is_active=True)}
    if match.address not in agents or address in agents:
        return None
    original = match_sender(address, enforce=arrival.enforce)  # nothing vouches for the original's domain
    if original.reason is Rejection.OWN_ADDRESS:
        return None
    return PassedOn(agents[match.address], original, forwarded.author.name, forwarded.subject)
