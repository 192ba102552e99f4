"""Tickets that an agent opens: by writing first, with a held message, or with messages that are split off another one.

By the same recognition and the same outbox as any other.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from recipients.addressing.normalise import display, normalise
from recipients.matching.directory import match_sender
from recipients.matching.verdict import Verdict
from recipients.models import OwnAddress, Recipient, User
from tickets.conversation.merge_tickets import merge_ticket
from tickets.conversation.participants import noted, set_participants
from tickets.conversation.replying import add_note, write_comment
from tickets.conversation.status import agent_answered
from tickets.conversation.work import add_tags
from tickets.customers.assignment import follow_pairing
from tickets.intake.arrival import Arrival
from tickets.intake.new_ticket import recognised, ruled
from tickets.intake.threading import digest, made_of
from tickets.models import Category, Comment, Event, MailReference, NotAllowed, Queue, Status, Ticket
from tickets.models.work.attachment import File, size_of
from tickets.models.work.visibility import may_see
from tickets.notifications.dispatch import announce
from tickets.rules.facts import FirstMessage, ListedFile
from tickets.rules.rulebook import Rulebook
from tickets.rules.ruling import Ruling
from tickets.sender.held_messages import deciding
from tickets.text import references, richtext


def start(
    *,
    by: User,
    queue: Queue,
    to: str,
    subject: str,
    html: str,
    files: Iterable[File] = (),
    cc: Iterable[str] = (),
    assignee: User | None = None,
    category: Category | None = None,
    tags: Iterable[str] = (),
    note: str = "",
    key: str = "",
) -> Comment:
    """A new ticket with the first message to the normalised address `to`; the message waits to leave as any answer.

    Whose ticket it is, recognition says of the address. `note`: what colleagues are told, as HTML. What the form `key`
    made before is not made again: that is what comes back. Without a `category` it is the queue's, or what rules say.
    Raises NotAllowed or ValidationError with a sentence.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)  # what one agent sends at once is in turn
        if started := started_by(by, key):
            return started
        files = list(files)
        listed = [ListedFile(getattr(file, "inline", False)) for file in files]
        mail = FirstMessage(" ".join(subject.split())[:500], richtext.to_text(richtext.sanitise(html)), listed)
        size = len(mail.text.encode()) + sum(map(size_of, files))
        ticket, acted = _opened(queue, _requester(to), mail, size, by, assigned=assignee is not None)
        _must_see(by, ticket)
        set_participants(ticket, cc, by=by)
        comment = write_comment(ticket, Comment.Kind.AGENT, by=by, html=html, files=files)
        if key:
            MailReference.objects.create(digest=digest(_message_id(by, key)), ticket=ticket, comment=comment)
        if assignee:
            ticket.assign(assignee, by=by)
        if category:
            ticket.set_category(category, by=by)
        if tags := list(tags):
            ticket.set_tags(tags, by=by)
        if acted.tags:
            add_tags([(ticket, acted.tags)])
        ticket.events.update(comment=comment)  # so that undoing the message takes all of it back
        opened = Event(ticket=ticket, kind=Event.Kind.OPENED, agent=by, comment=comment, data=acted.notices)
        announce([opened, *acted.events(comment), *agent_answered(comment)])
        if note:
            add_note(ticket, by=by, html=note)
    return comment


def open_with_held(comment: Comment, *, by: User) -> Ticket:
    """Make a held message the first one of a ticket of its own, as if it had named none; its writer is confirmed.

    Raises NotAllowed if it is not held any more, or `by` could not see that ticket.
    """
    with transaction.atomic():
        requester = comment.recipient or _writer(comment)
        with deciding(comment):
            before, subject = comment.ticket, references.untagged(comment.subject)[:500]
            match, verdict = match_sender(comment.author_address), Verdict.from_json(comment.verdict)
            came = Arrival(received_at=comment.created_at, address=before.addressed_to, verdict=verdict)
            with translation.override(before.queue.language):
                named = subject or _("(no subject)")
            ticket = recognised(before.queue, match, came, subject=named, bare_subject=subject.casefold())
            ticket.requester = requester
            follow_pairing(ticket, match)
            ticket.save()
            _must_see(by, ticket)
            if comment.kind == Comment.Kind.AUTOMATIC:
                comment.kind, comment.is_public = Comment.Kind.CUSTOMER, True
            comment.ticket, comment.recipient, comment.held_reason = ticket, requester, ""
            comment.validity, comment.match = ticket.validity, ticket.match
            comment.save()
            MailReference.objects.filter(comment=comment).update(ticket=ticket)
            before.record(Event.Kind.FOLLOW_UP, by, {"ticket": ticket.number})
            announce([Event(ticket=ticket, kind=Event.Kind.OPENED, agent=by, recipient=requester, comment=comment)])
    return ticket


def split_off(comment: Comment, *, subject: str, with_later: bool, by: User) -> Ticket:
    """Make a message the first one of a ticket of its own; `with_later`: it takes all later ones along.

    Its writer is the requester there. What the ticket's own requester wrote stays their customer's. Nobody is told by
    mail; the two tickets name each other. Raises NotAllowed if nothing would be left, or `by` could not see it.
    """
    before = comment.ticket
    with before.changing():
        if before.is_topic:
            raise NotAllowed(_("A topic is one conversation; hide what does not belong to it."))
        said = before.comments.filter(created_at__gte=comment.created_at).exclude(
            pk__lt=comment.pk, created_at=comment.created_at
        )
        moving = sorted(said.values_list("pk", flat=True)) if with_later else [comment.pk]
        if comment.pk not in before.comments.filter(pk__in=moving).values_list("pk", flat=True):
            raise NotAllowed(_("This message is no longer in this ticket."))
        if not before.comments.exclude(pk__in=moving).exists():
            raise NotAllowed(_("No message would be left in this ticket."))
        ticket = _beside(before, comment, subject)
        _refuse_readers(before, ticket, moving)
        ticket.save()
        _must_see(by, ticket)
        before.comments.filter(pk__in=moving).update(ticket=ticket)
        MailReference.objects.filter(comment__in=moving).update(ticket=ticket)
        for each in (before, ticket):
            each.has_held_comments = each.comments.filter(is_held=True).exists()
            each.changed("has_held_comments")
        numbers = {"ticket": ticket.number, "from": before.number, "split": True}
        before.record(Event.Kind.FOLLOW_UP, by, numbers)
        ticket.record(Event.Kind.OPENED, by, numbers | {"silent": True})
    return ticket


def _refuse_readers(before: Ticket, ticket: Ticket, moving: list[int]) -> None:
    """Raises NotAllowed if the requester of `ticket` would read among `moving` what was said to somebody else."""
    reader = ticket.requester
    if reader is None or reader == before.requester:
        return
    if ticket.customer_id and ticket.customer_id == before.customer_id:
        return
    shown = before.comments.filter(pk__in=moving, kind__in=("customer", "agent"), is_public=True, is_held=False)
    for said in shown.only("to", "cc", "author_address", "recipient"):
        people = {normalise(person["address"]) for person in (*said.to, *said.cc)} | {said.author_address}
        if said.recipient_id != reader.pk and reader.address not in people:
            raise NotAllowed(
                _("%(address)s would read messages that are not theirs. Split off this message alone.")
                % {"address": reader.display_address}
            )


def _beside(before: Ticket, comment: Comment, subject: str) -> Ticket:
    """The unsaved ticket for `comment` of `before`: in its queue, and with who works on it."""
    subject = " ".join(subject.split())[:500] or before.subject
    requester = comment.recipient if comment.kind == Comment.Kind.CUSTOMER else before.requester
    requester = requester or before.requester
    came = Arrival(comment.created_at, address=before.addressed_to, verdict=Verdict.from_json(before.verdict))
    match = match_sender(requester.address if requester else "")
    ticket = recognised(before.queue, match, came, subject=subject, bare_subject=before.bare_subject)
    if requester == before.requester:
        for name in ("customer", "customer_source", "validity", "match", "customer_pairing"):
            setattr(ticket, name, getattr(before, name))
    else:
        follow_pairing(ticket, match)
    ticket.requester, ticket.follow_up_of, ticket.assignee = requester, before, before.assignee
    ticket.priority, ticket.category = before.priority, before.category
    ticket.status = Status.OPEN
    return ticket


def undo_split(ticket: Ticket, *, by: User) -> Ticket:
    """Bring back what was split off, and what was said there since; the ticket from which it came.

    Raises NotAllowed if that is gone or was merged, if `ticket` was not split off, or if since then a customer was
    written to or wrote in it to whom the other ticket does not belong.
    """
    opened = ticket.events.filter(kind=Event.Kind.OPENED).first()
    before = ticket.follow_up_of
    if before is None or opened is None or not opened.data.get("split"):
        raise NotAllowed(_("It was not split off from another ticket."))
    since = ticket.comments.filter(created_at__gt=opened.at).exclude(kind=Comment.Kind.NOTE)
    is_as_it_was = not (since.exists() or ticket.merged.exists())
    merge_ticket(ticket, into=before, by=by, brings_people=False, were_one=is_as_it_was)
    return before


def _must_see(user: User, ticket: Ticket) -> None:
    if not may_see(user, ticket):
        raise NotAllowed(_("You could not see the ticket afterwards: it would not belong to anybody you work for."))


def _writer(comment: Comment) -> Recipient | None:
    """The address that wrote a message for which nobody was noted."""
    address = comment.author_address
    return noted({address: comment.author_name}, timezone.now())[0] if address else None


def started_by(agent: User, key: str) -> Comment | None:
    """The first message of the ticket that the agent's form `key` made when it was sent before."""
    return made_of(_message_id(agent, key)) if key else None


def _message_id(agent: User, key: str) -> str:
    """Which the form makes: an agent's own, so that nobody else's form can have it."""
    return f"{hashlib.sha256(f'agent {agent.pk} {key}'.encode()).hexdigest()}@generated"


def _requester(address: str) -> Recipient:
    if OwnAddress.among([address]):
        raise NotAllowed(_("%(address)s is an address of the helpdesk itself.") % {"address": display(address)})
    recipient = noted({address: ""}, timezone.now())[0]
    if recipient.banned:
        raise NotAllowed(
            _("%(address)s is banned: a reply from there would not come in.") % {"address": display(address)}
        )
    return recipient


@dataclass(frozen=True, slots=True)
class _Acted:
    """What rules did to the ticket, and could not do, by action."""

    ruling: Ruling | None = None
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def notices(self) -> dict[str, Any]:
        return self.ruling.notices() if self.ruling else {}

    @property
    def tags(self) -> Collection[str]:
        """What rules add to those of the agent."""
        return self.ruling.plan.tags if self.ruling else ()

    def events(self, comment: Comment) -> list[Event]:
        """One for each rule that acted."""
        if self.ruling is None:
            return []
        events = self.ruling.events(comment.ticket, self.refused)
        for event in events:
            event.comment = comment  # so that undoing the message finds it
        return events


def _opened(
    queue: Queue, requester: Recipient, mail: FirstMessage, size: int, by: User, *, assigned: bool
) -> tuple[Ticket, _Acted]:
    """The new ticket, as a mail from `requester` would make it, with what rules add to the choices of `by`."""
    match, arrival = match_sender(requester.address), Arrival(received_at=timezone.now(), queue=queue)
    ticket = recognised(queue, match, arrival, subject=mail.subject, bare_subject=mail.subject.casefold())
    ticket.requester = requester
    follow_pairing(ticket, match)
    acted, book = _Acted(), Rulebook.load()
    ruling = ruled(mail, match, arrival, size=size, book=book, queues={queue.pk: queue}).ruling if book.rules else None
    if ruling:
        book.note(ruling.plan)
        transaction.on_commit(book.count_hits)
        left, refused = ruling.beside(ticket, by, assigned=assigned)
        acted = _Acted(left, refused | left.apply(ticket, match))
    ticket.save()
    return ticket, acted
