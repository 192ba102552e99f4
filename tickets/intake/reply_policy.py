"""The reply policy: what the writer has to do with the ticket decides between a comment and a held one.

Anybody may know a ticket's number; only those who are related may join in (L28, L29).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import IntegerField, Q, QuerySet, Value
from django.utils.translation import gettext as _

from helpdesk import limits
from recipients.addressing.normalise import domain_of, is_same_mailbox, spellings
from recipients.matching.match import Match, domain_counts
from recipients.models import AuthorisedSender, Customer, CustomerAddress, Recipient, User
from recipients.portal.membership import memberships
from tickets.intake.arrival import Arrival, IncomingMail
from tickets.intake.notice_quotes import Notice, own_words
from tickets.intake.threading import Thread
from tickets.models import Comment, Event, Outbox, Ticket, TicketSettings
from tickets.models.work.visibility import may_see

_RELATED, _AGENT = range(2)


class Role(StrEnum):
    """As whom somebody writes on a ticket."""

    AGENT = "agent"
    CUSTOMER = "customer"
    STRANGER = "stranger"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Relation:
    """The writer's role; the user if an agent has an account; why the mail is to be held, if it is.

    `is_private`: somebody outside answers what was forwarded to them; what they say is for agents alone.
    """

    role: Role
    user: User | None = None
    reason: str = ""
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail as it is to be taken on its thread's ticket: by whom it is, and under which settings that was decided.

    `words` are an agent's own, without the notice that they answer.
    """

    ticket: Ticket
    thread: Thread
    writer: Relation
    settings: TicketSettings
    words: str = ""

    @property
    def held(self) -> bool:
        return self.writer.role in (Role.STRANGER, Role.UNPROVEN)

    @property
    def reason(self) -> str:
        """One sentence: why it is held, else why it belongs to the ticket."""
        if self.writer.role is Role.AGENT:
            return f"{self.thread.reason} " + _("It is an agent's reply.")
        return self.writer.reason if self.held else self.thread.reason


def weigh(mail: IncomingMail, thread: Thread, match: Match, arrival: Arrival) -> Reply | None:
    """How `mail` joins `thread.ticket`. Changes nothing.

    None if it belongs to no ticket, or if its writer has nothing to do with it and the settings want a new ticket then.
    """
    if thread.ticket is None:
        return None
    settings = arrival.settings or arrival.work.notices.settings
    writer = relation(thread, thread.ticket, match, arrival, settings)
    if thread.ticket.is_topic and writer.role is Role.CUSTOMER:
        writer = _published(mail, match, arrival)
    if not writer.is_private and writer.role is not Role.AGENT:
        writer = replace(writer, is_private=_was_asked(thread, thread.ticket, writer, match.address))
    if writer.role is Role.STRANGER:
        # With another subject, the number is that of the stranger's own helpdesk.
        if thread.is_another_subject and settings.reply_sender_check == TicketSettings.ReplySenderCheck.HOLD:
            return None
        if settings.reply_sender_check == TicketSettings.ReplySenderCheck.NEW_TICKET:
            return None
        if settings.reply_sender_check == TicketSettings.ReplySenderCheck.OFF:
            writer = replace(writer, role=Role.CUSTOMER, reason="")
    if writer.role is Role.AGENT and thread.answered:
        text = own_words(mail, Notice.of(thread.answered))
        if text or (text is not None and any(not each.inline for each in mail.attachments)):
            return Reply(thread.ticket, thread, writer, settings, text)
        writer = Relation(Role.UNPROVEN, reason=_no_own_words(text))
    return Reply(thread.ticket, thread, writer, settings)


def standing_alone(thread: Thread) -> Thread:
    """The thread of a mail that is weighed and opens a ticket."""
    if thread.ticket is None or not thread.is_another_subject:
        return thread
    reason = _("Its subject carries the tag of #%(number)s, but its sender and its subject are different.")
    return Thread(may_follow=thread.ticket, reason=reason % {"number": thread.ticket.number})


def without_foreign_number(thread: Thread, identify: Callable[[], Match], arrival: Arrival) -> Thread:
    """The thread of an automatic mail: of a stranger's under another subject, the tag is their own helpdesk's.

    `identify` is asked only if it is needed.
    """
    if thread.ticket is None or not thread.is_another_subject:
        return thread
    settings = arrival.settings or arrival.work.notices.settings
    writer = relation(thread, thread.ticket, identify(), arrival, settings)
    return standing_alone(thread) if writer.role is Role.STRANGER else thread


def _no_own_words(text: str | None) -> str:
    if text is None:
        return _("It repeats our notice to staff, and what its author wrote cannot be told apart from it.")
    return _("It says nothing beyond our notice to staff.")


def relation(thread: Thread, ticket: Ticket, match: Match, arrival: Arrival, settings: TicketSettings) -> Relation:
    """As whom the address in `match` writes on `ticket`. No query for the requester, at most three for others."""
    address = match.address
    if thread.answered and thread.answered.to_staff and is_same_mailbox(thread.answered.recipient, address):
        return _staff(ticket, address, arrival, settings, thread.answered)
    if arrival.verdict.is_refuted(enforce=arrival.enforce):
        return Relation(Role.UNPROVEN, reason=_("The receiving server says that its sender is not authentic."))
    if ticket.is_topic:
        return _in_forum(thread, ticket, match, arrival)
    if arrival.enforce and thread.by_tag_alone and not is_proved(thread, match, arrival):
        reason = _("Nobody vouches for its sender, and only its number names the ticket.")
        return Relation(Role.UNPROVEN, reason=reason)
    if ticket.requester and is_same_mailbox(address, ticket.requester.address):
        return Relation(Role.CUSTOMER)
    if _is_of_customer(match, ticket):
        return Relation(Role.CUSTOMER)
    found = _found(ticket, address, arrival) if address else set()
    if _RELATED in found:
        return Relation(Role.CUSTOMER)
    if said := _addressed_to(thread, match, arrival):
        return Relation(Role.CUSTOMER, is_private="forwards" in said.data)
    if _AGENT in found:
        reason = _("It comes from an agent's address, but does not answer a mail sent to that agent.")
        return Relation(Role.UNPROVEN, reason=reason)
    return Relation(
        Role.STRANGER,
        reason=_("Unknown sender: %(address)s is not involved in this ticket.")
        % {"address": address or _("an unreadable address")},
    )


def doubt_of_automatic(thread: Thread, identify: Callable[[], Match], arrival: Arrival) -> str:
    """Why an automatic mail is held on its ticket, "" if it is kept. `identify` is asked only if it is needed.

    It is kept if it answers, by a signed id, a mail of ours, or if its writer is related and proved.
    """
    if thread.ticket is None or thread.answered:
        return ""
    found, settings = identify(), arrival.settings or arrival.work.notices.settings
    writer = relation(thread, thread.ticket, found, arrival, settings)
    if writer.role in (Role.STRANGER, Role.UNPROVEN):
        return writer.reason
    return (
        "" if is_proved(thread, found, arrival) else _("It does not answer a mail of ours, and nobody vouches for it.")
    )


def is_proved(thread: Thread, match: Match, arrival: Arrival) -> bool:
    """Whether a reply is its author's beyond doubt: somebody vouches for its origin, it was written in the portal, or
    it answers, by a signed id, a mail that we sent to that very author."""
    answered = thread.answered
    by_our_mail = (
        answered is not None and is_same_mailbox(answered.recipient, match.address) and not arrival.verdict.failed
    )
    return arrival.in_portal or arrival.verdict.passed or by_our_mail


def _staff(ticket: Ticket, address: str, arrival: Arrival, settings: TicketSettings, answered: Outbox) -> Relation:
    """Who answers a mail that we sent to this very address at work, unless it is forged or no longer theirs (R23)."""
    if arrival.verdict.failed:
        return Relation(Role.UNPROVEN, reason=_("It answers as an agent, but its sender is not authentic."))
    if answered.kind == Outbox.Kind.MENTION:
        return Relation(Role.UNPROVEN, reason=_("It answers a note of a colleague, so it is not sent to the customer."))
    if _is_for_agents(answered):
        reason = _("It answers what the customer does not see, so it is not sent to the customer.")
        return Relation(Role.UNPROVEN, reason=reason)
    if arrival.verdict.is_claim:
        return Relation(Role.UNPROVEN, reason=_("It answers as an agent, but came by way of somebody else."))
    user = User.objects.filter(email__in=spellings(address), is_active=True).first()
    if is_same_mailbox(address, settings.admin_email) or (user and may_see(user, ticket)):
        return Relation(Role.AGENT, user)
    return Relation(Role.UNPROVEN, reason=_("It answers as somebody who can no longer see this ticket."))


def _is_for_agents(notice: Outbox) -> bool:
    """Whether a notice to staff is about what somebody outside said to agents alone. One query."""
    said = notice.comment
    return said is not None and said.kind == Comment.Kind.CUSTOMER and said.is_private


def _in_forum(thread: Thread, ticket: Ticket, match: Match, arrival: Arrival) -> Relation:
    """Who may read a topic may write on it, if it is really they: what is published cannot be taken back.

    Never refused or made a ticket of its own: what is held can be either by an agent's click. Three queries.
    """
    found = memberships(spellings(match.address)) if match.address else {}
    if not any(ticket.queue.admits(each) for each in found.values()):
        reason = _("It answers a topic in a forum that %(address)s cannot read.")
        return Relation(Role.UNPROVEN, reason=reason % {"address": match.address or _("an unreadable address")})
    if arrival.verdict.is_claim or not is_proved(thread, match, arrival):
        return Relation(
            Role.UNPROVEN, reason=_("Nobody vouches for its sender, and a forum would publish the message.")
        )
    return Relation(Role.CUSTOMER)


def _published(mail: IncomingMail, match: Match, arrival: Arrival) -> Relation:
    """A message for a topic, of somebody who may write there: programs never publish, nor does anybody without end."""
    if mail.is_automatic or mail.is_bulk:
        return Relation(Role.UNPROVEN, reason=_("It is an automatic mail, which a forum would publish."))
    if not arrival.in_portal and posts_too_much(match.address, arrival.received_at):
        return Relation(Role.UNPROVEN, reason=_("Its sender has written more to topics within an hour than is usual."))
    return Relation(Role.CUSTOMER)


def posts_too_much(address: str, at: datetime) -> bool:
    """Whether as many mails from there became messages of topics in the last hour as may. One query."""
    since = at - limits.POSTS_BY_MAIL.time
    posts = Comment.objects.filter(recipient__address=address, created_at__gt=since, in_portal=False)
    return posts.filter(ticket__is_topic=True, is_held=False).count() >= limits.POSTS_BY_MAIL.amount


def _is_of_customer(match: Match, ticket: Ticket) -> bool:
    """Whether recognition says so already: the ticket's customer, its company, or a person of it."""
    if ticket.customer is None or not match.authorises:
        return False
    return match.customer in (ticket.customer_id, ticket.customer.company_id) or match.company == ticket.customer_id


def _found(ticket: Ticket, address: str, arrival: Arrival) -> set[int]:
    """What `recipients` says of an address that recognition gave to somebody else, or to nobody. One query."""
    users = User.objects.order_by().filter(email__in=spellings(address), is_active=True)
    participants = ticket.participants.order_by().filter(address__in=spellings(address))
    if arrival.work.people.has_joined(ticket, spellings(address)):
        return {_RELATED}
    queries = [_mark(users, _AGENT), _mark(participants, _RELATED)]
    if ticket.customer:
        queries += _of_customer(
            ticket.customer, address, by_domain=domain_counts(arrival.verdict, enforce=arrival.enforce)
        )
    return {row[0] for row in queries[0].union(*queries[1:])}


def _addressed_to(thread: Thread, match: Match, arrival: Arrival) -> Event | None:
    """That an agent had addressed to the writer the very answer that they answer now. One query if they answer."""
    answered = thread.answered
    if answered is None or answered.recipient != match.address or not is_proved(thread, match, arrival):
        return None
    said = Event.objects.filter(comment=answered.comment_id, kind=Event.Kind.AGENT_MESSAGE).first()
    named = said.data.get("to", ()) if said else ()
    return said if any(person["address"] == match.address for person in named) else None


def _was_asked(thread: Thread, ticket: Ticket, writer: Relation, address: str) -> bool:
    """Whether it comes from somebody to whom something was forwarded, or answers that, or a note: for agents alone.

    The customer's side, too, but for the requester: others of the customer would read what came back. At most one
    query: of one of our mails that is answered, or whether a stranger was ever asked, whose mail names a number alone.
    """
    answered = thread.answered
    if answered and answered.to_staff:
        return answered.kind == Outbox.Kind.MENTION  # whoever answers it may repeat the note
    if ticket.requester and is_same_mailbox(address, ticket.requester.address):
        return False
    if answered:
        said = answered.comment
        return said is not None and said.kind == Comment.Kind.AGENT and not said.is_public
    if writer.role is Role.CUSTOMER or not address:
        return False
    asked = Outbox.objects.filter(recipient__in=spellings(address), comment__ticket=ticket)
    return asked.filter(comment__kind=Comment.Kind.AGENT, comment__is_public=False).exists()


def _of_customer(customer: Customer, address: str, *, by_domain: bool) -> list["QuerySet[Any, Any]"]:
    """Registered on, paired to, authorised by the customer, its company or its persons."""
    family = Q(customer=customer.pk) | Q(customer__company=customer.pk)
    if customer.company_id:
        family |= Q(customer=customer.company_id)
    registered = CustomerAddress.objects.order_by().filter(customer__added_automatically=False)  # who says so?
    authorised = Q(kind=AuthorisedSender.Kind.ADDRESS, value__in=spellings(address))
    if by_domain:
        authorised |= Q(kind=AuthorisedSender.Kind.DOMAIN, value=domain_of(address))
    return [
        _mark(registered.filter(family, address__in=spellings(address)), _RELATED),
        _mark(Recipient.objects.order_by().filter(family, address__in=spellings(address), shared=False), _RELATED),
        _mark(AuthorisedSender.objects.counting().order_by().filter(family & authorised), _RELATED),
    ]


def _mark(rows: "QuerySet[Any]", what: int) -> "QuerySet[Any, Any]":
    return rows.values_list(Value(what, output_field=IntegerField()))
