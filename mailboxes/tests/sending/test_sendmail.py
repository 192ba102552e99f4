"""The last resort for sending: the mail program of this machine (U27)."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.mail import send_mail
from django.test import Client
from django.urls import reverse

from helpdesk.demo.mailserver import MailServer
from mailboxes.models import Mailbox
from mailboxes.tasks import send_due
from mailboxes.tests.accounts.test_mailbox_form import typed
from mailboxes.tests.sending.test_outbox import waiting
from recipients.models import Recipient
from tickets.models import Outbox, Queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(support: Mailbox, settings: LazySettings, tmp_path: Path) -> Path:
    """A mail program that keeps what it gets, with its arguments and its environment, and ends as `code` says."""
    path = tmp_path / "sendmail"
    path.write_text(
        f"#!/bin/sh\necho $* > {tmp_path}/arguments\nenv > {tmp_path}/environment\ncat > {tmp_path}/mail\n"
        f"echo 'no such user here' >&2\nexit $(cat {tmp_path}/code)\n"
    )
    path.chmod(0o755)
    (tmp_path / "code").write_text("0")
    settings.SENDMAIL_PATH = str(path)
    Mailbox.objects.update(outgoing=Mailbox.Outgoing.SENDMAIL, smtp_host="")
    return tmp_path


def test_a_mail_leaves_by_the_program(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "sesame")
    outbox = waiting(text=".\nA line with a dot alone stands above.")
    send_due()
    outbox.refresh_from_db()
    assert outbox.state == Outbox.State.SENT
    assert (program / "arguments").read_text() == "-t -i -f support@helpdesk.example\n"
    mail = (program / "mail").read_bytes()
    assert b"\nTo: carla@acme.example\n" in mail
    assert b"\r" not in mail
    assert "sesame" not in (program / "environment").read_text()


@pytest.mark.parametrize(("code", "state"), [("67", "failed"), ("75", "waiting"), ("1", "waiting")])
def test_what_the_program_says_decides(program: Path, code: str, state: str) -> None:
    (program / "code").write_text(code)
    Recipient.objects.known("carla@acme.example", "")
    outbox = waiting()
    send_due()
    outbox.refresh_from_db()
    assert (outbox.state, "no such user here" in outbox.error) == (state, True)
    assert Recipient.objects.get().undeliverable is (code == "67")


def test_a_link_to_choose_a_password_leaves_by_it_too(program: Path, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "mailboxes.sending.mail_backend.MailboxBackend"
    send_mail("Hello", "Text", None, ["carla@acme.example"])
    assert b"\nTo: carla@acme.example\n" in (program / "mail").read_bytes()


def test_a_program_that_is_not_there_is_said_by_the_test(
    as_ada: Client, queue: Queue, mail_server: MailServer, settings: LazySettings, tmp_path: Path
) -> None:
    settings.SENDMAIL_PATH = str(tmp_path / "nothing")
    form = typed(mail_server, queue, outgoing="sendmail", smtp_host="")
    tried = as_ada.post(reverse("settings:mailbox_test_new"), form, headers={"HX-Request": "true"})
    assert "There is no mail program at" in tried.content.decode()
