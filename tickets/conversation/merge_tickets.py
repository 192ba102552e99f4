"""Merging two tickets: what was said and who takes part move to the survivor, and so do later replies."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recipients.models import User
from tickets.models import Event, NotAllowed, Status, Ticket
from tickets.models.work.ticket import STATUS_FIELDS
from tickets.models.work.visibility import may_see


def merge_ticket(ticket: Ticket, *, into: Ticket, by: User) -> None:
    """Let `ticket` go on as `into`: its conversation and its people move there, and so do later replies.

    Nobody is told by mail. Raises NotAllowed between tickets of two customers.
    """
    survivor = into
    with transaction.atomic():
        list(Ticket.objects.filter(pk__in=(ticket.pk, survivor.pk)).locked())  # both, in one order
        with ticket.changing(), survivor.changing():
            _refuse(ticket, survivor, by)
            Ticket.objects.filter(merged_into=ticket).update(merged_into=survivor)
            ticket.comments.update(ticket=survivor)
            _bring_requests(ticket, survivor)
            _bring_people(ticket, survivor)
            ticket.merged_into, ticket.has_held_comments = survivor, False
            before = ticket.status
            ticket.enter(Status.MERGED, timezone.now())
            ticket.changed("merged_into", "has_held_comments", *STATUS_FIELDS)
            survivor.has_held_comments = survivor.comments.filter(is_held=True).exists()
            survivor.changed("has_held_comments")
            numbers = {"ticket": ticket.number, "survivor": survivor.number}
            ticket.record(Event.Kind.MERGED, by, numbers | {"before": before})
            survivor.record(Event.Kind.MERGED, by, numbers)


def _refuse(ticket: Ticket, survivor: Ticket, by: User) -> None:
    if ticket.pk == survivor.pk:
        raise NotAllowed(_("A ticket cannot be merged into itself."))
    if not may_see(by, survivor):
        raise NotAllowed(_("There is no such ticket."))
    if ticket.customer_id and survivor.customer_id and ticket.customer_id != survivor.customer_id:
        raise NotAllowed(
            _("#%(ticket)s and #%(survivor)s belong to different customers; one would read the other's messages.")
            % {"ticket": ticket.number, "survivor": survivor.number}
        )


def _bring_requests(ticket: Ticket, survivor: Ticket) -> None:
    """What the sender was asked goes on on the survivor; for the primary address once, if it was asked on both."""
    ticket.verification_requests.update(ticket=survivor)
    if ticket.customer_id != survivor.customer_id or survivor.primary_requests.unanswered().exists():
        ticket.primary_requests.unanswered().delete()
    ticket.primary_requests.update(ticket=survivor)


def _bring_people(ticket: Ticket, survivor: Ticket) -> None:
    """Requester and participants of the merged ticket get the survivor's answers in CC."""
    people = {recipient.pk for recipient in ticket.participants.all()} | {ticket.requester_id}
    survivor.participants.add(*(pk for pk in people if pk and pk != survivor.requester_id))
