"""The decision about a mail, alone: it changes nothing, so that a dry run is the real run.

Identify, authenticate, authorise, thread, route: in this order, for every mail. `pipeline` does what is decided here,
and `what_if.dry_run` shows it.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils.translation import gettext as _

from mailboxes.inbound.conclusion import Conclusion
from mailboxes.inbound.context import InboundContext
from mailboxes.inbound.filters import FILTERS, Filter
from mailboxes.models import Outcome
from mailboxes.parsing import Kind
from recipients.addressing.normalise import display, spellings
from recipients.matching.match import Directory, Match, Rejection, Step, match
from recipients.models import User
from recipients.portal.membership import memberships
from tickets.intake import new_ticket
from tickets.intake.arrival import Arrival, TopicKind
from tickets.intake.forwarding import passed_on
from tickets.intake.reply_policy import (
    Reply,
    doubt_of_automatic,
    posts_too_much,
    standing_alone,
    weigh,
    without_foreign_number,
)
from tickets.intake.threading import Thread, find_thread
from tickets.models import Queue
from tickets.rules.actions import Do
from tickets.rules.ruling import Ruling

AUTOMATIC = frozenset(
    {
        Kind.AUTO_REPLY,
        Kind.CALENDAR_ANSWER,
        Kind.DELIVERY_WARNING,
        Kind.DELIVERY_SUCCESS,
        Kind.FEEDBACK_REPORT,
    }
)
NOWHERE = Thread()
#: Within which programs answer.
AT_ONCE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome with its reason, and what was found on the way to it.

    `stopped` is the answer of the filter that let the mail go no further, `stopped_by` that filter; `match`
    is None if nobody asked who wrote it, `reply` None unless it joins a ticket. `automatic`: it is no person's message.
    `arrival`: of what would be a new ticket, as rules left it.
    """

    outcome: Outcome
    reason: str
    thread: Thread = NOWHERE
    match: Match | None = None
    reply: Reply | None = None
    stopped: Conclusion | None = None
    stopped_by: Filter | None = None
    automatic: bool = False
    arrival: Arrival | None = None


def decide(context: InboundContext) -> Decision:
    """Filters, thread, who, reply, or a new ticket. Must be called in a transaction: it locks the ticket it finds."""
    for each in FILTERS:  # may it come in at all?
        if stopped := each(context):
            return Decision(stopped.outcome, stopped.reason, stopped=stopped, stopped_by=each)

    thread = find_thread(context.mail, context.arrival)  # does it answer something we know?
    if _is_automatic(context, thread):
        thread = without_foreign_number(thread, lambda: identify(context), context.arrival)
        if _is_automatic(context, thread):
            return _automatic(context, thread)

    found = identify(context)  # who wrote it, and why do we think so?
    if reply := weigh(context.mail, thread, found, context.arrival):
        return Decision(Outcome.HELD if reply.held else Outcome.COMMENT, reply.reason, thread, found, reply)

    if context.route.queue is None:
        return Decision(Outcome.UNHANDLED, _unhandled(context), thread, found)
    arrival = ruled(context, found)
    if arrival.ruling and arrival.ruling.plan.deletes:
        return Decision(Outcome.DELETED_BY_RULE, _deleted(arrival.ruling), thread, found, arrival=arrival)
    if is_refused(context.author, found, arrival.queue):
        return Decision(Outcome.REFUSED, _("Its queue refuses unknown senders."), thread, found)
    thread = standing_alone(thread)
    if context.mail.is_bulk and arrival.queue and arrival.queue.bulk_mail == Queue.BulkMail.LOG:
        reason = _("A newsletter or an automatic notice; its queue keeps such mail only in the mail log.")
        return Decision(Outcome.AUTOMATIC, reason, thread, found, automatic=True)
    arrival = replace(arrival, topic=topic_kind(context, found, arrival, thread))
    reason = thread.reason or _("It belongs to no ticket, so it opens one.")
    if arrival.topic is TopicKind.PUBLIC:
        reason = f"{reason} " + _("It is a topic of the forum “%(forum)s”.") % {"forum": arrival.queue}
    return Decision(Outcome.TICKET, reason, thread, found, arrival=arrival)


def ruled(context: InboundContext, found: Match) -> Arrival:
    """The arrival as the rules for new requests leave it: in their queue, with what they decided."""
    arrival, book = context.arrival, context.snapshot.rules
    if arrival.silent or not book.rules:  # what is of the past is no new request
        return arrival
    original = passed_on(context.mail, found, arrival)
    found = original.match if original else found
    return new_ticket.ruled(
        context.mail, found, arrival, size=context.inbound.size, book=book, queues=context.snapshot.queues
    )


def topic_kind(context: InboundContext, found: Match, arrival: Arrival, thread: Thread) -> TopicKind:
    """Whether a new request is for the audience of a forum: written to its own address by somebody of it.

    A rule publishes nothing by moving it, nor do programs, nor what an agent passes on, nor what goes on from a private
    ticket. Four queries for a forum.
    """
    queue, mail = arrival.queue, context.mail
    registered = context.snapshot.addresses.get(context.route.address)
    if queue is None or not queue.forum or registered is None or registered.queue != queue.pk:
        return TopicKind.NONE
    before = thread.follow_up_of or thread.may_follow
    if before and not before.is_topic:
        return TopicKind.NONE
    if arrival.silent or mail.is_automatic or mail.is_bulk or passed_on(mail, found, arrival):
        return TopicKind.NONE
    if not any(queue.admits(each) for each in memberships(spellings(context.author)).values()):
        return TopicKind.NONE
    proved = arrival.verdict.passed and not (arrival.verdict.failed or arrival.verdict.is_claim)
    may = proved and not posts_too_much(context.author, arrival.received_at)
    return TopicKind.PUBLIC if may else TopicKind.UNPROVED


def identify(context: InboundContext) -> Match:
    directory = context.work.directories.get(context.author) if context.author else None
    return match(context.author, directory or Directory(), context.verdict, enforce=context.arrival.enforce)


def is_refused(author: str, found: Match, queue: Queue | None) -> bool:
    """Whether the queue refuses unknown senders and this is one: nobody was found, and it is no colleague either."""
    if queue is None or queue.unknown_senders != Queue.UnknownSenders.REFUSE:
        return False
    added_by_itself = found.step is Step.ADDED and not found.rests_on_domain  # somebody nobody knows, all the same
    if found.customer is not None and not added_by_itself:
        return False
    if found.ambiguous or found.reason is Rejection.OWN_ADDRESS:
        return False
    return not User.objects.filter(email=author, is_active=True).exists()


def _is_automatic(context: InboundContext, thread: Thread) -> bool:
    """Whether a program wrote it: by a sign that no person's mail has, or by a weaker one if it belongs to a ticket.

    What its subject alone says ("Out of office: …") counts in an answer to a mail of ours, named by its signed id. So
    does a header that says that nobody wrote it, where nobody wrote that mail of ours either and it comes at once:
    another helpdesk acknowledges our confirmation or summary. What people answer there has the same header, and comes
    later.
    """
    mail = context.mail
    if mail.kind in AUTOMATIC:
        return mail.kind_is_certain or thread.ticket is not None
    if thread.answered is None:
        return False
    by_programs = thread.answered.is_automatic and mail.auto_submitted not in ("", "no")
    at_once = context.inbound.received_at - thread.answered.created_at < AT_ONCE
    return mail.says_automatic_reply or (by_programs and at_once)


def _automatic(context: InboundContext, thread: Thread) -> Decision:
    """Out-of-office and its like belong to their ticket, which stays as it is, or nowhere (L21, L25).

    Anybody may call a mail automatic: one that answers no mail of ours is held like any other stranger's.
    """
    if thread.ticket is None:
        reason = _("An automatic mail that belongs to no ticket; nothing was done with it.")
        return Decision(Outcome.AUTOMATIC, f"{thread.reason} {reason}".strip(), thread, automatic=True)
    if doubt := doubt_of_automatic(thread, lambda: identify(context), context.arrival):
        return Decision(Outcome.HELD, doubt, thread, automatic=True)
    reason = _("An automatic mail; it was kept on #%(number)s and changed nothing.")
    return Decision(Outcome.AUTOMATIC, reason % {"number": thread.ticket.number}, thread, automatic=True)


def _unhandled(context: InboundContext) -> str:
    """T22: shown to administrators, to be processed again once a queue handles the address."""
    if not context.route.address:
        return _("There is no queue yet that could take it.")
    reason = _("No queue handles %(address)s. Choose one for the address, then process this mail again.")
    return reason % {"address": display(context.route.address)}


def _deleted(ruling: Ruling) -> str:
    return _("The rule “%(rule)s” deletes such requests.") % {"rule": ruling.names(Do.DELETE)}
