"""The way of a mail. Read this first: every mail, fetched or handed over, takes this way and no other.

The raw bytes are in the archive and the ledger row is committed before anything here looks inside (docs/mail.md).
Deciding (`mailboxes.inbound.decision`, which a dry run shares) changes nothing; doing keeps what a mail makes in memory
(`tickets.conversation.work`). One mail, or a batch, is one transaction with its ledger rows locked, so that any number
of workers may process at once and a mail that is processed twice changes nothing
(docs/decisions/mail-by-the-batch.md).
"""

import random
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.translation import gettext as _

from helpdesk import limits
from helpdesk.database.conflicts import has_lost
from helpdesk.database.prepared import keep_plans, send_lists_as_bytes
from helpdesk.database.together import update_each
from mailboxes.authentication.sender_verdict import check_once
from mailboxes.inbound.conclusion import Conclusion, received
from mailboxes.inbound.context import Batch, InboundContext
from mailboxes.inbound.decision import Decision, decide
from mailboxes.inbound.duplicates import give_way
from mailboxes.inbound.snapshot import Snapshot
from mailboxes.inbound.unreadable import read, unreadable
from mailboxes.models import InboundEmail, Outcome
from mailboxes.models.ledger import PROCESSED_FIELDS
from mailboxes.parsing import ParsedEmail
from mailboxes.sending import notices
from mailboxes.storage.trouble import storage_trouble
from recipients.matching.verdict import Way
from tickets.intake.receiving import open_ticket, receive_automatic, receive_reply

TRIES = 4  # of one transaction that lost against another one


def receive(context: InboundContext) -> Conclusion:
    """Decide, then do. Must be called in a transaction."""
    return carry_out(context, decide(context))


def carry_out(context: InboundContext, decision: Decision) -> Conclusion:
    """Do what was decided: everything that a mail changes is changed here."""
    if decision.outcome is not Outcome.DUPLICATE:
        give_way(context, decision.outcome)
    if decision.stopped:
        return decision.stopped.carried_out()
    if decision.arrival and decision.arrival.ruling:
        ruling = decision.arrival.ruling
        context.work.at_the_end(lambda: ruling.book.note(ruling.plan))
    if decision.outcome is Outcome.DELETED_BY_RULE:
        return Conclusion(decision.outcome, decision.reason, match=decision.match)

    hear_from(context)
    notice_forwarding(context)
    mail, arrival, thread, match = context.mail, context.arrival, decision.thread, decision.match
    if decision.automatic and thread.ticket:
        held = decision.reason if decision.outcome is Outcome.HELD else ""
        return received(decision.outcome, receive_automatic(thread.ticket, mail, arrival, held=held))
    if match and decision.reply:
        return received(decision.outcome, receive_reply(decision.reply, mail, match, arrival), match)
    if match and decision.outcome is Outcome.TICKET:
        arrival = decision.arrival or arrival
        result = open_ticket(mail, match, arrival, follow_up_of=thread.follow_up_of, may_follow=thread.may_follow)
        return received(Outcome.TICKET, result, match)
    return Conclusion(decision.outcome, decision.reason, match=match)


def hear_from(context: InboundContext) -> None:
    """Who writes can be reached again, whatever bounced before."""
    if context.writer.undeliverable:
        context.work.reachable(context.writer)


def notice_forwarding(context: InboundContext) -> None:
    """A further address that forwards its mail instead of redirecting it: administrators are told, once."""
    claim = context.claim
    if claim and claim.way is Way.FORWARD:
        notices.address_forwards(claim.by_way_of)


def deliver(inbound: InboundEmail, raw: bytes | None = None, snapshot: Snapshot | None = None) -> InboundEmail:
    """Process one email and return its ledger row. A crash is written on the row and harms no other mail.

    `raw` saves reading the archive, `snapshot` reading the addresses and rules again.
    """
    (row,) = process_batch([(inbound, raw)], snapshot)
    return row


def process_batch(
    batch: Iterable[tuple[InboundEmail, bytes | None]], snapshot: Snapshot | None = None
) -> list[InboundEmail]:
    """Process mails in their order and return their ledger rows.

    They are one transaction. A mail that crashes is taken out, and a batch that cannot be written is done again, one
    mail after the other.
    """
    keep_plans()
    send_lists_as_bytes()
    opened, rows = [], []
    for inbound, raw in batch:
        mail = open_mail(inbound, raw)
        rows.append(mail if isinstance(mail, InboundEmail) else inbound)
        if not isinstance(mail, InboundEmail):
            opened.append(mail)
    known = snapshot or Snapshot.load()
    done = {row.pk: row for row in process_all(opened, known)}
    known.count_hits()
    return [done.get(row.pk, row) for row in rows]


@dataclass(slots=True)
class Opened:
    """A mail that was read, to be processed. `trouble` is the traceback if it could not be parsed."""

    inbound: InboundEmail
    mail: ParsedEmail
    trouble: str = ""


def open_mail(inbound: InboundEmail, raw: bytes | None) -> Opened | InboundEmail:
    """Read and check a mail before any row is locked; the row if that failed."""
    mail = None
    try:
        raw = inbound.raw if raw is None else raw
        mail, trouble = read(raw, headers_only=inbound.is_oversized)
        if not inbound.is_oversized:
            check_once(inbound, mail, raw)
        return Opened(inbound, mail, trouble)
    except Exception as error:
        return given_up(inbound, error, mail)


def process_all(mails: Sequence[Opened], snapshot: Snapshot) -> list[InboundEmail]:
    """Process mails that were read: together, and those apart that cannot be."""
    if not mails:
        return []
    if len(mails) == 1:
        try:
            return [process(mails[0], snapshot)]
        except Exception as error:
            return [given_up(mails[0].inbound, error, mails[0].mail)]
    try:
        return transact(mails, snapshot)
    except Stuck as stuck:
        at = stuck.at
        apart = [mails[:at], mails[at : at + 1], mails[at + 1 :]]
    except Exception:
        apart = [[each] for each in mails]
    return [row for some in apart for row in process_all(some, snapshot)]


def process(opened: Opened, snapshot: Snapshot | None = None) -> InboundEmail:
    """Process one mail. A transaction that lost against another one starts anew, also one that met another delivery of
    the same mail. What another worker holds or has processed is left alone.
    """
    attempt = 1
    while True:
        try:
            return transact([opened], snapshot or Snapshot.load())[0]
        except Stuck as stuck:
            error = stuck.error
        except DatabaseError as lost:
            error = lost
        if attempt == TRIES or not (has_lost(error) or isinstance(error, IntegrityError)):
            raise error
        attempt += 1
        time.sleep(random.uniform(0.01, 0.1) * attempt)  # noqa: S311 - not a secret


class Stuck(Exception):  # noqa: N818 - which of several mails it was
    """Deciding or doing the mail at that place raised `error`."""

    def __init__(self, at: int, error: Exception) -> None:
        super().__init__(at)
        self.at, self.error = at, error


def transact(mails: Sequence[Opened], snapshot: Snapshot) -> list[InboundEmail]:
    """One transaction: the rows locked, each mail decided and done in its order, all written (L12, L13, L14)."""
    numbers = [each.inbound.ticket_number for each in mails]
    try:
        with transaction.atomic():
            batch = Batch([(each.inbound, each.mail) for each in mails], snapshot)
            rows = []
            for at, each in enumerate(mails):
                if each.inbound.pk not in batch.keys:
                    continue
                try:
                    rows.append(conclude(batch, each))
                except Exception as error:
                    raise Stuck(at, error) from error
            batch.work.write()
            update_each(rows, PROCESSED_FIELDS)  # before anything is counted: another delivery may have been faster
            batch.work.finish()
    except Exception:
        for each, number in zip(mails, numbers, strict=True):
            each.inbound.ticket_number = number
        raise
    done = {row.pk: row for row in rows}
    return [done.get(each.inbound.pk) or InboundEmail.objects.get(pk=each.inbound.pk) for each in mails]


def conclude(batch: Batch, opened: Opened) -> InboundEmail:
    """Decide and do one mail; the row says its outcome, and is not saved yet."""
    inbound = opened.inbound
    context = batch.context(inbound, opened.mail)
    inbound.describe(opened.mail)
    inbound.address, inbound.verdict = context.route.address, context.verdict.as_json()
    conclusion = receive(context)
    inbound.end(conclusion.outcome, conclusion.reason, traceback=opened.trouble, **conclusion.facts())
    batch.processed(inbound)
    return inbound


def given_up(inbound: InboundEmail, error: Exception, mail: ParsedEmail | None) -> InboundEmail:
    """After a crash: it waits until storage is there again, or for another attempt."""
    if lacking := storage_trouble(error):
        return postponed(inbound, lacking)
    return failed(inbound, "".join(traceback.format_exception(error)), mail)


def failed(inbound: InboundEmail, trouble: str, mail: ParsedEmail | None = None) -> InboundEmail:
    """After a crash: another attempt later, or, after several, quarantine (L03)."""
    with transaction.atomic():
        if not inbound.hold():
            return inbound
        if inbound.attempts < limits.MAIL_ATTEMPTS.amount:
            if mail:
                inbound.describe(mail)
            reason = _("It could not be processed: %(error)s. It will be tried again.")
            inbound.fail(trouble, reason % {"error": _last(trouble)})
            return inbound
    return quarantine(inbound, trouble)


def postponed(inbound: InboundEmail, lacking: str) -> InboundEmail:
    """Storage is full or out of reach: the mail waits, and has used up no attempt."""
    with transaction.atomic():
        if inbound.hold():
            inbound.postpone(lacking)
    return inbound


def quarantine(inbound: InboundEmail, trouble: str) -> InboundEmail:
    """Give up on understanding it, not on the mail: a ticket with the raw mail attached, or at least the row."""
    reason = _("It could not be processed in %(count)d attempts: %(error)s.")
    reason %= {"count": inbound.attempts, "error": _last(trouble)}
    try:
        row = process(Opened(inbound, unreadable(inbound.raw), trouble))
    except Exception as error:
        if lacking := storage_trouble(error):
            return postponed(inbound, lacking)
        with transaction.atomic():
            if inbound.hold():
                inbound.conclude(Outcome.QUARANTINED, reason, traceback=f"{trouble}\n{traceback.format_exc()}")
        return inbound
    if row is inbound and row.comment_id is not None:  # else another worker has processed it after all
        row.conclude(Outcome.QUARANTINED, f"{reason} " + _("The ticket holds it as an attachment."))
    return row


def _last(trouble: str) -> str:
    """The line of a traceback that says what happened."""
    lines = trouble.strip().splitlines()
    return lines[-1][:300] if lines else _("the worker was stopped while processing it")
