"""Taking back a message that has not left yet: what was typed is a draft again, and nothing else is changed."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from recipients.models import Recipient, User
from tickets.drafts import drafts
from tickets.models import Attachment, Comment, Draft, Event, EventKind, NotAllowed, Outbox, TicketSettings
from tickets.models.setup.substatus import parted
from tickets.models.work.ticket import STATUS_FIELDS


def undo_send(comment: Comment, *, by: User) -> Draft:
    """Take back an answer within `TicketSettings.undo_seconds`: its text and files are the author's draft again.

    The ticket's status, assignee and people in CC are put back if nobody changed them since; a ticket that this opened
    and nothing else happened to is gone. Raises NotAllowed if a copy has left.
    """
    with comment.ticket.changing():
        mails = list(comment.outbox.select_for_update())
        _refuse(comment, by, has_left=any(mail.attempts or mail.sent_at for mail in mails))
        comment.outbox.filter(state=Outbox.State.WAITING).update(state=Outbox.State.CANCELLED)
        if _is_all(comment, by):
            return _never_opened(comment, by)
        _put_back(comment)
        said = comment.events.filter(kind=EventKind.AGENT_MESSAGE).first()
        to = _addresses(said.data.get("to", ())) if said else ""
        forwards = said.data.get("forwards") if said else None
        if forwards and not Comment.objects.filter(pk=forwards).exists():
            to, forwards = "", None  # an answer, which is not for whom it was forwarded to
        place = drafts.Place(comment.ticket, author=by)
        draft = drafts.bring_back(
            place,
            html=comment.html,
            to=to[:400],
            cc=_addresses(comment.cc),
            bcc=_addresses(comment.bcc),
            forwards_id=forwards,
        )
        _bring_files(comment, draft)
        if comment.events.filter(kind=EventKind.PRIMARY_ASKED).exists():
            comment.ticket.primary_requests.unanswered().delete()
        comment.ticket.record(EventKind.SEND_CANCELLED, by)
        comment.delete()
    return draft


def _addresses(people: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(person["address"] for person in people)


def _never_opened(comment: Comment, by: User) -> Draft:
    """The form of a new ticket, filled in again. The number is not given to another one."""
    ticket = comment.ticket
    draft = drafts.bring_back(
        drafts.Place(author=by, key=drafts.new_key()),
        to=ticket.requester.display_address if ticket.requester else "",
        queue=ticket.queue,
        subject=ticket.subject,
        html=comment.html,
        cc=_addresses(comment.cc),
        tags=", ".join(tag.name for tag in ticket.tags.all())[:500],
        assignee=ticket.assignee if ticket.assignee_id != by.pk else None,
        category=ticket.category if ticket.category_id != ticket.queue.default_category_id else None,
    )
    _bring_files(comment, draft)
    ticket.delete()
    return draft


def _is_all(comment: Comment, by: User) -> bool:
    """Whether `comment` opened its ticket, and nothing else is there that anybody did, said or typed."""
    ticket = comment.ticket
    if not comment.events.filter(kind=EventKind.OPENED).exists():
        return False
    others = (
        Comment.objects.filter(ticket=ticket).exclude(pk=comment.pk),
        Event.objects.filter(ticket=ticket).exclude(comment=comment),
        Draft.objects.filter(ticket=ticket),
        ticket.moves.all(),
        ticket.merged.all(),
        ticket.follow_ups.all(),
        ticket.outbox.exclude(comment=comment),
    )
    return not any(rows.exists() for rows in others)


def _bring_files(comment: Comment, draft: Draft) -> None:
    Attachment.objects.filter(comment=comment).update(comment=None, draft=draft)


def _refuse(comment: Comment, by: User, *, has_left: bool) -> None:
    if comment.kind != Comment.Kind.AGENT or comment.agent_id != by.pk:
        raise NotAllowed(_("Only its author can take a message back."))
    until = comment.created_at + timedelta(seconds=TicketSettings.load().undo_seconds)
    if has_left or timezone.now() >= until:
        raise NotAllowed(_("The message has already been sent."))


def _put_back(comment: Comment) -> None:
    """Status, assignee and who is in CC, as they were before the answer, each unless somebody changed it since."""
    ticket = comment.ticket
    changes = {event.kind: event.data for event in comment.events.all()}
    status, copied = changes.get(EventKind.STATUS), changes.get(EventKind.PARTICIPANTS)
    if status and ticket.status_value == status.get("after_value", status["after"]):
        before, own = parted(status.get("before_value", status["before"]))
        ticket.enter(before, timezone.now(), own)
    if EventKind.ASSIGNEE in changes and ticket.assignee_id == comment.agent_id:
        ticket.assignee = None
    if copied and sorted(ticket.participants.values_list("address", flat=True)) == copied["after"]:
        ticket.participants.set(Recipient.objects.filter(address__in=copied["before"]))
    if ticket.first_response_at == comment.created_at:
        ticket.first_response_at = None
    ticket.changed("first_response_at", "assignee", *STATUS_FIELDS)
