"""The mails that an event calls for: event → audience → gate → content → outbox, all in the event's transaction.

The outbox rows freeze everything: recipient, token, subject, text, HTML. What is sent later is what was decided here
(L14, L40).
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.utils import timezone

from tickets.models import Attachment, Comment, Event, Outbox, Queue, Ticket, TicketSettings, WithheldNotice
from tickets.notifications.audience import Copy, Watcher, audience, who_watches
from tickets.notifications.content import MailContent, for_reader, mail_contents, unfollow_url
from tickets.notifications.gate import Gate, Withheld
from tickets.notifications.outgoing import outgoing
from tickets.notifications.verification_link import issue_link


def announce(events: Sequence[Event], settings: TicketSettings | None = None) -> list[Outbox]:
    """Save `events` and write the mails that they call for. Must be called in a transaction."""
    dispatch = Dispatch(settings)
    mails = dispatch.announce(events)
    dispatch.write()
    return mails


def about_opening(ticket: Ticket) -> dict[str, Any]:
    """What an event must say of the mail that opened `ticket`, so that no machine is written to. One query."""
    opened = ticket.events.filter(kind=Event.Kind.OPENED).first()
    return {name: True for name in ("automatic", "quiet") if opened and opened.data.get(name)}


class Dispatch:
    """Events and the mails that they call for, in memory until they are written, and what is known of who gets them."""

    def __init__(self, settings: TicketSettings | None = None) -> None:
        self._given = settings
        self._watchers: dict[tuple[str, int, int], list[Watcher]] = {}
        self._events: list[Event] = []
        self._mails: list[Outbox] = []

    @cached_property
    def settings(self) -> TicketSettings:
        return self._given or TicketSettings.load()

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.settings.automatic_mails_per_hour)

    def announce(self, events: Sequence[Event]) -> list[Outbox]:
        """Keep `events` and the mails that they call for; returns those."""
        mails: list[Outbox] = []
        asked: list[Event] = []
        for event in events:
            copies = self._allowed(event)
            mails += _mails(event, copies, self.settings)
            if event.kind != Event.Kind.VERIFY_ASKED and any(copy.asks for copy in copies):
                asked.append(Event(ticket=event.ticket, kind=Event.Kind.VERIFY_ASKED, recipient=event.recipient))
        self._events += [*events, *asked]
        self._mails += mails
        return mails

    def record(self, event: Event) -> None:
        """Keep what happened, of which nobody is told."""
        self._events.append(event)

    def write(self) -> None:
        """Four statements at most: events, notices for summaries, mails, and the files of agents' messages."""
        events, mails = self._events, self._mails
        self._events, self._mails = [], []
        if events:
            Event.objects.bulk_create(events)
        if waiting := [notice for event in events for notice in _for_the_summary(event)]:
            WithheldNotice.objects.bulk_create(waiting)
        if mails:
            Outbox.objects.bulk_create(mails)
            _attach([mail for mail in mails if mail.kind == Outbox.Kind.NEW_MESSAGE])
            self.gate.count()

    def _allowed(self, event: Event) -> list[Copy]:
        """The copies of one event that may be written; those that the gate refused are noted in the event."""
        copies = audience(event, self.settings, self._who_watches)
        self.gate.learn(copy.address for copy in copies)
        allowed = []
        for copy in copies:
            if why := self.gate.refuses(copy, event):
                event.data.setdefault("withheld", []).append([copy.address, str(why)])
            else:
                allowed.append(copy)
        self.gate.passed(allowed, event)
        return allowed

    def _who_watches(self, wanted: str, queue: int, partner: int) -> list[Watcher]:
        asked = (wanted, queue, partner)
        if asked not in self._watchers:
            self._watchers[asked] = who_watches(*asked)
        return self._watchers[asked]


def _for_the_summary(event: Event) -> list[WithheldNotice]:
    withheld = event.data.get("withheld", ())
    return [WithheldNotice(ticket=event.ticket, address=to) for to, why in withheld if why == Withheld.SUMMARISED]


def _mails(event: Event, copies: Sequence[Copy], settings: TicketSettings) -> list[Outbox]:
    """The unsaved mails of one event. A link to confirm an address is made here: only for a mail that is written."""
    link = next((issue_link(event.ticket, copy.address) for copy in copies if copy.asks), None)
    readers: dict[Outbox.Kind, list[str]] = {}
    for copy in copies:
        readers.setdefault(copy.kind, []).append(copy.address)
    contents = {kind: mail_contents(kind, event, settings, addresses, link) for kind, addresses in readers.items()}
    return [_mail(copy, event, contents[copy.kind][copy.address], settings) for copy in copies]


def _mail(copy: Copy, event: Event, content: MailContent, settings: TicketSettings) -> Outbox:
    ticket, now = event.ticket, timezone.now()
    has_root = copy.to_staff or ticket.is_topic  # of other customers' mails nobody learns the id
    unfollow = unfollow_url(copy.unsubscribe) if copy.unsubscribe else ""
    mail = outgoing(
        copy.kind,
        copy.address,
        for_reader(content, unfollow) if unfollow else content,
        name=copy.name,
        language=ticket.queue.language,
        ticket=ticket,
        comment=event.comment,
        addressed_to=ticket.addressed_to,
        to_staff=copy.to_staff,
        is_automatic=copy.is_automatic or "rule" in event.data,
        created_at=now,
        next_attempt_at=now,
        in_reply_to=content.answers,
        references=" ".join(filter(None, [_root(ticket.number) if has_root else "", content.answers])),
        unsubscribe_url=unfollow,
    )
    if copy.kind is Outbox.Kind.NEW_MESSAGE and event.comment:
        for name, value in sender_wishes(event.comment.ticket.queue, event.comment, settings).items():
            setattr(mail, name, value)
    if event.comment and event.comment.agent_id and not event.comment.message_id:
        # Written in the browser: its author may still take it back, and with it the ticket that staff is told of.
        mail.next_attempt_at = now + timedelta(seconds=settings.undo_seconds)
    return mail


def sender_wishes(queue: Queue, comment: Comment, settings: TicketSettings) -> dict[str, Any]:
    """In whose name an agent's message leaves, as the queue and the settings want it (U12, U13, T05, T21)."""
    agent = comment.agent
    own_address = (agent.sender_email or agent.email) if agent else comment.author_address
    name = comment.author_name or own_address
    anonymous = settings.mailbox_name_only or queue.sender == Queue.Sender.MAILBOX
    wishes = {"from_name": "" if anonymous else name}
    if queue.sender == Queue.Sender.AGENT and not anonymous:
        wishes["from_address"] = own_address
    if queue.reply_to_agent:
        wishes["reply_to"] = own_address
    return wishes


def _attach(mails: Sequence[Outbox]) -> None:
    """The files of an agent's message go with every copy of it."""
    comments = {mail.comment_id for mail in mails}
    files = Attachment.objects.filter(comment__in=comments).values_list("pk", "comment_id") if comments else ()
    through = Outbox.attachments.through
    if rows := [
        through(outbox_id=mail.pk, attachment_id=file)
        for file, comment in files
        for mail in mails
        if mail.comment_id == comment
    ]:
        through._default_manager.bulk_create(rows)


def _root(number: int) -> str:
    """An id that all mails to staff about a ticket refer to, and all about a topic.

    So mail programs show them as one conversation.
    """
    return f"<ticket-{number}@{urlsplit(django_settings.SITE_URL).hostname}>"
