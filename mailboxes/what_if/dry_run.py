"""The dry run: what would become of a mail if it came in now, by the decision of `mailboxes.inbound.decision`.

Nothing is saved, stored or sent; the only lock is that of the ticket it would join, for as long as deciding takes.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from mailboxes.authentication.sender_verdict import check_once
from mailboxes.inbound.context import InboundContext, rows_of
from mailboxes.inbound.decision import Decision, decide
from mailboxes.inbound.snapshot import Snapshot
from mailboxes.inbound.unreadable import read
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.parsing import ParsedEmail
from recipients.addressing.normalise import display
from tickets.conversation.work import Work
from tickets.intake.new_person import NewPerson
from tickets.intake.preview import PreviewedCopy, preview_reply, preview_ticket
from tickets.models import Ticket


@dataclass(frozen=True)
class DryRun:
    """The decision about a mail, with what would follow from it.

    `ticket` is the unsaved one that would be opened, None if none would; `told` the copies that would be due. `trouble`
    is a traceback if the mail cannot be read, `person` who would be added.
    """

    context: InboundContext
    decision: Decision
    ticket: Ticket | None
    told: list[PreviewedCopy]
    trouble: str = ""
    person: NewPerson | None = None


def dry_run(raw: bytes, inbound: InboundEmail | None = None) -> DryRun:
    """What `pipeline.deliver` would do with `raw`; `inbound`: the ledger row of a mail that came in before."""
    snapshot = Snapshot.load()
    row = inbound or InboundEmail(size=len(raw), received_at=timezone.now())
    mail, trouble = read(raw, headers_only=row.is_oversized)
    context = _imagined(mail, row, snapshot)
    if inbound is None:
        row.mailbox = Mailbox.objects.responsible_for(context.route_from(None).address)
        if row.is_oversized:  # the mailbox takes less than was read to find it
            mail, trouble = read(raw, headers_only=row.is_oversized)
            context = _imagined(mail, row, snapshot)
    if not row.is_oversized:
        check_once(row, mail, raw)
    with transaction.atomic():
        return _previewed(context, decide(context), trouble)


def plain_mail(address: str, snapshot: Snapshot) -> bytes:
    """A mail from the normalised `address` to our main address, with nothing in it that could decide anything."""
    ours = snapshot.main_address(default.pk) if (default := Mailbox.objects.responsible_for("")) else None
    return f"From: {display(address)}\r\nTo: {ours.address if ours else ''}\r\n\r\n".encode()


def _imagined(mail: ParsedEmail, row: InboundEmail, snapshot: Snapshot) -> InboundContext:
    """As `inbound.context.Batch.context`, of a mail whose row, saved or not, is neither locked nor to be saved."""
    originals = InboundEmail.objects.originals(mail.fingerprint).exclude(pk=row.pk).order_by("pk")
    original = originals.select_related("ticket").first()
    work = Work(snapshot.settings, snapshot.recognition)
    return InboundContext.of(mail, row, snapshot, work, lambda address: list(rows_of(address)), original)


def _previewed(context: InboundContext, decision: Decision, trouble: str) -> DryRun:
    mail, match, arrival = context.mail, decision.match, context.arrival
    if match and decision.reply:
        return DryRun(context, decision, None, preview_reply(decision.reply, mail, match), trouble)
    if match and decision.outcome is Outcome.TICKET:
        preview = preview_ticket(mail, match, decision.arrival or arrival, decision.thread.follow_up_of)
        return DryRun(context, decision, preview.ticket, preview.told, trouble, preview.person)
    return DryRun(context, decision, None, [], trouble)
