"""Finding the tickets that a visitor may see, and what is new to them."""

from django.db.models import DateTimeField, Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from recipients.portal.access import Visitor
from tickets.models import Comment, RequestRead, Ticket
from tickets.models.work.visibility import TicketQuerySet, said_to_customers


def visible_or_404(visitor: Visitor, number: int) -> Ticket:
    """A ticket that is not there and one that is not the visitor's look the same."""
    tickets = Ticket.objects.visible_to_visitor(visitor).select_related("requester", "queue")
    return get_object_or_404(_read_by(visitor, tickets), pk=number)


def with_news(tickets: TicketQuerySet, visitor: Visitor) -> TicketQuerySet:
    """`tickets` with `has_news`: whether we answered since the visitor opened the request, or first came here."""
    answers = said_to_customers(Comment.objects.filter(ticket=OuterRef("pk"), kind=Comment.Kind.AGENT))
    found = _read_by(visitor, tickets)
    return found.annotate(has_news=Exists(answers.order_by().filter(created_at__gt=OuterRef("read_at"))))


def note_reading(visitor: Visitor, ticket: Ticket, said: list[Comment]) -> None:
    """The visitor, for whom `ticket` was found, has seen its newest messages `said`. Nothing is written in vain."""
    answers = [comment.created_at for comment in said if comment.kind == Comment.Kind.AGENT]
    if answers and max(answers) > ticket.read_at:  # type: ignore[attr-defined]  # annotated
        RequestRead.note(visitor.account, ticket, max(answers))


def _read_by(visitor: Visitor, tickets: TicketQuerySet) -> TicketQuerySet:
    came = Value(visitor.account.created_at, DateTimeField())
    read = RequestRead.objects.filter(account=visitor.account, ticket=OuterRef("pk"))
    return tickets.annotate(read_at=Coalesce(Subquery(read.values("read_at")), came))
