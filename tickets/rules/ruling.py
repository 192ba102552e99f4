"""What rules decided about one new request, done to its ticket, and the events that say which rule did what.

An assignee must be able to see the ticket, and a customer whom an agent's decision gave the sender (a registered or
authorised address, a pairing) stays: a rule fills in what nobody has said.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from recipients.matching.match import Match
from recipients.matching.validity import Validity
from recipients.models import User
from tickets.models import CustomerSource, Event, Ticket
from tickets.models.setup.category import categories
from tickets.models.setup.custom_field import About, Known, with_value
from tickets.models.setup.substatus import is_offered
from tickets.models.work.states import to_begin_with
from tickets.models.work.visibility import would_see
from tickets.rules.actions import Do
from tickets.rules.conditions import Facts
from tickets.rules.plan import CompiledRule, Hit, Plan, decide
from tickets.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Ruling:
    """The plan for one request, with the rulebook that it is of."""

    plan: Plan
    book: Rulebook

    def apply(self, ticket: Ticket, match: Match) -> dict[str, str]:
        """Do to the unsaved `ticket`, which is in the right queue, what is planned; why not, by action.

        Tags come with its work, once it is saved.
        """
        plan, refused = self.plan, dict[str, str]()
        if plan.priority is not None:
            ticket.priority = plan.priority
        if plan.category in categories():
            ticket.category_id = plan.category
        refused |= self._enter(ticket) | self._fill_in(ticket)
        if plan.customer is not None and (why := self._set_customer(ticket, match)):
            refused[str(Do.CUSTOMER)] = why
        if plan.assignee is not None and (why := self._assign(ticket)):
            refused[str(Do.ASSIGNEE)] = why
        return refused

    def _enter(self, ticket: Ticket) -> dict[str, str]:
        status, _colon, own = self.plan.status.partition(":")
        if own and not is_offered(self.plan.status):
            return {str(Do.STATUS): "gone"}
        if begun := to_begin_with(status):
            ticket.enter(begun, ticket.created_at, int(own) if own else None)
        return {}

    def _fill_in(self, ticket: Ticket) -> dict[str, str]:
        """The custom fields that its queue has."""
        refused: dict[str, str] = {}
        for key, value in self.plan.fields.items():
            if why := unfit(self.book.fields.get(key), value, ticket.queue_id):
                refused[key] = why
            else:
                ticket.own_fields = with_value(ticket.own_fields, key, value) or None
        return refused

    def beside(self, ticket: Ticket, by: User, *, assigned: bool) -> tuple["Ruling", dict[str, str]]:
        """What is left of it for a ticket that the agent `by` opens, and why not the rest: what they chose stays.

        The queue is always theirs, and so is the status, as they write the first message; the assignee if `assigned`.
        """
        plan, refused = self.plan, dict.fromkeys((Do.STATUS, Do.DELETE), "agent")
        if plan.queue != ticket.queue_id:
            refused[Do.QUEUE] = "agent"
        if assigned:
            refused[Do.ASSIGNEE] = "agent"
        customer = self.book.customers.get(plan.customer or 0)
        if customer and not by.serves(customer):
            refused[Do.CUSTOMER] = "blind"
        left = replace(
            plan,
            status="",
            deletes=False,
            assignee=None if assigned else plan.assignee,
            customer=None if Do.CUSTOMER in refused else plan.customer,
        )
        return replace(self, plan=left), {str(do): why for do, why in refused.items()}

    def _set_customer(self, ticket: Ticket, match: Match) -> str:
        customer = self.book.customers.get(self.plan.customer or 0)
        if customer is None:
            return "gone"
        if match.authorises:
            return "recognised"
        ticket.customer, ticket.customer_source = customer, CustomerSource.RULE
        if ticket.validity == Validity.VALID:
            ticket.validity = Validity.TO_VERIFY  # the sender is as unproved as before
        return ""

    def _assign(self, ticket: Ticket) -> str:
        agent = self.book.agents.get(self.plan.assignee or 0)
        if agent is None:
            return "gone"
        if not would_see(agent, ticket, ticket.customer):
            return "blind"
        ticket.assignee = agent
        return ""

    def events(self, ticket: Ticket, refused: dict[str, str]) -> list[Event]:
        """One for each rule that acted, unsaved: what it did, and what it could not do, by action."""
        return [
            Event(ticket=ticket, kind=Event.Kind.RULE, data=_said(self.plan, hit, refused)) for hit in self.plan.hits
        ]

    def names(self, do: Do) -> str:
        """The rule that wants this."""
        return next((hit.rule.name for hit in self.plan.hits if hit.rule.pk == self.plan.by.get(do)), "")

    def notices(self) -> dict[str, Any]:
        """What the event that opens the ticket has to say of who is told."""
        plan = self.plan
        told: dict[str, Any] = {} if plan.confirmation else {"unconfirmed": True}
        if plan.notify_only is not None:
            told["notify_only"] = list(plan.notify_only)
        if plan.notify:
            told["notify"] = list(plan.notify)
        return told


def unfit(field: Known | None, value: Any, queue: int) -> str:
    """Why a rule cannot give a custom field this value on a ticket of `queue`; "" if it can."""
    if field is None or field.about != About.TICKET or not field.takes(value):
        return "gone"
    return "" if field.is_on(queue) else "elsewhere"


def rule_on(facts: Facts, book: Rulebook, queues: frozenset[int]) -> Ruling:
    """What the rules say of a mail; a queue that is gone is not moved to."""
    plan = decide(facts, book.rules)
    if plan.queue is not None and plan.queue not in queues:
        plan = replace(plan, queue=None)
    return Ruling(plan, book)


def _said(plan: Plan, hit: Hit, refused: dict[str, str]) -> dict[str, Any]:
    rule, because = hit.rule, [each.as_json() for each in hit.because]
    return {"rule": rule.pk, "name": rule.name, "did": list(_done(plan, rule, refused)), "because": because}


def _done(plan: Plan, rule: CompiledRule, refused: dict[str, str]) -> Iterator[dict[str, Any]]:
    for action in rule.actions:
        accumulates = action.do in (Do.TAGS, Do.NOTIFY)
        why = refused.get(action.do, "") if accumulates or plan.by.get(action.do) == rule.pk else "overridden"
        yield action.as_json() | ({"not": why} if why else {})
