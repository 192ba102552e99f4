"""The tickets that pages of rooms below show: recipients knows none."""

from typing import Any

from django import template
from django.db.models import BooleanField, Case, Q, When
from django.template import Context

from recipients.models import Customer
from recipients.portal.access import Visitor
from recipients.users.access import SignedIn
from tickets.agents.marks import due_badge, priority_mark, status_mark
from tickets.models import Queue, Ticket
from tickets.models.setup.custom_field import About, custom_fields
from tickets.models.work.states import UNSOLVED
from tickets.models.work.visibility import forums_for

register = template.Library()
register.simple_tag(priority_mark, name="priority")
register.simple_tag(status_mark, name="status")
register.simple_tag(due_badge)

#: Tickets that a customer's page shows.
SHOWN = 10


@register.simple_tag
def forums_of(visitor: Visitor) -> list[Queue]:
    """The forums that a visitor of the portal may read. One query where there are forums."""
    return forums_for(visitor)


@register.inclusion_tag("tickets/fields/of_customer.html")
def fields_of(customer: Customer) -> dict[str, Any]:
    """What the custom fields say about `customer`; nothing where there are none."""
    values = customer.own_fields or {}
    fields = [(each.name, each.shown(values.get(each.key))) for each in custom_fields(About.CUSTOMER)]
    return {"customer": customer, "fields": fields}


@register.inclusion_tag("tickets/agents/of_customer.html", takes_context=True)
def tickets_of(context: Context, customer: Customer) -> dict[str, Any]:
    """The latest tickets of `customer` and of those who belong to it, unsolved ones first. One query."""
    request: SignedIn = context["request"]
    # Asked by a join and an "or", PostgreSQL reads every ticket.
    family = Customer.objects.filter(Q(pk=customer.pk) | Q(company=customer)).order_by().values("pk")
    theirs = Ticket.objects.visible_to(request.user).filter(customer__in=family)
    is_done = Case(When(status__in=UNSOLVED, then=False), default=True, output_field=BooleanField())
    return {"customer": customer, "tickets": theirs.order_by(is_done, "-updated_at", "-pk")[:SHOWN]}
