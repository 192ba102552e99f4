"""Who may see what? The one place that lists, URLs, search, counts, exports, notifications and assignment ask.

An agent sees a ticket iff super administrator, or (partner Any or equal to the customer's partner) and in its queue;
administrators are in every queue. A ticket without a customer has no partner: only Any and super administrators see it
(R30, R31).
"""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from recipients.models import Role, User

if TYPE_CHECKING:
    from tickets.models import Ticket


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Questions about tickets, to be chained."""

    def visible_to(self, user: User) -> Self:
        """The tickets that `user` may see, in lists and by URL alike."""
        if not user.is_active:
            return self.none()
        return self.filter(_may_see(user))

    def unsolved(self) -> Self:
        return self.filter(status__in=("new", "open", "waiting"))


def may_see(user: User, ticket: "Ticket") -> bool:
    """Whether `user` may see `ticket`. One query."""
    return type(ticket)._default_manager.visible_to(user).filter(pk=ticket.pk).exists()


def watchers(ticket: "Ticket") -> models.QuerySet[User]:
    """The active users who may see `ticket`: those it can be assigned to, and who may be told about it. One query."""
    partner_id = ticket.customer.partner_id if ticket.customer else None
    by_partner = Q(partner__isnull=True)
    if ticket.customer and partner_id is not None:
        by_partner |= Q(partner_id=partner_id)
    in_queue = Q(role=Role.ADMINISTRATOR) | Q(queues=ticket.queue_id)
    allowed = Q(role=Role.SUPER_ADMINISTRATOR) | (by_partner & in_queue)
    return User.objects.filter(allowed, is_active=True).distinct()


def _may_see(user: User) -> Q:
    everything = Q(pk__isnull=False)
    if user.is_super_administrator:
        return everything
    partner = everything if user.sees_every_partner else Q(customer__partner_id=user.partner_id)
    queue = everything if user.is_administrator else Q(queue__in=user.queues.values("pk"))
    return partner & queue
