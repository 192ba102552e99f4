"""Who may see what: the one place that lists, URLs, search, counts, exports, notifications and assignment ask.

An agent sees a ticket iff super administrator, or (partner Any or equal to the customer's partner) and in its queue;
administrators are in every queue. A ticket without a customer has no partner: only Any and super administrators see it
(R30, R31).

A visitor of the portal sees what they asked themselves, and what is certainly their customer's; of it, what was said
between the customer and us. Topics are seen by the audience of their forum, whoever opened them.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from recipients.matching.validity import Validity
from recipients.models import Customer, Role, User
from recipients.portal.access import Visitor
from tickets.models.setup.queue import Queue, are_there_forums
from tickets.models.setup.settings import TicketSettings
from tickets.models.work.states import CONCLUDED, FINISHED, TO_BE_DONE, UNSOLVED, Status

if TYPE_CHECKING:
    from tickets.models.work.comment import Comment
    from tickets.models.work.ticket import Ticket


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Questions about tickets, to be chained."""

    def visible_to(self, user: User) -> Self:
        """The tickets that `user` may see, in lists and by URL alike."""
        if not user.is_active:
            return self.none()
        return self.filter(_may_see(user))

    def visible_to_visitor(self, visitor: Visitor) -> Self:
        """What `visitor` may see in the portal: their own requests, and those of the customers they may read.

        Topics are no requests, not even one's own: `topics_for`. A union of ids, because each part has an index and
        the OR has none.
        """
        tickets = self.model._default_manager.order_by()
        certain = tickets.certain()
        parts = [
            tickets.filter(requester__address__in=visitor.addresses),
            certain.filter(customer__in=visitor.readable),
            certain.filter(customer__company__in=visitor.companies),
        ]
        ids = [part.values("pk") for part in parts]
        return self.filter(pk__in=ids[0].union(*ids[1:]), is_topic=False)

    def topics_for(self, visitor: Visitor) -> Self:
        """The topics of the forums that `visitor` may read. One query for the forums."""
        return self.filter(is_topic=True, queue__in=[queue.pk for queue in forums_for(visitor)])

    def certain(self) -> Self:
        """Those that are their customer's for certain, as `Ticket.is_certain` says of one."""
        said_by_somebody = Q(validity=Validity.VERIFIED) & ~Q(customer_source__in=CONCLUDED)
        return self.filter(Q(validity=Validity.VALID) | said_by_somebody, customer__isnull=False)

    def locked(self) -> Self:
        """Until the transaction ends; recipients first, then customers, then tickets (docs/decisions/lock-order.md)."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def claimed(self) -> Self:
        """Locked until the transaction ends, without those that somebody else holds: they are left to them."""
        return self.select_for_update(of=("self",), no_key=True, skip_locked=True)

    def unsolved(self) -> Self:
        return self.filter(status__in=UNSOLVED)

    def waiting_since(self, at: datetime) -> Self:
        """Those that wait for their customer since then, or for longer."""
        return self.filter(status=Status.WAITING, waiting_since__lte=at)

    def to_be_done(self) -> Self:
        """Those in which we have to act, and nobody else."""
        return self.filter(status__in=TO_BE_DONE)

    def of_believed_people(self) -> Self:
        """Those whose sender is believed, and gets and reads their mail themselves."""
        believed = self.filter(validity__in=(Validity.VALID, Validity.VERIFIED))
        return believed.filter(requester__shared=False, requester__banned=False, requester__undeliverable=False)

    def awake(self) -> Self:
        """Those that nobody has put off."""
        return self.filter(wakes_on_answer__isnull=True)

    def finished(self) -> Self:
        return self.filter(status__in=FINISHED)

    def not_merged(self) -> Self:
        """Those that did not go on in another one."""
        return self.exclude(status=Status.MERGED)


def forums_for(visitor: Visitor) -> list[Queue]:
    """The forums that `visitor` may read and write in, by name. One query where there are forums."""
    if not are_there_forums():
        return []
    return [queue for queue in Queue.objects.exclude(forum="") if queue.admits(visitor.membership)]


def may_see(user: User, ticket: "Ticket") -> bool:
    """Whether `user` may see `ticket`. One query."""
    return type(ticket)._default_manager.visible_to(user).filter(pk=ticket.pk).exists()


def would_see(user: User, ticket: "Ticket", customer: Customer | None) -> bool:
    """Whether `user` may see `ticket` once it is of `customer`. No query where the user's queues are prefetched."""
    in_queue = user.is_administrator or any(queue.pk == ticket.queue_id for queue in user.queues.all())
    return user.is_active and user.serves(customer) and in_queue


def said_to_customers(comments: "models.QuerySet[Comment]") -> "models.QuerySet[Comment]":
    """Those of `comments` that a customer may read: messages of customers and answers of agents. One query.

    Never notes, what machines wrote, what is held or was rejected; nor what an agent passed on, perhaps with words to
    colleagues, which has no recipient as its writer; nor an answer that its author may still take back.
    """
    undoable_since = timezone.now() - timedelta(seconds=TicketSettings.load().undo_seconds)
    by_customer = Q(kind="customer", recipient__isnull=False)
    answered = Q(kind="agent") & (~Q(message_id="") | Q(created_at__lte=undoable_since))
    return comments.filter(by_customer | answered, is_public=True, is_held=False)


def watchers(ticket: "Ticket") -> models.QuerySet[User]:
    """The active users who may see `ticket`: those it can be assigned to, and who may be told about it. One query."""
    return watching(ticket.queue_id, partner_of(ticket))


def partner_of(ticket: "Ticket") -> int:
    """The key of the partner whose agents see `ticket`; 0, which is no key, if its customer has none."""
    return (ticket.customer.partner_id if ticket.customer else None) or 0


def watching(queue: int, partner: int) -> models.QuerySet[User]:
    """The active users who may see the tickets of these two, as `partner_of` says."""
    by_partner = Q(partner__isnull=True) | Q(partner_id=partner)
    in_queue = Q(role=Role.ADMINISTRATOR) | Q(queues=queue)
    allowed = Q(role=Role.SUPER_ADMINISTRATOR) | (by_partner & in_queue)
    return User.objects.filter(allowed, is_active=True).distinct()


def deciding_values(user: User) -> dict[str, int]:
    """What of `user` decides what they may see, beside their role and being active: as `_may_see` asks for it."""
    values = {}
    if not user.is_super_administrator and user.partner_id:
        values["partner"] = user.partner_id
    if not user.is_administrator:
        values["user"] = user.pk
    return values


def _may_see(user: User) -> Q:
    everything = Q(pk__isnull=False)
    if user.is_super_administrator:
        return everything
    partner = everything if user.sees_every_partner else Q(customer__partner_id=user.partner_id)
    queue = everything if user.is_administrator else Q(queue__in=user.queues.values("pk"))
    return partner & queue
