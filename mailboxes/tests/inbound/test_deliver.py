"""`manage.py deliver` tells the mail server what to do next, and people or programs what became of the mail."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError

from mailboxes.inbound import pipeline, take_in
from mailboxes.models import InboundEmail, Outcome
from mailboxes.tests.mails import mail
from recipients.models import Customer
from tickets.models import Queue, Rule, Ticket

pytestmark = pytest.mark.django_db
KEYS = ["ledger", "outcome", "reason", "ticket", "comment", "held", "duplicate_of", "match", "validity", "queue"]


def deliver(*arguments: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("deliver", "--json", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def eml(tmp_path: Path) -> Path:
    path = tmp_path / "mail.eml"
    path.write_bytes(mail(subject="Printer"))
    return path


def test_a_file_becomes_a_ticket_without_any_mailbox(queue: Queue, carla: Customer, eml: Path) -> None:
    (said,) = deliver(str(eml))
    ticket = Ticket.objects.get()
    assert list(said) == KEYS
    assert (said["outcome"], said["ticket"], said["queue"]) == ("ticket", ticket.number, "Support")
    assert (said["held"], said["duplicate_of"], said["validity"]) == (False, None, "valid")
    assert said["match"] == {
        "step": "exact",
        "customer": carla.pk,
        "evidence": "carla@acme.example",
        "candidates": [],
    }
    assert InboundEmail.objects.get(pk=said["ledger"]).source == InboundEmail.Source.PIPE


def test_several_files_are_several_mails(queue: Queue, eml: Path) -> None:
    first, second = deliver(str(eml), str(eml))
    assert (first["outcome"], second["outcome"], second["duplicate_of"]) == ("ticket", "duplicate", first["ledger"])


def test_rules_count_the_mails_that_are_handed_over(queue: Queue, eml: Path) -> None:
    about_printers = {"field": "subject", "how": "contains", "value": "printer"}
    rule = Rule.objects.create(name="Printers", conditions=[about_printers], actions=[{"do": "priority", "value": 3}])
    deliver(str(eml))
    rule.refresh_from_db()
    assert rule.hits == 1


def test_a_mail_is_piped_in(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in ([], ["-"]):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(mail())))
        assert deliver(*arguments)[0]["outcome"] == "ticket"


def test_the_envelope_says_to_whom_it_was_sent(queue: Queue, eml: Path) -> None:
    (said,) = deliver("--to", "Sales@Helpdesk.example", str(eml))
    assert InboundEmail.objects.get(pk=said["ledger"]).envelope_to == "sales@helpdesk.example"


def test_an_empty_mail_is_a_mail(queue: Queue, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (said,) = deliver(str(tmp_path / "empty"))
    assert said["outcome"] == "ticket"
    assert said["match"]["customer"] is None


def test_people_read_a_sentence(queue: Queue, eml: Path) -> None:
    out = io.StringIO()
    call_command("deliver", str(eml), stdout=out)
    assert out.getvalue().startswith(f"New ticket #{Ticket.objects.get().number}: ")


def exit_code(*arguments: str) -> object:
    with pytest.raises(SystemExit) as stopped:
        call_command("deliver", *arguments, stderr=io.StringIO())
    return stopped.value.code


def test_what_is_no_mail_is_65(queue: Queue, eml: Path) -> None:
    assert exit_code("/no/such/file") == 65
    assert exit_code("--to", "nobody", str(eml)) == 65
    assert not InboundEmail.objects.exists()


def test_without_a_queue_it_is_75(db: None, eml: Path) -> None:
    assert exit_code(str(eml)) == 75
    assert not InboundEmail.objects.exists()


def test_when_it_cannot_be_kept_it_is_75(queue: Queue, eml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(raw: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mailboxes.storage.archive.save", full)
    assert exit_code(str(eml)) == 75
    monkeypatch.undo()

    def gone(*args: object, **options: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(take_in, "take_in", gone)
    assert exit_code(str(eml)) == 75


def test_what_crashes_after_that_is_in_the_ledger_and_0(
    queue: Queue, eml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "receive", lambda context: 1 / 0)
    assert deliver(str(eml))[0]["outcome"] == Outcome.FAILED
