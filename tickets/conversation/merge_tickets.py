"""Merging two tickets: what was said and who takes part move to the survivor, and so do later replies; and back."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recipients.models import Batch, User
from tickets.models import Event, NotAllowed, Status, Ticket, TicketMerge, TopicFollower
from tickets.models.setup.substatus import parted
from tickets.models.work.ticket import STATUS_FIELDS
from tickets.models.work.visibility import may_see

#: What a sender was asked, by the names under which a ticket knows it.
_REQUESTS = ("verification_requests", "primary_requests")


def merge_ticket(
    ticket: Ticket,
    *,
    into: Ticket,
    by: User,
    batch: Batch | None = None,
    brings_people: bool = True,
    were_one: bool = False,
) -> None:
    """Let `ticket` go on as `into`: its conversation and its people move there, and so do later replies.

    Nobody is told by mail. `batch`: the act that it is a part of. Without `brings_people` it was a part of `into`, to
    which nobody comes anew. Raises NotAllowed between tickets of two customers, unless all that is said `were_one`.
    """
    survivor = into
    with transaction.atomic():
        list(Ticket.objects.filter(pk__in=(ticket.pk, survivor.pk)).locked())  # both, in one order
        with ticket.changing(), survivor.changing():
            _refuse(ticket, survivor, by, were_one=were_one)
            before, clock = ticket.status_value, ticket.clock_as_it_is()
            merged = _bring(Ticket.objects.filter(merged_into=ticket), merged_into=survivor)
            comments = _bring(ticket.comments, ticket=survivor)
            requests = _bring_requests(ticket, survivor)
            people = _bring_people(ticket, survivor) if brings_people else []
            ticket.merged_into, ticket.has_held_comments = survivor, False
            ticket.enter(Status.MERGED, timezone.now())
            ticket.changed("merged_into", "has_held_comments", *STATUS_FIELDS)
            survivor.has_held_comments = survivor.comments.filter(is_held=True).exists()
            if ticket.followed_by and brings_people:
                survivor.followed_by = sorted({*(survivor.followed_by or ()), *ticket.followed_by})
            survivor.changed("has_held_comments", "followed_by")
            numbers = {"ticket": ticket.number, "survivor": survivor.number}
            ticket.record(Event.Kind.MERGED, by, numbers | {"before": before})
            survivor.record(Event.Kind.MERGED, by, numbers)
            moved = {
                "status": before,
                "clock": clock,
                "comments": comments,
                "merged": merged,
                "people": people,
                **requests,
            }
            batch = batch or Batch(kind=Batch.Kind.TICKET_MERGED, by=by)
            TicketMerge.objects.keep([TicketMerge(batch=batch, ticket=ticket, survivor=survivor, before=moved)])


def undo_merge(merge: TicketMerge, *, by: User) -> None:
    """Make them two again: what moved goes back, what came in since stays on the survivor.

    Raises NotAllowed if the survivor was merged itself since, or somebody was faster.
    """
    with transaction.atomic():
        there = Ticket.objects.filter(pk__in=(merge.ticket_id, merge.survivor_id)).locked().in_bulk()
        ticket, survivor = there[merge.ticket_id], there[merge.survivor_id]
        if ticket.merged_into_id != survivor.pk or survivor.is_merged:
            raise NotAllowed(_("It has been changed again since."))
        moved = merge.before
        Ticket.objects.filter(pk__in=moved["merged"], merged_into=survivor).update(merged_into=ticket)
        for name in ("comments", *_REQUESTS):
            getattr(survivor, name).filter(pk__in=moved[name]).update(ticket=ticket)
        survivor.participants.remove(*moved["people"])
        ticket.merged_into = None
        status, own = parted(moved["status"])
        ticket.enter(status, timezone.now(), own)
        ticket.resume_clock(moved.get("clock"), merge.batch.at)
        for each in (ticket, survivor):
            each.has_held_comments = each.comments.filter(is_held=True).exists()
            each.changed("merged_into", "has_held_comments", *STATUS_FIELDS)
            numbers = {"ticket": ticket.number, "survivor": survivor.number, "undone": True}
            each.record(Event.Kind.MERGED, by, numbers)
        if not survivor.is_topic:  # what was kept from the forum since is not published by parting it
            ticket.leave_forum(ticket.queue, by=by)
        TicketMerge.objects.filter(pk=merge.pk).mark_undone(by=by)


def _refuse(ticket: Ticket, survivor: Ticket, by: User, *, were_one: bool = False) -> None:
    if ticket.pk == survivor.pk:
        raise NotAllowed(_("A ticket cannot be merged into itself."))
    if not may_see(by, survivor):
        raise NotAllowed(_("There is no such ticket."))
    if ticket.is_topic != survivor.is_topic or (ticket.is_topic and ticket.queue_id != survivor.queue_id):
        raise NotAllowed(
            _("A topic can be merged only with topics of the same forum: other forums have other readers.")
        )
    different = ticket.customer_id and survivor.customer_id and not ticket.is_topic
    if different and not were_one and ticket.customer_id != survivor.customer_id:
        raise NotAllowed(
            _("#%(ticket)s and #%(survivor)s belong to different customers; one would read the other's messages.")
            % {"ticket": ticket.number, "survivor": survivor.number}
        )


def _bring(rows: Any, **values: Ticket) -> list[int]:
    """Update `rows`; the ids of those that were."""
    ids = list(rows.order_by().values_list("pk", flat=True))
    rows.model.objects.filter(pk__in=ids).update(**values)
    return ids


def _bring_requests(ticket: Ticket, survivor: Ticket) -> dict[str, list[int]]:
    """What the sender was asked goes on on the survivor; for the primary address once, if it was asked on both."""
    if ticket.customer_id != survivor.customer_id or survivor.primary_requests.unanswered().exists():
        ticket.primary_requests.unanswered().delete()
    return {name: _bring(getattr(ticket, name), ticket=survivor) for name in _REQUESTS}


def _bring_people(ticket: Ticket, survivor: Ticket) -> list[int]:
    """Requester and participants of the merged ticket get the survivor's answers in CC; the ids of who is new there."""
    if ticket.is_topic:
        rows = ticket.followers.filter(is_on=True).values_list("recipient", flat=True)
        there = [TopicFollower(ticket=survivor, recipient_id=pk) for pk in rows]
        TopicFollower.objects.bulk_create(there, ignore_conflicts=True)
        return []
    people = {recipient.pk for recipient in ticket.participants.all()} | {ticket.requester_id}
    present = {recipient.pk for recipient in survivor.participants.all()} | {survivor.requester_id}
    new = sorted(pk for pk in people - present if pk)
    survivor.participants.add(*new)
    return new
