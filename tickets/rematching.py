"""Which tickets would be matched differently today, or under other settings?

Bounded to the newest tickets of the last days, and a constant number of queries however many they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from recipients.directory import look_up_many
from recipients.matching import Match, Rejection, Step, match
from recipients.models import Pairing, RecognitionSettings, User
from recipients.verdict import Verdict
from recipients.verification import Validity, validity
from tickets.models import CustomerSource, Status, Ticket

PERIOD = timedelta(days=30)
#: Tickets that are looked at, the newest ones.
MOST = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A ticket, whom it would belong to before and after, and the decision after."""

    ticket: Ticket
    before: str
    after: str
    match: Match

    @property
    def is_confirmed(self) -> bool:
        """Whether an agent chose its customer, so that matching never changes it."""
        return self.ticket.customer_source == CustomerSource.AGENT


def under(settings: RecognitionSettings, user: User) -> list[Difference]:
    """The tickets that `user` may see and that would be matched differently if `settings` were saved. Four queries."""
    tickets = _recent(user)
    now, then = _matcher(tickets, RecognitionSettings.load()), _matcher(tickets, settings)
    pairs = [(ticket, now(ticket), then(ticket)) for ticket in tickets]
    return [
        Difference(ticket, old.customer_name, new.customer_name, new)
        for ticket, old, new in pairs
        if old.customer != new.customer
    ]


def today(user: User) -> list[Difference]:
    """The tickets whose customer nobody confirmed and would be another one today. Three queries."""
    tickets = [ticket for ticket in _recent(user) if ticket.customer_source != CustomerSource.AGENT]
    now = _matcher(tickets, RecognitionSettings.load())
    answers = [(ticket, now(ticket)) for ticket in tickets]
    return [
        Difference(ticket, str(ticket.customer) if ticket.customer else "", answer.customer_name, answer)
        for ticket, answer in answers
        if ticket.customer_id != answer.customer
    ]


def answers(differences: list[Difference]) -> dict[int, dict[str, Any]]:
    """Number → the values that `tickets.moving.rematch` gives the ticket. What was rejected or proven stays so."""
    settings = RecognitionSettings.load()
    requesters = {each.ticket.requester_id for each in differences if each.match.step is Step.PAIRING}
    open_pairings = Pairing.objects.filter(recipient__in=requesters, ended_at__isnull=True)
    pairings = dict(open_pairings.values_list("recipient_id", "pk"))
    return {each.ticket.pk: _values(each, pairings, settings) for each in differences}


def _values(each: Difference, pairings: dict[int, int], settings: RecognitionSettings) -> dict[str, Any]:
    ticket, paired = each.ticket, each.match.step is Step.PAIRING
    valid = validity(
        each.match, Verdict.from_json(ticket.verdict), domain_counts_as_valid=settings.domain_counts_as_valid
    )
    if ticket.validity == Validity.REJECTED or (ticket.validity, valid) == (Validity.VERIFIED, Validity.TO_VERIFY):
        valid = Validity(ticket.validity)
    return {
        "customer_id": each.match.customer,
        "customer_source": str(CustomerSource.PAIRING if paired else CustomerSource.MATCHING),
        "customer_pairing_id": pairings.get(ticket.requester_id or 0) if paired else None,
        "validity": str(valid),
        "match": each.match.as_json(),
    }


def _recent(user: User) -> list[Ticket]:
    tickets = Ticket.objects.visible_to(user).filter(created_at__gte=timezone.now() - PERIOD, requester__isnull=False)
    tickets = tickets.exclude(status=Status.MERGED)
    return list(tickets.select_related("requester", "customer").order_by("-created_at", "-pk")[:MOST])


def _matcher(tickets: list[Ticket], settings: RecognitionSettings) -> Callable[[Ticket], Match]:
    """Asks the directory of now about the requesters, under `settings`, with the verdict of then."""
    directories = look_up_many({ticket.requester.address for ticket in tickets if ticket.requester}, settings)

    def matched(ticket: Ticket) -> Match:
        address = ticket.requester.address if ticket.requester else ""
        verdict = Verdict.from_json(ticket.verdict)
        return match(address, directories[address], verdict, enforce=verdict.failed or _was_enforced(ticket))

    return matched


def _was_enforced(ticket: Ticket) -> bool:
    """Whether its domain did not count then, for want of a mail server's word. It does not count now either."""
    return any(each["rejected"] == Rejection.UNAUTHENTICATED for each in ticket.match.get("candidates") or [])
