"""What stands in the mails about a ticket? The values that the templates are filled with, in the queue's language."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from helpdesk import limits
from helpdesk.text.text_to_html import text_to_html
from helpdesk.wording.liquid import RenderedMail, render_written, safe
from recipients.addressing.normalise import display, normalise
from recipients.models import Branding
from tickets.hours.calendars import described, hours_of, is_open
from tickets.models import Comment, Event, Outbox, Queue, Target, Ticket, TicketSettings, Wording
from tickets.models.setup.custom_field import in_texts
from tickets.notifications.notices import tell_administrators
from tickets.notifications.rating_link import rating_url
from tickets.notifications.verification_link import Link
from tickets.text import references
from tickets.text.public import public_name, public_text
from tickets.wording.rendering import own_words, render, with_tag

#: Of messages that people wrote to each other.
PUBLIC_KINDS = (Comment.Kind.CUSTOMER, Comment.Kind.AGENT)
LONG_ON_ITS_WAY = timedelta(hours=1)
#: Messages of a conversation that are read at once.
_AT_ONCE = 50

#: Stands in the words of a mail for the link of its reader, as the words are the same for all.
_UNFOLLOW = "READER"


@dataclass(frozen=True, slots=True)
class MailContent:
    """What one mail says; `answers` is the id, in angle brackets, of the customer's mail that it follows, or ""."""

    subject: str
    text: str
    html: str
    answers: str = ""


def unfollow_url(token: str) -> str:
    """The page on which a follower, known by `token`, ends the mails of a topic."""
    return f"{django_settings.SITE_URL}{reverse('portal:unfollow', args=[token])}"


def for_reader(content: MailContent, url: str) -> MailContent:
    """`content` with the link of one reader."""
    anybody = unfollow_url(_UNFOLLOW)
    return replace(content, text=content.text.replace(anybody, url), html=content.html.replace(anybody, url))


def mail_contents(
    kind: str, event: Event, settings: TicketSettings, readers: Iterable[str], link: Link | None = None
) -> dict[str, MailContent]:
    """Address of each reader → the mail of `kind` about `event`. At most one query, two for a whole conversation.

    It is the same for all, but for the quote of an earlier message, and the conversation: these are for those alone
    whom that message was addressed to.
    `link`: by which its reader can confirm the address, and until when.
    """
    queue = event.ticket.queue
    words = wording_of(kind, event)
    own = own_words(queue, words)
    with translation.override(queue.language):
        values = _values(kind, event, settings, link, own)
        addressed = values.pop("addressed", None)
        quoting = {reader: addressed is None or reader in addressed for reader in readers}
        written = {
            quotes: render(
                queue, words, values if quotes else values | {"quote": None, "conversation": None}, own, _tell_broken
            )
            for quotes in dict.fromkeys(quoting.values())
        }
    answers = values.get("answers", "")
    contents = {key: MailContent(mail.subject, mail.text, mail.html, answers) for key, mail in written.items()}
    return {reader: contents[quotes] for reader, quotes in quoting.items()}


def wording_of(kind: str, event: Event) -> str:
    """Which words a mail of `kind` has: outside the hours the other confirmation, if the queue has one (T09).

    The hours are those of the queue's zone, the time is that of receipt.
    """
    queue, after_hours = event.ticket.queue, Wording.Kind.AFTER_HOURS
    if kind != Outbox.Kind.REQUEST_RECEIVED or own_words(queue, after_hours) is None:
        return kind
    return kind if is_open(queue, event.ticket.created_at) else after_hours


def preview(words: str, event: Event, settings: TicketSettings, own: tuple[str, str]) -> RenderedMail:
    """What the text `own` would make of a mail about `event`; nothing is sent. Raises liquid.exceptions.LiquidError."""
    kind = Outbox.Kind.REQUEST_RECEIVED if words == Wording.Kind.AFTER_HOURS else words
    link = Link(f"{django_settings.SITE_URL}{reverse('portal:verify', args=['…'])}", timezone.now())
    queue = event.ticket.queue
    with translation.override(queue.language):
        values = _values(kind, event, settings, link if words == Wording.Kind.VERIFICATION else None, own)
        return with_tag(render_written(*own, queue.language, values), values["ticket"]["tag"])


def _tell_broken(version: Wording) -> None:
    """A text gave way to the built-in one: administrators get to know, once for each version."""
    queue = version.queue
    url = f"{django_settings.SITE_URL}{reverse('settings:wording', args=[queue.pk, version.kind])}"
    tell_administrators(
        "wording_broken",
        lambda: {"queue": queue.name, "text": str(version.get_kind_display()), "fault": version.fault, "url": url},
    )


def _values(
    kind: str, event: Event, settings: TicketSettings, link: Link | None, own: tuple[str, str] | None
) -> dict[str, Any]:
    """What a text may name: plain texts, lists and dicts of them. More of it for one that somebody wrote."""
    values = {"ticket": _ticket(event, kind)} | _VALUES[kind](event, settings)
    if link:
        values["confirm"] = {"url": link.url, "until": _date(link.until, event.ticket.queue)}
    if kind in _OF_THE_COMPANY:
        values["company"] = Branding.current().for_mails
    if own:
        repeats = settings.echo_request or kind not in _TO_WHOEVER_WROTE
        _more(values, event, own[1], repeats=repeats)
    return values


def _more(values: dict[str, Any], event: Event, source: str, *, repeats: bool) -> None:
    """What texts of one's own may name besides; `repeats`: what was written is among it."""
    ticket, queue = event.ticket, event.ticket.queue
    agent = (event.comment.agent if event.comment else None) or ticket.assignee
    values["ticket"] |= {
        "status": ticket.status_name,
        "priority": str(ticket.priority_level.name),
        "category": ticket.category_path,
        "contact": ticket.requester_display_name,
        "due": _date(due, queue) if (due := ticket.answer_due_at) else "",
    } | in_texts(ticket)
    hours = hours_of(queue)
    opening = hours.next_opening(timezone.now()) if hours else timezone.now()
    values["queue"] = {
        "name": queue.name,
        "hours": described(queue),
        "next_opening": _date(opening, queue) if opening else "",
    }
    values["agent"] = {
        "name": str(agent) if agent else "",
        "email": (agent.sender_email or agent.email) if agent else "",
        "phone": agent.phone if agent else "",
        "signature": agent.signature if agent else "",
    } | values.get("agent", {})
    if repeats and not ticket.is_topic and "quote" in source and "quote" not in values:
        last = _last_of_customer(ticket)
        values["quote"] = _message(last, last.reply or last.text, event) if last else None
    if repeats and "conversation" in source and "conversation" not in values:
        values["conversation"] = _conversation(ticket)


def _conversation(ticket: Ticket) -> dict[str, Any]:
    """All that was said in public, in order: no notes, nothing held, no automatic mail (T14). One query.

    Nor what an agent passed on, because that holds words to colleagues. Of a long one the last of it.
    """
    passed_on = Q(kind=Comment.Kind.CUSTOMER, recipient__isnull=True)
    said = ticket.comments.filter(kind__in=PUBLIC_KINDS, is_public=True, is_held=False).exclude(passed_on)
    newest = said.select_related("agent", "recipient") if ticket.is_topic else said
    newest = newest.order_by("-created_at", "-pk")[: limits.MESSAGES_AT_ONCE.amount]
    parts: list[tuple[str, str]] = []
    left = limits.CONVERSATION_CHARACTERS.amount
    for comment in newest.iterator(chunk_size=_AT_ONCE):
        author = comment.author_name or display(comment.author_address) or ticket.queue.name
        text = (comment.reply or comment.text).strip()
        if ticket.is_topic:
            author, text = public_name(comment), public_text(text)
        heading, text = f"{author}, {_date(comment.created_at, ticket.queue)}", _cut(text)
        left -= len(heading) + len(text)
        if left < 0:
            parts.append(("[…]", ""))
            break
        parts.append((heading, text))
    parts.reverse()
    text = "\n\n".join(f"— {heading} —\n{said}" for heading, said in parts)
    html = "\n".join(
        format_html("<p><strong>{}</strong></p>\n{}", heading, mark_safe(text_to_html(said)))  # noqa: S308 - sanitised
        for heading, said in parts
    )
    return {"text": text, "html": safe(html)}


def _summary(event: Event, settings: TicketSettings) -> dict[str, Any]:
    return {"conversation": _conversation(event.ticket)}


def _request_received(event: Event, settings: TicketSettings) -> dict[str, Any]:
    """What was written, repeated only if the settings allow it: a forged sender's text is not to be relayed (43)."""
    comment = event.comment
    if comment is None:
        return {"message": None}
    message = _message(comment, comment.text, event) if settings.echo_request else None
    return {"message": message, "answers": _id(comment), "sent_at": _sent_long_ago(comment, event.ticket.queue)}


def _sent_long_ago(comment: Comment, queue: Queue) -> str | None:
    """When a mail was sent that was long on its way; None for others."""
    at = comment.written_at
    return _date(at, queue) if at and timezone.now() - at > LONG_ON_ITS_WAY else None


def _verification(event: Event, settings: TicketSettings) -> dict[str, Any]:
    """The ticket by its number, and by its subject only if the settings allow to repeat it."""
    answers = _id(event.comment) if event.comment else ""
    return {"subject": event.ticket.subject if settings.echo_request else "", "answers": answers}


def _to_staff(event: Event, settings: TicketSettings) -> dict[str, Any]:
    comment = event.comment
    if comment is None:
        return {"message": None}
    message = _message(comment, comment.reply or comment.text, event) | {"is_private": not comment.is_public}
    return {"message": message, "answers": _id(comment)}


def _new_message(event: Event, settings: TicketSettings) -> dict[str, Any]:
    """The agent's text with name and signature, and the customer's last message as a quote (T12, T13)."""
    comment = event.comment
    if comment is None:
        return {"message": None}
    last = _last_of_customer(event.ticket)
    signature = comment.agent.signature if comment.agent and not comment.message_id else ""
    return {
        "message": {"text": comment.text, "html": safe(comment.html or text_to_html(comment.text))},
        "agent": {
            "name": comment.author_name,
            "email": (comment.agent.sender_email or comment.agent.email) if comment.agent else "",
            "signature": signature,
            "signature_html": safe(text_to_html(signature)),
        },
        "quote": _message(last, last.reply or last.text, event) if last else None,
        "addressed": _addressed(last, event.ticket) if last else set(),
        "answers": _id(last) if last else "",
    }


def _topic_post(event: Event, settings: TicketSettings) -> dict[str, Any]:
    """What was said on a topic, by name: no address of anybody, and nothing of the mail that it came in."""
    comment = event.comment
    if comment is None:
        return {"message": None}
    by_agent, text = comment.kind == Comment.Kind.AGENT, (comment.reply or comment.text).strip()
    text = _cut(text if by_agent else public_text(text))
    html = comment.html if by_agent and comment.html else text_to_html(text)
    return {
        "message": {"author": public_name(comment), "text": text, "html": safe(html)},
        "unfollow": {"url": unfollow_url(_UNFOLLOW)},
    }


def _close_warning(event: Event, settings: TicketSettings) -> dict[str, Any]:
    """The day on which it will be closed, as the event says."""
    closes_at = parse_datetime(event.data.get("closes_at", ""))
    return {"closes_at": _date(closes_at, event.ticket.queue, "DATE_FORMAT") if closes_at else ""}


def _due(event: Event, settings: TicketSettings) -> dict[str, Any]:
    """What is due and when, as the event says."""
    at, target = parse_datetime(event.data["due_at"]), Target(event.data["target"])
    overdue = event.kind == Event.Kind.OVERDUE
    return {"due": {"what": str(target.label), "at": _date(at, event.ticket.queue) if at else "", "overdue": overdue}}


def _satisfaction(event: Event, settings: TicketSettings) -> dict[str, Any]:
    """The address of the page for each answer."""
    url = rating_url(event.data.get("rating", 0))  # a preview has none
    return {"rate": {"good": f"{url}?rating=good", "bad": f"{url}?rating=bad"}}


_VALUES: Mapping[str, Callable[[Event, TicketSettings], dict[str, Any]]] = {
    Outbox.Kind.REQUEST_RECEIVED: _request_received,
    Outbox.Kind.NEW_TICKET: _to_staff,
    Outbox.Kind.CUSTOMER_REPLIED: _to_staff,
    Outbox.Kind.NOTICE: _to_staff,
    Outbox.Kind.MENTION: _to_staff,
    Outbox.Kind.NEW_MESSAGE: _new_message,
    Outbox.Kind.TOPIC_POST: _topic_post,
    Outbox.Kind.VERIFICATION: _verification,
    Outbox.Kind.CLOSE_WARNING: _close_warning,
    Outbox.Kind.SATISFACTION: _satisfaction,
    Outbox.Kind.DUE: _due,
    Outbox.Kind.SUMMARY: _summary,
}
#: Automatic mails to customers; agents' answers are theirs, and staff know where they work.
_OF_THE_COMPANY = {
    Outbox.Kind.REQUEST_RECEIVED,
    Outbox.Kind.VERIFICATION,
    Outbox.Kind.CLOSE_WARNING,
    Outbox.Kind.SATISFACTION,
    Outbox.Kind.SUMMARY,
    Outbox.Kind.TOPIC_POST,
}
#: Mails to the address that a mail names as its sender, whoever wrote it.
_TO_WHOEVER_WROTE = {Outbox.Kind.REQUEST_RECEIVED, Outbox.Kind.VERIFICATION}


def _ticket(event: Event, kind: str) -> dict[str, Any]:
    """Mails about a later message open the ticket at that message: in a long conversation it is far below."""
    ticket = event.ticket
    later = event.comment_id and kind != Outbox.Kind.NEW_TICKET
    at = f"?message={event.comment_id}#message-{event.comment_id}" if later else ""
    return {
        "number": ticket.number,
        "tag": references.tag(ticket.number),
        "subject": public_text(ticket.subject) if kind == Outbox.Kind.TOPIC_POST else ticket.subject,
        "opened_at": _date(ticket.created_at, ticket.queue),
        "queue": ticket.queue.name,
        "customer": ticket.customer.name if ticket.customer else "",
        "url": f"{django_settings.SITE_URL}{ticket.get_absolute_url()}{at}",
        "portal_url": f"{django_settings.SITE_URL}{ticket.portal_path}",
    }


def _message(comment: Comment, text: str, event: Event) -> dict[str, Any]:
    """A customer's message in plain words: their HTML is not passed on."""
    text = _cut(text.strip())
    return {
        "author": comment.author_name or display(comment.author_address) or _("Nobody"),
        "address": display(comment.author_address),
        "written_at": _date(comment.created_at, event.ticket.queue),
        "text": text,
        "html": safe(text_to_html(text)),
        "files": event.data.get("files", []),
        "held_reason": comment.held_reason,
    }


def _cut(text: str) -> str:
    most = limits.QUOTED_CHARACTERS.amount
    return text if len(text) <= most else text[:most].rstrip() + " […]"


def _last_of_customer(ticket: Ticket) -> Comment | None:
    """What a customer wrote last; never what an agent passed on, because that holds words to colleagues."""
    said = Comment.objects.filter(ticket=ticket, kind=Comment.Kind.CUSTOMER, is_held=False, is_public=True)
    return said.filter(recipient__isnull=False).select_related("recipient").order_by("-created_at", "-pk").first()


def _addressed(message: Comment, ticket: Ticket) -> set[str]:
    """Who knows a customer's message: who wrote it, and whom it went to.

    What a form or a shared address sent is the requester's: its own address is nobody's.
    """
    people = {normalise(person["address"]) for person in (*message.to, *message.cc)}
    people |= {message.author_address, message.reply_to_address, message.original_sender.get("address", "")}
    people |= set(message.other_authors)
    if ticket.requester and message.recipient and message.recipient.shared:
        people.add(ticket.requester.address)
    return people - {""}


def _id(comment: Comment) -> str:
    """The Message-ID of the customer's mail; one that we had to make ourselves means nothing to anybody."""
    made = not comment.message_id or comment.message_id.endswith("@generated")
    return "" if made else f"<{comment.message_id}>"


def _date(at: datetime, queue: Queue, format: str = "DATETIME_FORMAT") -> str:
    return date_format(timezone.localtime(at, ZoneInfo(queue.time_zone)), format)
