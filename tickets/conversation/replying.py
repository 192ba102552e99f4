"""Replies and notes from the ticket page."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from recipients.models import Recipient, User
from tickets.conversation.participants import set_participants
from tickets.conversation.status import agent_answered
from tickets.models import Comment, Event, File, NotAllowed, Ticket
from tickets.models.work.attachment import save_attachments
from tickets.notifications.dispatch import announce
from tickets.text import richtext


def reply(
    ticket: Ticket,
    *,
    by: User,
    html: str,
    cc: Sequence[str] | None = None,
    files: Iterable[File] = (),
    status: str | None = None,
) -> Comment:
    """Answer the customer. `cc`: who is in CC from now on (None: as before). `status`: the ticket's next one.

    The answer waits `TicketSettings.undo_seconds` in the outbox, so that it can be undone. Raises ValidationError
    for an empty text or an address that cannot be put in CC, NotAllowed if there is nobody to write to.
    """
    with ticket.changing():
        put_in_copy = set_participants(ticket, cc, by=by) if cc is not None else None
        comment = write_comment(ticket, Comment.Kind.AGENT, by=by, html=html, files=files)
        if put_in_copy:  # so that undoing the answer finds it
            put_in_copy.comment = comment
            put_in_copy.save(update_fields=["comment"])
        if not announce(agent_answered(comment, status)):
            raise NotAllowed(_("There is nobody to write to. Set a customer, or put somebody in CC."))
    return comment


def add_note(ticket: Ticket, *, by: User, html: str, files: Iterable[File] = ()) -> Comment:
    """Say something that agents alone can read; nobody is told by mail. Raises ValidationError for an empty text."""
    with ticket.changing():
        note = write_comment(ticket, Comment.Kind.NOTE, by=by, html=html, files=files)
        ticket.changed()
        ticket.record(Event.Kind.NOTE, by, comment=note)
    return note


def write_comment(ticket: Ticket, kind: str, *, by: User, html: str, files: Iterable[File] = ()) -> Comment:
    """What an agent wrote in the composer, sanitised. Raises ValidationError if there is nothing, or too much."""
    if len(html) > richtext.MAX_HTML_LENGTH:
        raise ValidationError(_("The message is too long. Attach the text as a file instead."))
    html, files = richtext.sanitise(html), list(files)
    text = richtext.to_text(html)
    if not text.strip() and not files:
        raise ValidationError(_("Write something first."))
    is_note = kind == Comment.Kind.NOTE
    comment = Comment.objects.create(
        ticket=ticket,
        kind=kind,
        is_public=not is_note,
        agent=by,
        author_name=by.get_full_name()[:200],
        author_address=by.email,
        to=[] if is_note or not ticket.requester else [_person(ticket.requester)],
        cc=[] if is_note else [_person(recipient) for recipient in ticket.participants.all()],
        subject=ticket.subject,
        text=text,
        html=html,
        reply=text,
    )
    save_attachments(comment, files)
    return comment


def _person(recipient: Recipient) -> dict[str, str]:
    return {"name": recipient.name, "address": recipient.address}
