"""An archive becomes closed tickets of their day; nobody is told, and a second run takes in nothing twice."""

import mailbox as formats
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from mailboxes.models import InboundEmail, Mailbox
from mailboxes.tests.mails import mail
from recipients.models import User
from tickets.models import Outbox, Status, Ticket

pytestmark = pytest.mark.django_db
FIRST = mail(
    "A line.\r\nFrom here on it burns.",
    subject="Printer",
    date="Mon, 5 Jan 2015 10:00:00 +0000",
    message_id="<a@acme.example>",
)
REPLY = mail(subject="Re: Printer", in_reply_to="<a@acme.example>", date="Tue, 6 Jan 2015 10:00:00 +0000")


def archive(folder: Path, kind: str) -> Path:
    path = folder / kind
    box: formats.Mailbox = formats.mbox(path) if kind == "mbox" else formats.Maildir(path)  # type: ignore[type-arg]
    for raw in (FIRST, REPLY):
        box.add(raw)
    box.close()
    return path


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_conversations_become_closed_tickets_of_their_day(
    support: Mailbox, anna: User, tmp_path: Path, kind: str
) -> None:
    path = archive(tmp_path, kind)
    for _time in range(2):
        call_command("import_mail", kind, path, verbosity=0)
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.created_at) == (Status.CLOSED, datetime(2015, 1, 5, 10, tzinfo=UTC))
    assert ticket.closed_at == ticket.updated_at == datetime(2015, 1, 6, 10, tzinfo=UTC)
    assert [comment.created_at.day for comment in ticket.comments.order_by("created_at")] == [5, 6]
    assert "\nFrom here on it burns." in ticket.comments.earliest("created_at").text
    assert InboundEmail.objects.count() == 2
    assert not Outbox.objects.exists()


def test_it_goes_on_where_it_was_ended(support: Mailbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = archive(tmp_path, "mbox")
    call_command("import_mail", "mbox", path)
    box = formats.mbox(path)
    box.add(mail(subject="Later"))
    box.close()
    call_command("import_mail", "mbox", path)
    assert "3 of 3: 1 taken in, 2 had been before" in capsys.readouterr().out
    assert Ticket.objects.count() == 2


def test_what_is_no_archive_is_said(support: Mailbox, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no Maildir"):
        call_command("import_mail", "maildir", tmp_path)
    with pytest.raises(CommandError, match="is no file"):
        call_command("import_mail", "mbox", tmp_path)
    with pytest.raises(CommandError, match="no mailbox nobody"):
        call_command("import_mail", "mbox", archive(tmp_path, "mbox"), mailbox="nobody@acme.example")
