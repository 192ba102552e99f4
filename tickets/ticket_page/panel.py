"""What stands beside a conversation: who wrote and why we think so, and everything that may be changed."""

from dataclasses import dataclass

from django.db.models import Q

from recipients.matching.explanation import Line, lines, lookalike
from recipients.matching.match import Rejection
from recipients.matching.validity import Validity
from recipients.models import Customer, Recipient, User
from recipients.users.access import visible_customers
from tickets.agents.masking import masked
from tickets.customers.pairing import no_pairing
from tickets.models import CustomerSource, Ticket
from tickets.models.work.visibility import TicketQuerySet
from tickets.sender.badges import why
from tickets.sender.primary_address import Standing, standing
from tickets.sender.verification import Asked, asked
from tickets.service_levels import standing as service_levels
from tickets.ticket_page.forms import ParticipantsForm, PropertiesForm

#: Other tickets of the same people that are listed.
OTHERS_SHOWN = 5


@dataclass(frozen=True)
class Panel:
    """The right side of a ticket's page."""

    ticket: Ticket
    why: str
    lookalike: str
    steps: list[Line]
    candidates: list[Customer]
    listed_by: list[Customer]
    can_pair: bool
    needs_a_look: bool
    others: list[Ticket]
    relatives: list[Ticket]
    participants: list[Recipient]
    properties: PropertiesForm
    participants_form: ParticipantsForm
    asked: Asked | None
    primary: Standing
    due: service_levels.Standing | None

    @property
    def may_follow(self) -> Ticket | None:
        """The ticket that this one perhaps belongs to, as long as nobody has decided, and if the agent may see it."""
        return next((other for other in self.relatives if other.pk == self.ticket.may_follow_id), None)


def panel(ticket: Ticket, user: User, properties: PropertiesForm | None = None) -> Panel:
    """The right side of `ticket` as `user` may see it; with a form that was not accepted, if there is one."""
    (ticket.match,) = masked([ticket.match], user)  # for this page alone
    participants = list(ticket.participants.all())
    addresses = "\n".join(recipient.display_address for recipient in participants)
    return Panel(
        ticket=ticket,
        why=why(ticket),
        lookalike=lookalike(ticket.match) if ticket.customer_source == CustomerSource.MATCHING else "",
        steps=lines(ticket.match) if ticket.match else [],
        candidates=_found(ticket, user, by_listing=False),
        listed_by=_found(ticket, user, by_listing=True),
        can_pair=not no_pairing(ticket, by=user),
        needs_a_look=ticket.customer is None or ticket.validity in (Validity.TO_VERIFY, Validity.REJECTED),
        others=_others(ticket, user),
        relatives=_relatives(ticket, user),
        participants=participants,
        properties=properties or PropertiesForm(ticket=ticket, user=user),
        participants_form=ParticipantsForm(initial={"addresses": addresses}),
        asked=asked(ticket),
        primary=standing(ticket),
        due=service_levels.standing(ticket),
    )


def _found(ticket: Ticket, user: User, *, by_listing: bool) -> list[Customer]:
    """Whom the matcher found and did not choose, to be chosen by a click while nobody is.

    With `by_listing` those who have listed the sender themselves and wait for an agent: their list is to be looked at
    first, because the sender may have nothing to do with them.
    """
    if ticket.customer_id:
        return []
    found = ticket.match.get("candidates") or []
    ids = {each["customer"] for each in found if (each["rejected"] == Rejection.UNCONFIRMED) == by_listing}
    return list(visible_customers(user).filter(pk__in=ids)) if ids else []


def mergeable(ticket: Ticket, user: User) -> list[Ticket]:
    """The latest tickets of the same people that `ticket` may be merged into."""
    tickets = _of_the_same(ticket, user).not_merged()
    if ticket.customer_id:
        tickets = tickets.filter(Q(customer=ticket.customer_id) | Q(customer=None))
    return list(tickets.order_by("-updated_at", "-pk")[:OTHERS_SHOWN])


def _others(ticket: Ticket, user: User) -> list[Ticket]:
    tickets = _of_the_same(ticket, user).only("pk", "subject", "status", "substatus", "updated_at")
    return list(tickets.order_by("-updated_at", "-pk")[:OTHERS_SHOWN])


def _of_the_same(ticket: Ticket, user: User) -> TicketQuerySet:
    """The other tickets of the requester and of the customer."""
    same = Q(requester=ticket.requester_id)
    if ticket.customer_id:
        same |= Q(customer=ticket.customer_id)
    return Ticket.objects.visible_to(user).filter(same).exclude(pk=ticket.pk)


def _relatives(ticket: Ticket, user: User) -> list[Ticket]:
    """The tickets that this one follows, perhaps or for certain, that follow it, or were merged into or with it."""
    related = Q(follow_up_of=ticket.pk) | Q(merged_into=ticket.pk)
    related |= Q(pk__in=[pk for pk in (ticket.follow_up_of_id, ticket.may_follow_id, ticket.merged_into_id) if pk])
    found = Ticket.objects.visible_to(user).filter(related).only("pk", "subject", "merged_into")
    return list(found.order_by("pk")[:20])
