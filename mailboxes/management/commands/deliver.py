"""Takes mails that a mail server pipes in, by the same way as fetched ones.

The exit code tells the mail server what to do (sysexits.h): 0, the mail is in the ledger and cannot be lost, whatever
becomes of it; 65, it is no mail or the address is none, trying again is useless; 75, try again later.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseTrouble

from mailboxes.inbound import pipeline, take_in
from mailboxes.inbound.snapshot import Snapshot
from mailboxes.models import InboundEmail, Mailbox
from recipients.addressing.normalise import normalise
from tickets.models import Queue

DATA_ERROR = 65
TRY_LATER = 75


class Command(BaseCommand):
    help = "Take in mails from files or standard input. Exit codes: 0 taken in, 65 no mail, 75 try again later."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", help="a mail; - or nothing: standard input")
        parser.add_argument("--to", default="", metavar="ADDRESS", help="the address it was sent to (envelope)")
        parser.add_argument("--json", action="store_true", help="print one JSON object a message")

    def handle(self, *args: Any, files: Sequence[str], to: str, **options: Any) -> None:
        if to and not normalise(to):
            self.stop(DATA_ERROR, f"“{to}” is not an email address.")
        try:
            if not Queue.objects.exists():
                self.stop(TRY_LATER, "There is no queue yet that could take mail. Set up the helpdesk first.")
            mailbox = Mailbox.objects.responsible_for(normalise(to))
            snapshot = None
            for raw in self.read(files or ["-"]):
                row, snapshot = take_in.take_in(raw, mailbox=mailbox, envelope_to=to), Snapshot.current(snapshot)
                self.say(pipeline.deliver(row, raw, snapshot), as_json=options["json"])
        except (DatabaseTrouble, OSError) as error:
            self.stop(TRY_LATER, f"The mail cannot be kept at the moment: {error}")

    def read(self, files: Sequence[str]) -> Iterator[bytes]:
        for name in files:
            try:
                raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            except OSError as error:
                self.stop(DATA_ERROR, f"{name} cannot be read: {error.strerror}")
            yield raw

    def say(self, row: InboundEmail, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(described(row), ensure_ascii=False))
        else:
            ticket = f" #{row.ticket_number}" if row.ticket_number else ""
            self.stdout.write(f"{row.get_outcome_display()}{ticket}: {row.reason}")

    def stop(self, code: int, message: str) -> None:
        self.stderr.write(self.style.ERROR(message))
        raise SystemExit(code)


def described(row: InboundEmail) -> dict[str, Any]:
    """What became of a message, in values."""
    found = row.match
    return {
        "ledger": row.pk,
        "outcome": row.outcome,
        "reason": row.reason,
        "ticket": row.ticket_number,
        "comment": row.comment_id,
        "held": row.comment.is_held if row.comment else False,
        "duplicate_of": row.duplicate_of_id,
        "match": {key: found.get(key) for key in ("step", "customer", "evidence", "candidates")} if found else None,
        "validity": validity_of(row),
        "queue": row.ticket.queue.name if row.ticket else None,
    }


def validity_of(row: InboundEmail) -> str | None:
    """Of the message, else of its ticket; None if nothing was made of it."""
    said = (row.comment.validity if row.comment else "") or (row.ticket.validity if row.ticket else "")
    return said or None
