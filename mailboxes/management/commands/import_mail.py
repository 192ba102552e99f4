"""Imports an archive of mail, so that it can be found: closed tickets of their day, of which nobody is told."""

import hashlib
import mailbox as formats
import re
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from mailboxes.fetching.pop3 import received_at
from mailboxes.inbound.pipeline import process_batch
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.models.mailbox import lease
from mailboxes.storage import archive
from recipients.addressing.normalise import normalise
from tickets.models import Queue

AT_ONCE = 50
MBOX, MAILDIR = "mbox", "maildir"


class Command(BaseCommand):
    """`manage.py import_mail mbox|maildir PATH [--mailbox ADDRESS]`. Run again, it goes on where it was ended."""

    help = "Import an archive of mail as closed tickets with their true dates; nobody is told. May be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("format", choices=[MBOX, MAILDIR])
        parser.add_argument("path", type=Path, help="the file of an mbox, the folder of a Maildir")
        parser.add_argument(
            "--mailbox", default="", metavar="ADDRESS", help="the mailbox it belongs to; the default one"
        )

    def handle(self, *args: Any, format: str, path: Path, mailbox: str, **options: Any) -> None:
        owner = self.owner(mailbox)
        mails = Mbox(path) if format == MBOX else Maildir(path)
        folder = f"{format}:{path.resolve()}"[-255:]
        known = set(
            InboundEmail.objects.filter(mailbox=owner, folder=folder, uidvalidity=0).values_list("uid", flat=True)
        )
        seen = taken = 0
        for batch in batches(mails, AT_ONCE):
            new = {}
            for raw in batch:
                if (key := key_of(raw)) not in known:
                    new[key] = raw
            known |= new.keys()
            self.take_in(owner, folder, new)
            seen, taken = seen + len(batch), taken + len(new)
            self.stdout.write(f"{seen} of {len(mails)}: {taken} taken in, {seen - taken} had been before")
            self.stdout.flush()
        self.stdout.write(self.style.SUCCESS(f"{seen} mails are in the mail log, {taken} of them are new."))

    def owner(self, address: str) -> Mailbox:
        if not Queue.objects.exists():
            raise CommandError("There is no queue yet that could take mail. Set up the helpdesk first.")
        found = Mailbox.objects.responsible_for(normalise(address))
        if found is None or (address and found.address != normalise(address)):
            raise CommandError(f"There is no mailbox {address}." if address else "There is no mailbox yet.")
        return found

    def take_in(self, owner: Mailbox, folder: str, mails: dict[int, bytes]) -> None:
        """Archive and commit, then process. If it is interrupted in between, a worker goes on with the rows."""
        hashes = archive.save_many([*mails.values()])
        rows = [
            InboundEmail(
                source=InboundEmail.Source.ARCHIVE,
                mailbox=owner,
                folder=folder,
                uidvalidity=0,
                uid=key,
                received_at=received_at(raw) or timezone.now(),
                size=len(raw),
                raw_sha256=sha256,
                silent=True,
                attempts=1,
                next_attempt_at=timezone.now() + lease(),
            )
            for (key, raw), sha256 in zip(mails.items(), hashes, strict=True)
        ]
        with transaction.atomic():
            InboundEmail.objects.bulk_create(rows)
        process_batch(zip(rows, mails.values(), strict=True))


class Mbox:
    """The mails of a file in any of the mbox formats, one after the other, with “>From ” as it was."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise CommandError(f"{path} is no file.")
        self._box = formats.mbox(path, create=False)

    def __len__(self) -> int:
        return len(self._box)

    def __iter__(self) -> Iterator[bytes]:
        for key in self._box.iterkeys():
            yield re.sub(rb"(?m)^>(>*From )", rb"\1", self._box.get_bytes(key))


class Maildir:
    """The mails of a Maildir and of the folders in it, in the order of their names, which begin with their time."""

    def __init__(self, path: Path) -> None:
        folders = [each for each in (*path.rglob("cur"), *path.rglob("new")) if each.is_dir()]
        if not folders:
            raise CommandError(f"{path} is no Maildir: it has no folder “cur”.")
        self._files = sorted((file for folder in folders for file in folder.iterdir()), key=lambda file: file.name)

    def __len__(self) -> int:
        return len(self._files)

    def __iter__(self) -> Iterator[bytes]:
        for file in self._files:
            yield file.read_bytes()


def key_of(raw: bytes) -> int:
    """What tells a mail of the archive from others, as 63 bits: its bytes."""
    return int.from_bytes(hashlib.sha256(raw).digest()[:8], "big") >> 1


def batches(mails: Mbox | Maildir, size: int) -> Iterator[Sequence[bytes]]:
    batch: list[bytes] = []
    for raw in mails:
        batch.append(raw)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
