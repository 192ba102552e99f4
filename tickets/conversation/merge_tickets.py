"""How do two tickets become one? What was said and who takes part move to the survivor, and so do later replies."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recipients.models import User
from tickets.models import Event, NotAllowed, Status, Ticket
from tickets.models.work.ticket import STATUS_FIELDS
from tickets.models.work.visibility import may_see
from tickets.sender import primary_address


def merge(ticket: Ticket, survivor: Ticket, *, by: User) -> None:
    """Let `ticket` go on as `survivor`. Nobody is told by mail. Refused between tickets of two customers."""
    with transaction.atomic():
        list(Ticket.objects.filter(pk__in=(ticket.pk, survivor.pk)).locked())  # both, in one order
        with ticket.changing(), survivor.changing():
            _refuse(ticket, survivor, by)
            Ticket.objects.filter(merged_into=ticket).update(merged_into=survivor)
            ticket.comments.update(ticket=survivor)
            ticket.verification_requests.update(ticket=survivor)
            primary_address.follow_merge(ticket, survivor)
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


def _bring_people(ticket: Ticket, survivor: Ticket) -> None:
    """Requester and participants of the merged ticket get the survivor's answers in CC."""
    people = {recipient.pk for recipient in ticket.participants.all()} | {ticket.requester_id}
    survivor.participants.add(*(pk for pk in people if pk and pk != survivor.requester_id))
