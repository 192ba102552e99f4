"""Mails that are processed once more: failed attempts, what a killed worker left, and what a person asks for."""

import time

from django.db import transaction
from django.utils import timezone

from helpdesk.database.isolation import can_isolate, survives
from mailboxes.inbound.pipeline import deliver, quarantine
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.models.mailbox import lease
from recipients.models import User

AT_ONCE = 20
MOST_KILLED_CHILDREN = 2
LONGEST_SECONDS = 60.0  # of one mail; the parser needs two of them at most
MOMENT_SECONDS = 0.2


def process_waiting() -> int:
    """Process a batch of what waits: failed attempts whose pause is over, and what a worker left when it was killed."""
    return len(process_claimed(InboundEmail.objects.waiting(timezone.now()).claim(AT_ONCE)))


def process_left_behind(mailbox: Mailbox) -> None:
    """Before anything newer of a mailbox comes in, as it may answer what was left."""
    left = InboundEmail.objects.left_behind(mailbox)
    while process_claimed(left.claim(AT_ONCE)):
        pass


def process_claimed(rows: list[InboundEmail]) -> list[InboundEmail]:
    """Process what was begun before. Its worker was killed for reasons of its own, or for the mail's, say its memory.

    To tell, each is processed by a child where that can be: a mail that kills two of them is given up, while any number
    of restarts counts for nothing. Elsewhere one none of whose many attempts came to an end is.
    """
    return [_once_more(row) for row in rows]


def _once_more(row: InboundEmail) -> InboundEmail:
    if not can_isolate():
        return deliver(row) if row.begin_attempt() else quarantine(row, row.traceback)
    if row.outcome == Outcome.FAILED:
        row.begin_attempt()
    for _child in range(MOST_KILLED_CHILDREN):
        if survives(lambda: deliver(row), LONGEST_SECONDS):
            row.refresh_from_db()
            return row
        row.attempts += 1
        time.sleep(MOMENT_SECONDS)  # until the database has noticed, too
    return quarantine(row, row.traceback)


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
