"""Replies and notes from the ticket page."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from helpdesk import limits
from recipients.models import Recipient, User
from tickets.conversation.participants import hidden_copies, set_participants, written_to
from tickets.conversation.status import agent_answered, forwarded
from tickets.models import Comment, Event, File, NotAllowed, Ticket
from tickets.models.work.attachment import save_attachments
from tickets.models.work.visibility import watchers
from tickets.notifications.dispatch import announce
from tickets.text import richtext
from tickets.text.mentions import mentioned


class Overtaken(Exception):  # noqa: N818 - nothing is wrong with what was written
    """Messages came in that the writer has not seen, `newer`, the newest last."""

    def __init__(self, newer: Sequence[Comment]) -> None:
        super().__init__(f"{len(newer)} newer messages")
        self.newer = newer


def newer_than(ticket: Ticket, seen: int | None) -> list[Comment]:
    """The messages that came in after the comment `seen`, the newest last; [] if nobody says what was seen."""
    if seen is None:
        return []
    comments = Comment.objects.filter(ticket=ticket, pk__gt=seen).select_related("agent", "recipient")
    return list(comments.order_by("pk")[:10])


def reply(
    ticket: Ticket,
    *,
    by: User,
    html: str,
    to: Sequence[str] | None = None,
    cc: Sequence[str] | None = None,
    bcc: Sequence[str] = (),
    files: Iterable[File] = (),
    status: str | None = None,
    seen: int | None = None,
) -> Comment:
    """Answer the customer. `cc`: who is in CC from now on (None: as before). `status`: the ticket's next one.

    `to`: whom this one answer goes to in place of the requester and the customer (None: to these). `bcc`: who gets a
    copy of this one answer without anybody else's knowledge. The answer waits `TicketSettings.undo_seconds` in the
    outbox, so that it can be undone. Raises ValidationError for an empty text or an address that cannot be written to,
    NotAllowed if there is nobody to write to, and Overtaken if messages came in after the comment `seen` (None: it does
    not matter): of those who answer at the same moment, one does.
    """
    with ticket.changing():
        _refuse(ticket, status, seen)
        if ticket.is_topic:  # its readers are its audience, and its mails go to who follows it
            to, cc, bcc = None, None, ()
        put_in_copy = set_participants(ticket, cc, by=by) if cc is not None else None
        instead = written_to(ticket, to) if to is not None else None
        hidden = hidden_copies(ticket, bcc)
        comment = write_comment(ticket, Comment.Kind.AGENT, by=by, html=html, files=files, to=instead, bcc=hidden)
        if put_in_copy:  # so that undoing the answer finds it
            put_in_copy.comment = comment
            put_in_copy.save(update_fields=["comment"])
        events = agent_answered(comment, status)
        if instead is not None:
            events[0].data["to"] = comment.to
        if not announce(events) and not ticket.is_topic:  # a topic is read where it is, whoever follows it
            raise NotAllowed(_("There is nobody to write to. Set a customer, or add somebody to CC."))
    return comment


def forward(
    message: Comment,
    *,
    by: User,
    html: str,
    to: Sequence[str],
    bcc: Sequence[str] = (),
    files: Iterable[File] = (),
    status: str | None = None,
    seen: int | None = None,
) -> Comment:
    """Pass `message` on to people outside, as `html` has it: a mail that only `to` and `bcc` get.

    The customer neither gets nor reads it, and still waits for an answer; nor do they read what comes back, which joins
    the ticket. It waits and is undone as an answer is. Raises as `reply` does.
    """
    ticket = message.ticket
    with ticket.changing():
        if ticket.is_topic:
            raise NotAllowed(_("A topic is public; copy what you want to send into a new ticket."))
        _refuse(ticket, status, seen)
        people = written_to(ticket, to)
        if people is None:  # the requester, by name
            assert ticket.requester
            people = [ticket.requester]
        hidden = hidden_copies(ticket, bcc)
        if banned := next((each for each in (*people, *hidden) if each.banned), None):
            reason = _("%(address)s is banned: a reply from there would not come in.")
            raise NotAllowed(reason % {"address": banned.display_address})
        comment = write_comment(
            ticket, Comment.Kind.AGENT, by=by, html=html, files=files, to=people, bcc=hidden, is_private=True
        )
        said, *moved = forwarded(comment, status)
        said.data |= {"to": comment.to, "forwards": message.pk}
        if not announce([said, *moved]):
            raise NotAllowed(_("Choose whom the message goes to."))
    return comment


def _refuse(ticket: Ticket, status: str | None, seen: int | None) -> None:
    """Raises NotAllowed if `status` wants more to be filled in, Overtaken if messages came in after `seen`."""
    if status:
        ticket.refuse_unfilled(status.partition(":")[0])
    if newer := newer_than(ticket, seen):
        raise Overtaken(newer)


def add_note(ticket: Ticket, *, by: User, html: str, files: Iterable[File] = ()) -> Comment:
    """Say something that agents alone can read. Raises ValidationError for an empty text.

    Whom it mentions by @ and a name, and who may see the ticket, is told by mail, and follows it from now on.
    """
    with ticket.changing():
        note = write_comment(ticket, Comment.Kind.NOTE, by=by, html=html, files=files)
        ticket.changed()
        people = _mentioned(note) if "@" in note.text else []
        if people:
            ticket.follow(*people)
        data = {"mentioned": [user.pk for user in people]} if people else {}
        announce([Event(ticket=ticket, kind=Event.Kind.NOTE, agent=by, comment=note, data=data)])
    return note


def _mentioned(note: Comment) -> list[User]:
    """Who is mentioned, but for its writer. One query."""
    people = {user.pk: user for user in watchers(note.ticket) if user.pk != note.agent_id}
    names = {pk: (user.get_full_name(), user.first_name, user.email.partition("@")[0]) for pk, user in people.items()}
    return [people[pk] for pk in mentioned(note.text, names)]


def write_comment(
    ticket: Ticket,
    kind: str,
    *,
    by: User,
    html: str,
    files: Iterable[File] = (),
    to: Sequence[Recipient] | None = None,
    bcc: Sequence[Recipient] = (),
    is_private: bool = False,
) -> Comment:
    """What an agent wrote in the composer, sanitised. Raises ValidationError if there is nothing, or too much.

    `to`: None means the requester. `is_private`: the customer does not read it, nor does who is in CC get it.
    """
    if len(html) > limits.AGENT_CHARACTERS.amount:
        raise limits.AGENT_CHARACTERS.refusal()
    html, files = richtext.sanitise(html), list(files)
    text = richtext.to_text(html)
    if not text.strip() and not files:
        raise ValidationError(_("Write something first."))
    is_note = kind == Comment.Kind.NOTE
    usual = [{"name": ticket.name_of_requester, "address": ticket.requester.address}] if ticket.requester else []
    comment = Comment.objects.create(
        ticket=ticket,
        kind=kind,
        is_public=not (is_note or is_private),
        agent=by,
        author_name=by.get_full_name()[:200],
        author_address=by.email,
        to=[] if is_note else usual if to is None else [_person(recipient) for recipient in to],
        cc=[] if is_note or is_private else [_person(recipient) for recipient in ticket.participants.all()],
        bcc=[_person(recipient) for recipient in bcc],
        subject=ticket.subject,
        text=text,
        html=html,
        reply=text,
    )
    save_attachments(comment, files)
    return comment


def _person(recipient: Recipient) -> dict[str, str]:
    return {"name": recipient.name, "address": recipient.address}
