"""What a visitor of the portal writes: taken in as a mail of theirs, once for each form.

Whoever has signed in controls the address, so that nothing they write is held or has to be proven. What came by mail in
their name is another matter: `tickets.sender.portal_claims`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk import limits
from recipients.addresses.deny_list import first_denying
from recipients.matching.directory import look_up
from recipients.matching.match import Match, Step, match
from recipients.models import DenyRule, PortalAccount, Recipient
from recipients.portal.access import Visitor
from tickets.intake.arrival import Arrival, TopicKind
from tickets.intake.new_ticket import ruled
from tickets.intake.receiving import open_ticket, receive_reply
from tickets.intake.reply_policy import Relation, Reply, Role
from tickets.intake.threading import Thread, made_of, thread_of
from tickets.intake.visitor_mail import PortalMail
from tickets.models import Comment, NotAllowed, Queue, Status, Ticket
from tickets.models.work.visibility import forums_for
from tickets.rules.rulebook import Rulebook

_NOT_ACCEPTED = gettext_lazy("Sorry, this message cannot be accepted here.")


def answer(visitor: Visitor, ticket: Ticket, mail: PortalMail) -> Comment | None:
    """Add `mail` to the ticket, or to the one it was merged into; after too long a time it opens a follow-up.

    None if the visitor may not see that ticket any more. Raises NotAllowed with a sentence.
    """
    with _counting(), transaction.atomic():
        if written := _written(visitor, mail):
            return written
        _refuse(visitor, mail)
        thread = thread_of(ticket.number, mail.date)
        found = thread.ticket or thread.follow_up_of
        if found is None or not Ticket.objects.visible_to_visitor(visitor).filter(pk=found.pk).exists():
            return None
        if thread.ticket is None:
            return _ask(visitor, mail, found.queue, found.customer_id, follow_up_of=found)
        return _reply(visitor, thread, found, mail)


def ask(visitor: Visitor, mail: PortalMail, queue: Queue, customer: int | None = None) -> Comment:
    """Open a ticket in `queue`, for the `customer` that the visitor chose. Raises NotAllowed with a sentence."""
    with _counting(), transaction.atomic():
        if written := _written(visitor, mail):
            return written
        _refuse(visitor, mail)
        return _ask(visitor, mail, queue, customer)


def post(visitor: Visitor, topic: Ticket, mail: PortalMail) -> Comment | None:
    """Add `mail` to a topic, for everybody who may read its forum. None if the visitor may not any more.

    Raises NotAllowed with a sentence, also for a topic that was closed long ago: nobody looks there any more.
    """
    with transaction.atomic():
        if written := _written(visitor, mail):
            return written
        _refuse(visitor, mail)
        thread = thread_of(topic.number, mail.date)
        found = thread.ticket or thread.follow_up_of
        if found is None or not Ticket.objects.topics_for(visitor).filter(pk=found.pk).exists():
            return None
        if thread.ticket is None:
            raise NotAllowed(_("This topic was closed long ago. Please open a new one."))
        return _reply(visitor, thread, found, mail)


def open_topic(visitor: Visitor, mail: PortalMail, forum: Queue) -> Comment:
    """Open a topic in `forum`, which the visitor may read. Raises NotAllowed with a sentence."""
    with _counting(), transaction.atomic():
        if written := _written(visitor, mail):
            return written
        _refuse(visitor, mail)
        if forum not in forums_for(visitor):
            raise NotAllowed(_("You can no longer write in this forum."))
        return _ask(visitor, mail, forum, None, topic=TopicKind.PUBLIC)


def solve(visitor: Visitor, ticket: Ticket) -> None:
    """The visitor says that the question is answered. Nobody is told by mail."""
    with transaction.atomic():
        writer = Recipient.objects.known(visitor.address)
        with ticket.changing():
            if ticket.is_unsolved:
                ticket.set_status(Status.SOLVED, by=None, recipient=writer)


def recognised(visitor: Visitor, customer: int | None = None) -> Match:
    """Who the visitor is, as for a mail of theirs; `customer`, if they write for it, comes before what matching says.

    What their address is registered on or paired with may be chosen, never a customer of a kind that is not allowed.
    Two queries.
    """
    directory = look_up(visitor.address)
    found = match(visitor.address, directory)
    if customer is None or found.customer == customer:
        return found
    for step, parties in ((Step.EXACT, directory.registered), (Step.PAIRING, directory.paired)):
        party = next((each for each in parties if each.id == customer), None)
        if party and party.kind in directory.allowed_kinds:
            return replace(
                found,
                step=step,
                customer=party.id,
                customer_name=party.name,
                company=party.company_id,
                company_name=party.company_name,
                evidence=party.evidence,
                candidates=(),
                reason=None,
            )
    return found


def _ask(
    visitor: Visitor,
    mail: PortalMail,
    queue: Queue,
    customer: int | None,
    *,
    follow_up_of: Ticket | None = None,
    topic: TopicKind = TopicKind.NONE,
) -> Comment:
    found = recognised(visitor, customer)
    arrival = _ruled(mail, found, Arrival(received_at=mail.date, queue=queue, in_portal=True))
    if arrival.queue == queue:  # what a rule moves is not for the audience that the visitor wrote to
        arrival = replace(arrival, topic=topic)
    opened = open_ticket(mail, found, arrival, follow_up_of=follow_up_of)
    arrival.work.finish()
    return opened.comment


def _ruled(mail: PortalMail, found: Match, arrival: Arrival) -> Arrival:
    """As the rules for new requests leave it. One query where there are none, as for a mail where there are.

    Raises NotAllowed for what a rule deletes.
    """
    book = Rulebook.load()
    if not book.rules:
        return arrival
    queues = {queue.pk: queue for queue in Queue.objects.select_related("holidays")}
    arrival = ruled(mail, found, arrival, size=mail.size, book=book, queues=queues)
    if arrival.ruling:
        book.note(arrival.ruling.plan)
        if arrival.ruling.plan.deletes:
            raise Deleted(book)
        transaction.on_commit(book.count_hits)
    return arrival


def _reply(visitor: Visitor, thread: Thread, ticket: Ticket, mail: PortalMail) -> Comment:
    """Whoever sees the ticket in the portal is related to it: that is what seeing it means."""
    arrival = Arrival(received_at=mail.date, in_portal=True)
    reply = Reply(ticket, thread, Relation(Role.CUSTOMER), arrival.work.notices.settings)
    received = receive_reply(reply, mail, recognised(visitor), arrival)
    arrival.work.finish()
    return received.comment


def written_by(visitor: Visitor, key: str) -> Comment | None:
    """What the visitor's form `key` made when it was sent before."""
    return made_of(PortalMail.by(visitor, key, subject="", text="").message_id)


def _written(visitor: Visitor, mail: PortalMail) -> Comment | None:
    """What an earlier sending of the same form made. What one visitor writes at once happens one after the other.

    The visitor's address is locked before any ticket (docs/decisions/lock-order.md).
    """
    PortalAccount.objects.select_for_update(no_key=True).get(pk=visitor.account.pk)
    list(Recipient.objects.filter(address__in=visitor.addresses).locked())
    return made_of(mail.message_id)


@contextmanager
def _counting() -> Iterator[None]:
    """What a rule deletes is a hit of it, though nothing else of the transaction stays."""
    try:
        yield
    except Deleted as deleted:
        deleted.book.count_hits()
        raise


class Deleted(NotAllowed):
    """A rule deletes such requests. The visitor learns no more than of the deny list."""

    def __init__(self, book: Rulebook) -> None:
        super().__init__(str(_NOT_ACCEPTED))
        self.book = book


def _refuse(visitor: Visitor, mail: PortalMail) -> None:
    """Raises NotAllowed for what would not come in by mail either (R20), and for too much at once."""
    since = mail.date - limits.VISITOR_MESSAGES.time
    written = Comment.objects.filter(recipient__address__in=visitor.addresses, in_portal=True, created_at__gt=since)
    if written.count() >= limits.VISITOR_MESSAGES.amount:
        raise NotAllowed(limits.VISITOR_MESSAGES.sentence())
    rules = DenyRule.objects.filter(is_active=True).order_by("pk")
    if first_denying(rules, set(visitor.addresses), mail.subject, mail.text):
        raise NotAllowed(str(_NOT_ACCEPTED))
