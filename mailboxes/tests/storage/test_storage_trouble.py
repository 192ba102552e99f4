"""A full disk, or storage out of reach: mails wait, lose no attempt, and come in by themselves."""

import errno
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from helpdesk.demo.mailserver import MailServer
from helpdesk.operations import storage
from mailboxes.fetching.fetch import fetch
from mailboxes.inbound import pipeline
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.storage import archive
from mailboxes.storage.trouble import storage_trouble
from mailboxes.tasks import process_due
from mailboxes.tests.mails import arrive, mail
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
WITH_A_FILE = (
    b"From: carla@acme.example\r\nTo: support@helpdesk.example\r\nSubject: Plan\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nSee the plan.\r\n'
    b'--B\r\nContent-Type: text/csv; name="plan.csv"\r\nContent-Disposition: attachment; filename="plan.csv"\r\n\r\n'
    b"a,b\r\n--B--\r\n"
)


class FullDisk:
    """Writing a file fails as it does on a full disk, while this is in force."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full, real = False, os.fsync

        def fsync(descriptor: int) -> None:
            if self.is_full:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        monkeypatch.setattr(storage.os, "fsync", fsync)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    return FullDisk(monkeypatch)


def files(settings: LazySettings) -> list[Path]:
    return [each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()]


def later() -> None:
    InboundEmail.objects.update(next_attempt_at=timezone.now())
    process_due()


def test_a_full_disk_leaves_no_half_files(disk: FullDisk, settings: LazySettings) -> None:
    disk.is_full = True
    for _time in range(3):
        with pytest.raises(OSError, match="No space"):
            archive.save_many([b"one", b"two", b"three"])
    assert files(settings) == []


def test_mails_on_the_server_wait_for_room_and_the_mailbox_says_why(
    support: Mailbox, mail_server: MailServer, disk: FullDisk, as_ada: Client
) -> None:
    mail_server.deliver(support.imap_username, mail())
    disk.is_full = True
    for _time in range(3):
        assert fetch(support.pk).state == Mailbox.State.STORAGE
    support.refresh_from_db()
    assert (support.claim, support.alerted_at is not None) == ("", True)
    page = as_ada.get(f"/settings/mailboxes/{support.pk}/").content.decode()
    assert "The helpdesk&#x27;s disk is full." in page
    assert not InboundEmail.objects.exists()

    disk.is_full = False
    assert fetch(support.pk).state == Mailbox.State.OK
    assert InboundEmail.objects.get().outcome == Outcome.TICKET


def test_a_file_for_which_there_is_no_room_costs_its_mail_no_attempt(support: Mailbox, disk: FullDisk) -> None:
    row = arrive(mail())
    InboundEmail.objects.all().delete()
    Ticket.objects.all().delete()
    sha256 = archive.save(WITH_A_FILE)
    row = InboundEmail.objects.create(mailbox=support, raw_sha256=sha256, size=len(WITH_A_FILE), attempts=1)
    disk.is_full = True
    pipeline.deliver(row)
    for _time in range(30):  # far more than a mail has attempts
        later()
    row.refresh_from_db()
    assert (row.outcome, row.is_processed, row.traceback) == (Outcome.FAILED, False, "")
    assert row.attempts <= 1
    assert row.reason.startswith("The helpdesk's disk is full.")
    assert row.next_attempt_at
    assert row.next_attempt_at <= timezone.now() + timedelta(minutes=1)

    disk.is_full = False
    later()
    row.refresh_from_db()
    assert row.outcome == Outcome.TICKET
    assert row.comment
    assert row.comment.attachments.count() == 1


def test_an_archive_that_is_away_costs_no_attempt_and_a_lost_mail_does(
    support: Mailbox, settings: LazySettings, tmp_path: Path
) -> None:
    row = InboundEmail.objects.create(mailbox=support, raw_sha256=archive.save(mail()), attempts=1)
    other = InboundEmail.objects.create(mailbox=support, raw_sha256=archive.save(mail()), attempts=1)
    away = tmp_path / "unmounted"
    shutil.move(settings.MEDIA_ROOT, away)
    for _time in range(12):
        later()
    row.refresh_from_db()
    assert (row.outcome, row.is_processed) == (Outcome.FAILED, False)
    assert "cannot be reached" in row.reason

    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
    shutil.move(away, settings.MEDIA_ROOT)
    (Path(settings.MEDIA_ROOT) / archive.path(other.raw_sha256)).unlink()
    for _time in range(12):
        later()
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.outcome, other.outcome) == (Outcome.TICKET, Outcome.QUARANTINED)


class _EndpointConnectionError(Exception):
    """As botocore raises it."""


_EndpointConnectionError.__module__ = "botocore.exceptions"


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def _sql(state: str) -> Any:
    error = Exception("database")
    error.sqlstate = state  # type: ignore[attr-defined]
    return _caused(OperationalError("database"), error)


@pytest.mark.parametrize(
    ("error", "is_trouble"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EIO, "Input/output error"), True),
        (PermissionError(errno.EACCES, "Permission denied"), True),
        (OSError(errno.ENAMETOOLONG, "File name too long"), False),
        (FileNotFoundError(errno.ENOENT, "No such file"), False),
        (_caused(ValueError("x"), OSError(errno.ENOSPC, "No space left on device")), True),
        (_EndpointConnectionError("Could not connect"), True),
        (OperationalError("database or disk is full"), True),
        (_sql("53100"), True),
        (_sql("54000"), False),
        (archive.Lost("damaged"), False),
        (RecursionError(), False),
    ],
)
def test_which_errors_are_trouble_with_storage(error: Exception, *, is_trouble: bool) -> None:
    assert bool(storage_trouble(error)) is is_trouble


def test_an_empty_fetch_does_not_say_working_while_mails_wait_for_room(
    support: Mailbox, disk: FullDisk, as_ada: Client
) -> None:
    row = InboundEmail.objects.create(mailbox=support, raw_sha256=archive.save(WITH_A_FILE), attempts=1)
    disk.is_full = True
    pipeline.deliver(row)
    for _time in range(3):
        assert fetch(support.pk).state == Mailbox.State.STORAGE
    page = as_ada.get(f"/settings/mailboxes/{support.pk}/").content.decode()
    assert "The helpdesk&#x27;s disk is full." in page
    support.refresh_from_db()
    assert support.alerted_at

    disk.is_full = False
    later()
    assert fetch(support.pk).state == Mailbox.State.OK
    support.refresh_from_db()
    assert not support.alerted_at
