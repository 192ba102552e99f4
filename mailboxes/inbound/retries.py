"""Mails that are processed once more: failed attempts, what a killed worker left, and what a person asks for."""

from django.db import transaction
from django.utils import timezone

from mailboxes.inbound.pipeline import deliver, quarantine
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.models.mailbox import lease
from recipients.models import User

AT_ONCE = 20


def process_waiting() -> int:
    """Process a batch of what waits: failed attempts whose pause is over, and what a worker left when it was killed."""
    return len(process_claimed(InboundEmail.objects.waiting(timezone.now()).claim(AT_ONCE)))


def process_left_behind(mailbox: Mailbox) -> None:
    """Before anything newer of a mailbox comes in, as it may answer what was left."""
    left = InboundEmail.objects.left_behind(mailbox)
    while process_claimed(left.claim(AT_ONCE)):
        pass


def process_claimed(rows: list[InboundEmail]) -> list[InboundEmail]:
    """Process what was begun before. A mail none of whose attempts came to an end ends its worker, too: given up."""
    for row in rows:
        if row.begin_attempt():
            deliver(row)
        else:
            quarantine(row, row.traceback)
    return rows


def replay(inbound: InboundEmail, by: User | None) -> InboundEmail:
    """Process a row once more by the same way. What has made a comment stays as it is; nothing is confirmed again."""
    with transaction.atomic():
        row = InboundEmail.objects.select_for_update(of=("self",)).select_related("mailbox").get(pk=inbound.pk)
        if row.comment_id is not None:
            return row
        row.processed_at, row.attempts, row.next_attempt_at = None, 1, timezone.now() + lease()
        row.replayed_at, row.replayed_by = timezone.now(), by
        row.save(update_fields=["processed_at", "attempts", "next_attempt_at", "replayed_at", "replayed_by"])
    return deliver(row)
