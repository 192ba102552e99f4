"""What a customer of a queue gets: the mails of a request that nobody made, by the functions that write real ones."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Max
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from liquid.exceptions import LiquidError

from helpdesk.wording.liquid import RenderedMail
from recipients.models import Recipient, User
from tickets.hours.calendars import hours_of
from tickets.models import Comment, Event, Outbox, Queue, Ticket, TicketSettings, Wording
from tickets.notifications.content import MailContent, mail_contents, preview
from tickets.notifications.dispatch import sender_wishes
from tickets.notifications.outgoing import outgoing
from tickets.text import references
from tickets.wording.rendering import own_words


@dataclass(frozen=True, slots=True)
class Example:
    """One mail and when it is sent; `wishes`: in whose name, as fields of the outbox."""

    key: str
    title: str | Promise
    kind: str
    mail: MailContent | RenderedMail
    wishes: dict[str, Any]


def examples(queue: Queue, reader: User) -> list[Example]:
    """The confirmations and an answer, as if `reader` had asked and answered. Nothing is saved; five queries."""
    settings = TicketSettings.load()
    with translation.override(queue.language):
        asked, answered = _imagined(queue, reader)
    found = []
    if queue.confirmation:
        found.append(
            _example("confirmation", gettext_lazy("Immediately"), Outbox.Kind.REQUEST_RECEIVED, asked, settings)
        )
        if mail := _after_hours(asked, settings):
            title = gettext_lazy("Immediately, outside working hours")
            found.append(Example("after-hours", title, Outbox.Kind.REQUEST_RECEIVED, mail, {}))
    title = gettext_lazy("When an agent has answered")
    return [*found, _example("answer", title, Outbox.Kind.NEW_MESSAGE, answered, settings)]


def mails_to_try(queue: Queue, reader: User) -> list[Outbox]:
    """Unsaved mails with the `examples` to `reader`, in the name of the first address of `queue`. Six queries.

    Without the tag: the next ticket will have that number, and what `reader` answers must not reach its customer.
    """
    written_to = queue.addresses.values_list("address", flat=True).first() or ""
    return [
        outgoing(
            each.kind,
            reader.email,
            replace(each.mail, subject=_("Test: %(subject)s") % {"subject": references.untagged(each.mail.subject)}),
            language=queue.language,
            name=str(reader),
            addressed_to=written_to,
            is_automatic=True,
            **each.wishes,
        )
        for each in examples(queue, reader)
    ]


def _imagined(queue: Queue, reader: User) -> tuple[Event, Event]:
    """A request within the hours, with the next free number, and its answer."""
    number = (Ticket.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    hours, now = hours_of(queue), timezone.now()
    at = (hours and hours.next_opening(now)) or now
    requester = Recipient(address=reader.email, name=str(reader))
    subject = _("The printer does not print")
    ticket = Ticket(pk=number, queue=queue, subject=subject, requester=requester, created_at=at)
    request = Comment(
        ticket=ticket,
        kind=Comment.Kind.CUSTOMER,
        author_name=str(reader),
        author_address=reader.email,
        text=_("Nothing has come out since this morning. What can I do?"),
        created_at=at,
    )
    answer = Comment(
        ticket=ticket,
        kind=Comment.Kind.AGENT,
        agent=reader,
        author_name=str(reader),
        text=_("Please switch it off and on again. Does it print now?"),
        created_at=at,
    )
    return (
        Event(ticket=ticket, kind=Event.Kind.OPENED, comment=request),
        Event(ticket=ticket, kind=Event.Kind.AGENT_MESSAGE, comment=answer),
    )


def _example(key: str, title: Promise, kind: Outbox.Kind, event: Event, settings: TicketSettings) -> Example:
    reader = event.ticket.requester.address if event.ticket.requester else ""
    by_agent = event.comment if event.comment and event.comment.agent else None
    wishes = sender_wishes(event.ticket.queue, by_agent, settings) if by_agent else {}
    return Example(key, title, kind, mail_contents(kind, event, settings, [reader])[reader], wishes)


def _after_hours(event: Event, settings: TicketSettings) -> RenderedMail | None:
    """The other confirmation, if the queue has hours and such a text, and the text is not broken (T09)."""
    queue = event.ticket.queue
    own = own_words(queue, Wording.Kind.AFTER_HOURS) if queue.opening_hours else None
    try:
        return preview(Wording.Kind.AFTER_HOURS, event, settings, own) if own else None
    except LiquidError:
        return None
