"""What becomes of a mail: a new ticket, a comment, a held one; kept in its arrival's work until that is written."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from helpdesk import limits
from helpdesk.text.text_to_html import text_to_html
from recipients.addressing.normalise import is_same_mailbox, normalise
from recipients.matching.match import Match
from recipients.matching.validity import Validity
from recipients.models import Customer, Recipient, User
from tickets.assigning.rounds import assign_soon
from tickets.conversation.participants import others
from tickets.conversation.status import agent_answered, customer_wrote, file_away
from tickets.conversation.work import Work
from tickets.customers.assignment import follow_pairing
from tickets.intake import new_person
from tickets.intake.arrival import Arrival, IncomingMail, TopicKind
from tickets.intake.forwarding import offered
from tickets.intake.new_ticket import is_quiet, requested, validity_of
from tickets.intake.reply_policy import Reply, Role, is_proved
from tickets.intake.threading import digest, living
from tickets.models import Comment, Event, Outbox, Queue, Status, Ticket, TopicFollower
from tickets.notifications.reached_nobody import tell_author
from tickets.sender.primary_address import fulfil

FEW_WORDS = 5  # "Sent from my iPhone": with no more, a picture is the message

_WORD = re.compile(r"[^\W_]+")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,200}\]|<[^<>\n]{1,200}>")  # [cid:image001.png], [image: shot.png]


@dataclass(frozen=True, slots=True)
class Received:
    """What was made of a mail; `reason` is one sentence for the mail log."""

    ticket: Ticket
    comment: Comment
    held: bool
    reason: str


def open_ticket(
    mail: IncomingMail,
    match: Match,
    arrival: Arrival,
    *,
    follow_up_of: Ticket | None = None,
    may_follow: Ticket | None = None,
) -> Received:
    """A new ticket by `mail`, with its confirmation and the notices to staff."""
    request = requested(mail, match, arrival, follow_up_of)
    ticket = request.ticket
    ticket.may_follow = may_follow
    work = arrival.work
    ticket.requester = work.people.heard_from(request.match.address, request.name, arrival.received_at, arrival.writer)
    ticket.requester_name = request.name[:200] if ticket.requester else ""
    follow_pairing(ticket, request.match, work.pairing)
    person = new_person.new_person(request, mail, arrival)
    added = new_person.add(person, ticket, work) if person else None
    if arrival.silent:
        ticket.enter(Status.CLOSED, arrival.received_at)
    work.open(ticket)
    if ticket.queue.assigning != Queue.Assigning.NONE:
        work.at_the_end(assign_soon, once=True)
    ruled = arrival.ruling.events(ticket, request.refused) if arrival.ruling else []
    work.tag(ticket, arrival.ruling.plan.tags if arrival.ruling else ())
    original = {} if request.by else offered(mail, match)
    comment = _comment(ticket, mail, match, arrival, None if request.by else ticket.requester, original=original)
    waiting = _bring_others(comment, mail, match, arrival)
    _follow(ticket, ticket.requester, work)
    first = [opened(comment, mail, arrival, by=request.by), *ruled, *_for_a_forum(ticket, arrival)]
    work.announce([*first, *_added(ticket, added), *_followed(ticket), *waiting])
    reason = _("It opened ticket #%(number)s.") % {"number": ticket.number}
    return Received(ticket, comment, held=False, reason=reason)


def receive_reply(reply: Reply, mail: IncomingMail, match: Match, arrival: Arrival) -> Received:
    """A comment on the ticket of `reply`, held if its writer has nothing to do with it."""
    if reply.writer.role is Role.AGENT:
        return _agent_reply(reply, mail, match, arrival)
    ticket, work = reply.ticket, arrival.work
    known = arrival.writer or ticket.requester
    recipient = work.people.heard_from(match.address, mail.author.name, arrival.received_at, known)
    comment = _comment(ticket, mail, match, arrival, recipient, reply=reply)
    if arrival.silent:
        _file_away(comment, work)
        return Received(ticket, comment, held=reply.held, reason=reply.reason)
    if reply.held:
        return _held(comment, mail, work)
    waiting = _bring_others(comment, mail, match, arrival, reply)
    _follow(ticket, recipient, work)
    events = [*customer_wrote(comment, settings=reply.settings, changed=work.changed), *fulfil(comment), *waiting]
    events[0].data |= _files(mail)
    work.announce(events)
    return Received(ticket, comment, held=False, reason=reply.reason)


def _follow(ticket: Ticket, writer: Recipient | None, work: Work) -> None:
    """Whoever writes on a topic follows it; that is rare, so what is kept is written before."""
    if ticket.is_topic:
        work.write()
        TopicFollower.wrote(ticket, writer)


def _for_a_forum(ticket: Ticket, arrival: Arrival) -> list[Event]:
    """That it was written to a forum, and is a topic or why it is none."""
    if arrival.topic is TopicKind.NONE:
        return []
    data = {"public": ticket.is_topic, "forum": ticket.queue_id} | ({} if ticket.is_topic else {"unproved": True})
    return [Event(ticket=ticket, kind=Event.Kind.TOPIC, recipient=ticket.requester, data=data)]


def receive_automatic(ticket: Ticket, mail: IncomingMail, arrival: Arrival, *, held: str = "") -> Received:
    """Out-of-office, calendar answer, delivery warning: kept on `ticket`, which stays as it is; nobody is told (L25).

    `held`: why it is only for agents to decide about, if it is.
    """
    comment = _machine_comment(ticket, mail, Comment.Kind.AUTOMATIC)
    comment.verdict, comment.created_at = arrival.verdict.as_json(), arrival.received_at
    comment.is_held, comment.held_reason = bool(held), held[:300]
    work = arrival.work
    _store(comment, mail, work)
    if held:
        ticket.has_held_comments = True
        work.changed(ticket, "has_held_comments")
        work.notices.record(Event(ticket=ticket, kind=Event.Kind.HELD, comment=comment, data=_files(mail)))
        return Received(ticket, comment, held=True, reason=held)
    work.notices.record(Event(ticket=ticket, kind=Event.Kind.AUTOMATIC_REPLY, comment=comment))
    reason = _("An automatic mail; it was kept on #%(number)s and changed nothing.") % {"number": ticket.number}
    return Received(ticket, comment, held=False, reason=reason)


def receive_bounce(
    outbox: Outbox, mail: IncomingMail, work: Work, *, permanent: bool, summary: str, proved: bool = True
) -> Received | None:
    """A note that `outbox` could not be delivered, on the ticket in which its own lives on; None if it is about none.

    After a permanent failure the mail counts as bounced and its recipient as undeliverable. What the report itself says
    and brings is on the ticket only if it is `proved`: it names a mail of ours by its signed id.
    """
    if permanent:
        work.undeliverable(outbox.recipient, outbox.recipient_name, summary)
        outbox.state, outbox.error = Outbox.State.BOUNCED, summary
        outbox.save(update_fields=["state", "error"])
    ticket = living(outbox.ticket_id, work)
    if ticket is None:
        return None
    comment = _machine_comment(ticket, mail, Comment.Kind.BOUNCE)
    comment.reply, comment.quoted = summary, mail.text if proved else ""
    if not proved:
        comment.text, comment.html = summary, ""
    _store(comment, mail, work, files=proved)
    data = {"recipient": outbox.recipient, "permanent": permanent, "outbox": outbox.pk}
    failure = Event(ticket=ticket, kind=Event.Kind.DELIVERY_FAILURE, comment=comment, data=data)
    work.notices.record(failure)
    return Received(ticket, comment, held=False, reason=summary)


def _validity_on(
    ticket: Ticket, recipient: Recipient | None, match: Match, arrival: Arrival, reply: Reply | None
) -> Validity:
    """What a message on `ticket` may count for: as its requester's, what the ticket does.

    Not if authentication failed; and who has confirmed an earlier message has not confirmed this one, unless it answers
    a mail that we sent to that address.
    """
    if recipient != ticket.requester or (arrival.in_portal and ticket.validity != Validity.REJECTED):
        return validity_of(match, arrival)
    answered = reply.thread.answered if reply else None
    unproven = ticket.validity == Validity.VERIFIED and not (
        answered and is_same_mailbox(answered.recipient, match.address)
    )
    doubtful = arrival.verdict.failed or arrival.verdict.is_claim
    if ticket.validity != Validity.REJECTED and (doubtful or unproven):
        return Validity.TO_VERIFY
    return Validity(ticket.validity)


def opened(comment: Comment, mail: IncomingMail, arrival: Arrival, *, by: User | None = None) -> Event:
    """What happens when a ticket is opened, unsaved; `by` is the agent who passed it in."""
    ticket, before = comment.ticket, comment.ticket.follow_up_of
    data: dict[str, Any] = _files(mail)
    if comment.author_name:
        data["author"] = comment.author_name
    if mail.is_automatic:
        data["automatic"] = True
    if is_quiet(mail, ticket.queue):
        data["quiet"] = True
    if arrival.ruling:
        data |= arrival.ruling.notices()
    if arrival.late:
        data["late"] = True
    if arrival.silent:
        data["silent"] = True
    if before:
        data["follow_up_of"] = before.number
    sender = comment.recipient
    event = Event(ticket=ticket, kind=Event.Kind.OPENED, agent=by, recipient=sender, comment=comment, data=data)
    if arrival.silent:
        event.at = arrival.received_at
    return event


def _followed(ticket: Ticket) -> list[Event]:
    """That a ticket is followed by another one, if it is."""
    before = ticket.follow_up_of
    return [Event(ticket=before, kind=Event.Kind.FOLLOW_UP, data={"ticket": ticket.number})] if before else []


def _added(ticket: Ticket, person: Customer | None) -> list[Event]:
    """That its requester was added as a person, if so."""
    if person is None:
        return []
    data = {"customer": person.pk, "name": person.name}
    return [Event(ticket=ticket, kind=Event.Kind.PERSON_ADDED, recipient=ticket.requester, data=data)]


def _agent_reply(reply: Reply, mail: IncomingMail, match: Match, arrival: Arrival) -> Received:
    """An agent's answer by mail goes out to the customer (R23, U04).

    Only the new text: the quoted notification stays inside. Its HTML is made from that text, because nothing tells
    for certain where in a mail program's HTML the quote begins.
    """
    ticket, writer, text = reply.ticket, reply.writer, reply.words
    comment = from_mail(ticket, mail, Comment.Kind.AGENT)
    sent = set(text.splitlines())
    comment.quoted = "\n".join(line for line in mail.text.splitlines() if line not in sent).strip()
    comment.agent = writer.user
    comment.author_name = (str(writer.user) if writer.user else mail.author.name)[:200]
    comment.text, comment.html, comment.reply = text, text_to_html(text), text
    _judge(comment, match, arrival)
    work = arrival.work
    _store(comment, mail, work, inline=False)
    if arrival.silent:
        _file_away(comment, work)
        return Received(ticket, comment, held=False, reason=reply.reason)
    waiting = _bring_others(comment, mail, match, arrival, reply)
    work.write()  # what goes out is put together from what is there
    said = Event(ticket=ticket, kind=Event.Kind.AGENT_MESSAGE, agent=comment.agent, comment=comment)
    if work.notices.announce([said]):
        _said, *moved = agent_answered(comment, settings=reply.settings)
        work.announce([*moved, *waiting])
    elif ticket.is_topic:  # whoever follows it or not, it is read there
        _said, *moved = agent_answered(comment, settings=reply.settings)
        work.announce(moved)
    else:  # a ticket is not answered by what nobody gets
        work.announce(waiting)
        tell_author(comment, said, reply.settings)
    return Received(ticket, comment, held=False, reason=reply.reason)


def _bring_others(
    comment: Comment, mail: IncomingMail, match: Match, arrival: Arrival, reply: Reply | None = None
) -> list[Event]:
    """Those in To and Cc take part from now on, for they get what agents answer; or that they await an agent's click.

    They join a ticket that exists by a message that is proved alone, and none that names no address of ours: whoever
    passes on a mail that was signed for somebody else has that one's good name. A forged one does not even offer them.
    """
    if arrival.verdict.failed or comment.ticket.is_topic:  # a topic has followers, and nobody in copy
        return []
    if reply and reply.writer.is_private:  # those whom an outsider names have nothing to do with the customer
        return []
    people = arrival.work.people
    found = others(comment.ticket, [*mail.to, *mail.cc], match.address, people)
    proved = reply is None or reply.writer.role is Role.AGENT or is_proved(reply.thread, match, arrival)
    waiting = people.bring_in(
        comment.ticket,
        found.people,
        arrival.received_at,
        allowed=proved and found.names_us,
        is_new=reply is None,
    )
    if not waiting:
        return []
    return [Event(ticket=comment.ticket, kind=Event.Kind.PARTICIPANTS, comment=comment, data={"waiting": waiting})]


def _file_away(comment: Comment, work: Work) -> None:
    """A message of the past: its ticket hardly changes, and nobody is told."""
    said, fields = file_away(comment)
    work.keep(comment.ticket, *fields)
    work.notices.record(said)


def _held(comment: Comment, mail: IncomingMail, work: Work) -> Received:
    """Flagged, for agents only: no status change, nobody joins, and the writer hears nothing."""
    ticket = comment.ticket
    ticket.has_held_comments = True
    work.changed(ticket, "has_held_comments")
    event = Event(ticket=ticket, kind=Event.Kind.HELD, recipient=comment.recipient, comment=comment)
    event.data |= _files(mail)
    work.announce([event])
    return Received(ticket, comment, held=True, reason=comment.held_reason)


def _comment(
    ticket: Ticket,
    mail: IncomingMail,
    match: Match,
    arrival: Arrival,
    recipient: Recipient | None,
    *,
    reply: Reply | None = None,
    original: dict[str, str] | None = None,
) -> Comment:
    """A customer's message, stored with its files and its Message-ID."""
    comment = from_mail(ticket, mail, Comment.Kind.CUSTOMER)
    comment.original_sender = original or {}
    comment.recipient = recipient
    comment.answers_our_mail = reply is not None and reply.thread.answered is not None
    if recipient and (recipient.name_by_hand or not (comment.author_name or recipient.shared)):  # corrected (R14)
        comment.author_name = recipient.name
    if reply and reply.held:
        comment.is_held, comment.held_reason = True, reply.reason[:300]
        comment.is_public = not (reply.thread.answered and reply.thread.answered.to_staff)  # it may repeat the notice
    if reply and reply.writer.is_private:
        comment.is_public = False
    _judge(comment, match, arrival)
    comment.validity = _validity_on(ticket, recipient, match, arrival, reply)
    return _store(comment, mail, arrival.work)


def _judge(comment: Comment, match: Match, arrival: Arrival) -> None:
    """What was found out about the writer, and when and where they wrote."""
    comment.match, comment.verdict = match.as_json(), arrival.verdict.as_json()
    comment.other_authors = [each for each in comment.other_authors if each != arrival.verdict.by_way_of]
    comment.created_at, comment.in_portal = arrival.received_at, arrival.in_portal


def _machine_comment(ticket: Ticket, mail: IncomingMail, kind: Comment.Kind) -> Comment:
    comment = from_mail(ticket, mail, kind)
    comment.is_public = False
    return comment


def from_mail(ticket: Ticket, mail: IncomingMail, kind: Comment.Kind) -> Comment:
    """An unsaved comment with everything the mail says. From and Reply-To are both kept (L27)."""
    author = normalise(mail.author.address)
    return Comment(
        ticket=ticket,
        kind=kind,
        author_name=mail.author.name[:200],
        author_address=author,
        reply_to_address=next((each for r in mail.reply_to if (each := normalise(r.address)) and each != author), ""),
        other_authors=_others_in_from(mail, author),
        to=[{"name": person.name, "address": person.address} for person in mail.to],
        cc=[{"name": person.name, "address": person.address} for person in mail.cc],
        subject=mail.subject[:500],
        text=mail.text,
        html=mail.html,
        reply=mail.reply,
        quoted=mail.quoted,
        message_id=mail.message_id,
        written_at=mail.date,
    )


def _others_in_from(mail: IncomingMail, author: str) -> list[str]:
    """Further addresses in From. Only the first one is asked who it is, and a second one can lend it no good name."""
    addresses = dict.fromkeys(normalise(each.address) or each.address for each in mail.authors)
    return [address for address in addresses if address and address != author][: limits.AUTHORS_OF_A_MAIL.amount]


def _store(comment: Comment, mail: IncomingMail, work: Work, *, inline: bool = True, files: bool = True) -> Comment:
    """Without `files` they are left in the mail."""
    work.say(comment, digest(comment.message_id), mail.attachments if files else (), inline=inline)
    return comment


def _files(mail: IncomingMail) -> dict[str, Any]:
    """The names of the files; those of pictures within the text, too, if there is hardly any text."""
    wordless = len(_WORD.findall(_PLACEHOLDER.sub(" ", mail.reply or mail.text))) <= FEW_WORDS
    names = [each.name for each in mail.attachments if wordless or not each.inline]
    return {"files": names[:50]} if names else {}
