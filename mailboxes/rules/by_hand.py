"""The trial of a rule for new requests on what came by no mail: requests of the portal, and tickets of agents."""

from django.db.models import Q

from helpdesk import limits
from helpdesk.ui.trials import Tally, Trial, first_moment
from recipients.addressing.expressions import Clock
from tickets.hours.calendars import is_open
from tickets.models import Comment, Event, Ticket
from tickets.models.setup.custom_field import About, custom_fields
from tickets.models.work.visibility import TicketQuerySet
from tickets.rules.conditions import Authenticity, Facts
from tickets.rules.facts import FirstMessage, ListedFile, customer_facts, said_of, with_mail
from tickets.rules.plan import CompiledRule


def try_by_hand(rule: CompiledRule, tickets: TicketQuerySet, clock: Clock) -> Trial[Ticket]:
    """Compare `rule` with those of `tickets` that were opened so in the last thirty days, while `clock` runs.

    Each counts with the queue and the customer that it has now. Four queries.
    """
    opened = Event.objects.filter(kind=Event.Kind.OPENED, at__gt=first_moment(), ticket__in=tickets)
    by_hand = Q(comment__in_portal=True) | Q(comment__kind=Comment.Kind.AGENT)
    recent = opened.filter(by_hand).order_by("-at", "-pk")
    tally = Tally[Ticket]()
    for event in recent.select_related("comment", "ticket__queue__holidays", "ticket__customer").prefetch_related(
        "ticket__requester", "comment__attachments"
    )[: limits.TRIAL_MAILS_READ.amount]:
        if clock.has_run_out:
            break
        tally.add(event.ticket, is_found=rule.applies(_facts(event), clock))
    return Trial(recent.count(), tally.looked_at, tally.found, tally.shown)


def _facts(event: Event) -> Facts:
    ticket, comment = event.ticket, event.comment
    assert comment
    files = list(comment.attachments.all())
    facts = Facts(
        received_at=event.at,
        sender=ticket.requester.address if ticket.requester else "",
        customer=customer_facts(ticket.customer),
        subject=comment.subject or ticket.subject,
        size=len(comment.text.encode()) + sum(file.size for file in files),
        verdict=Authenticity.PASSED if comment.in_portal else Authenticity.UNKNOWN,
        queue=ticket.queue_id,
        in_hours=is_open(ticket.queue, event.at),
        fields=said_of(ticket.customer, custom_fields(About.CUSTOMER)),
    )
    return with_mail(facts, FirstMessage(facts.subject, comment.text, [ListedFile(file.inline) for file in files]))
