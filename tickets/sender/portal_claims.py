"""Portal claims: a visitor says which messages in their name are theirs.

Anybody can write a name into a mail. Whoever has signed in controls the address; which of the messages in its name are
theirs they alone know, and they say so of those that they see: an answer says nothing about other messages, least of
all that somebody else wrote them.
"""

from collections.abc import Collection

from django.db.models import QuerySet

from recipients.matching.validity import Validity
from recipients.portal.access import Visitor
from tickets.models import Comment, Event, Ticket
from tickets.models.work.visibility import said_to_customers


def wrote(visitor: Visitor, ticket: Ticket, shown: Collection[int]) -> int:
    """The visitor says that they wrote the messages `shown`, by id; of how many that was not known before.

    The ticket to verify is verified with the message that opened it. Assigns no customer (A05). Raises NotAllowed with
    a sentence if the ticket was merged.
    """
    with ticket.changing():
        before = ticket.validity
        theirs = [comment.pk for comment in in_name_of(visitor, ticket).filter(pk__in=shown) if may_be_theirs(comment)]
        if not theirs:
            return 0
        Comment.objects.filter(pk__in=theirs).update(validity=Validity.VERIFIED)
        if before == Validity.TO_VERIFY and _has_opened(visitor, ticket):
            ticket.validity = Validity.VERIFIED
            ticket.changed("validity")
        data = {"before": before, "after": ticket.validity, "messages": len(theirs)}
        writer = Comment.objects.select_related("recipient").get(pk=theirs[0]).recipient
        Event.objects.create(ticket=ticket, kind=Event.Kind.VALIDITY, recipient=writer, data=data)
    return len(theirs)


def in_name_of(visitor: Visitor, ticket: Ticket) -> QuerySet[Comment]:
    """What the visitor reads there in their own name and nobody has proven; nothing once an agent has rejected them."""
    if ticket.validity == Validity.REJECTED:
        return Comment.objects.none()
    written = Comment.objects.filter(ticket=ticket, kind=Comment.Kind.CUSTOMER, author_address__in=visitor.addresses)
    return said_to_customers(written).filter(validity=Validity.TO_VERIFY)


def may_be_theirs(comment: Comment) -> bool:
    """Not what a mail server reports as forged: that is for an agent to decide."""
    return not comment.verdict.get("failed")


def _has_opened(visitor: Visitor, ticket: Ticket) -> bool:
    """Whether the visitor is the requester, and the first message in their name is proven to be theirs."""
    if ticket.requester is None or ticket.requester.address not in visitor.addresses:
        return False
    named = ticket.comments.filter(kind=Comment.Kind.CUSTOMER, author_address__in=visitor.addresses, is_held=False)
    first = named.order_by("created_at", "pk").first()
    return first is not None and first.validity in (Validity.VALID, Validity.VERIFIED)
