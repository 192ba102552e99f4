"""Which mails an administrator sees: those of the tickets they may see, and what belongs to no ticket."""

from django.db.models import Q

from mailboxes.models import InboundEmail
from mailboxes.models.ledger import InboundQuerySet
from recipients.models import User
from tickets.models import Outbox, Ticket
from tickets.models.work.outbox import OutboxQuerySet


def visible_inbound(user: User) -> InboundQuerySet:
    """The rows of the mail log for `user`."""
    return InboundEmail.objects.all().filter(_visible(user))


def visible_outbox(user: User) -> OutboxQuerySet:
    """The rows of the outbox for `user`."""
    return Outbox.objects.filter(_visible(user))


def _visible(user: User) -> Q:
    if user.sees_every_partner:  # administrators are in every queue: nothing is left to ask
        return Q()
    return Q(ticket__isnull=True) | Q(ticket__in=Ticket.objects.visible_to(user))
