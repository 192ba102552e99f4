"""The tickets that would be matched differently today, or under other settings.

Bounded to the newest tickets of the last days, and a constant number of queries however many they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from helpdesk import limits
from helpdesk.ui.trials import Trial, first_moment
from recipients.matching.directory import look_up_many
from recipients.matching.match import Match, Rejection, Step, match
from recipients.matching.validity import Validity, validity
from recipients.matching.verdict import Verdict
from recipients.models import Pairing, RecognitionSettings, User
from tickets.models import CustomerSource, Event, Ticket


@dataclass(frozen=True, slots=True)
class Difference:
    """A ticket, whom it would belong to before and after and how valid its sender would be, and the decision after."""

    ticket: Ticket
    before: str
    after: str
    validity_before: Validity
    validity: Validity
    match: Match

    @property
    def is_confirmed(self) -> bool:
        """Whether an agent chose its customer or decided about its sender, so that matching never changes it."""
        return is_confirmed(self.ticket)


def under(settings: RecognitionSettings, user: User) -> Trial[Difference]:
    """The tickets that `user` may see and that would be matched differently if `settings` were saved. Four queries."""
    tickets, before = _recent(user), RecognitionSettings.load()
    now, then = _matcher(tickets, before), _matcher(tickets, settings)
    found = []
    for ticket in tickets:
        old, new = now(ticket), then(ticket)
        validities = _validity(ticket, old, before), _validity(ticket, new, settings)
        if old.customer != new.customer or validities[0] != validities[1]:
            found.append(Difference(ticket, old.customer_name, new.customer_name, *validities, new))
    return Trial(len(tickets), len(tickets), len(found), found)


def today(user: User) -> Trial[Difference]:
    """The tickets that nobody confirmed and that would have another customer or validity today. Three queries."""
    settings = RecognitionSettings.load()
    tickets = [ticket for ticket in _recent(user) if not is_confirmed(ticket)]
    now = _matcher(tickets, settings)
    found = []
    for ticket in tickets:
        answer, before = now(ticket), str(ticket.customer) if ticket.customer else ""
        valid = _validity(ticket, answer, settings)
        if not _is_alike(ticket, answer) or ticket.validity != valid:
            found.append(Difference(ticket, before, answer.customer_name, Validity(ticket.validity), valid, answer))
    return Trial(len(tickets), len(tickets), len(found), found)


def is_confirmed(ticket: Ticket) -> bool:
    """Whether a person or a rule said whose `ticket` is, or that its sender is valid or not. Wants `judged` on it."""
    said = (CustomerSource.AGENT, CustomerSource.RULE)
    return ticket.customer_source in said or bool(getattr(ticket, "judged", False))


def answers(trial: Trial[Difference]) -> dict[int, dict[str, Any]]:
    """Number → the values that `tickets.customers.transfer.rematch` gives the ticket."""
    differences = list(trial.shown)
    requesters = {each.ticket.requester_id for each in differences if each.match.step is Step.PAIRING}
    open_pairings = Pairing.objects.filter(recipient__in=requesters, ended_at__isnull=True)
    pairings = dict(open_pairings.values_list("recipient_id", "pk"))
    return {each.ticket.pk: _values(each, pairings) for each in differences}


def _validity(ticket: Ticket, match: Match, settings: RecognitionSettings) -> Validity:
    """What `match` makes of the sender. One who was rejected stays so, and so does one who confirmed their address."""
    if ticket.validity == Validity.REJECTED:
        return Validity.REJECTED
    verdict = Verdict.from_json(ticket.verdict)
    found = validity(match, verdict, domain_counts_as_valid=settings.domain_counts_as_valid)
    return Validity.VERIFIED if found is Validity.TO_VERIFY and ticket.validity == Validity.VERIFIED else found


def _is_alike(ticket: Ticket, answer: Match) -> bool:
    """Whether the customer is the same; the company's ticket by which a person was added to it stays the company's."""
    if answer.step is Step.ADDED and answer.company is not None and answer.company == ticket.customer_id:
        return True
    return ticket.customer_id == answer.customer


def _values(each: Difference, pairings: dict[int, int]) -> dict[str, Any]:
    ticket, paired = each.ticket, each.match.step is Step.PAIRING
    return {
        "customer_id": each.match.customer,
        "customer_source": str(CustomerSource.PAIRING if paired else CustomerSource.MATCHING),
        "customer_pairing_id": pairings.get(ticket.requester_id or 0) if paired else None,
        "validity": str(each.validity),
        "match": each.match.as_json(),
    }


def _recent(user: User) -> list[Ticket]:
    tickets = Ticket.objects.visible_to(user).filter(created_at__gte=first_moment(), requester__isnull=False)
    by_agent = Event.objects.filter(ticket=OuterRef("pk"), kind=Event.Kind.VALIDITY, agent__isnull=False)
    tickets = tickets.not_merged().annotate(judged=Exists(by_agent))
    return list(
        tickets.select_related("requester", "customer").order_by("-created_at", "-pk")[: limits.TRIAL_TICKETS.amount]
    )


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
