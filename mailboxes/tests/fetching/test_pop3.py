"""POP3 brings each message in once, leaves or deletes it afterwards, and survives servers that lie (U27)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.tests.servers.dovecot import PASSWORD, Dovecot
from helpdesk.tests.servers.rude import Scripted, plain
from mailboxes.connections.account import ConnectionFailed, Security
from mailboxes.fetching.fetch import fetch
from mailboxes.fetching.pop3 import Pop3Session
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import mail
from tickets.models import Status, Ticket

pytestmark = pytest.mark.django_db
_users = iter(range(1000))


@pytest.fixture
def pop3(dovecot: Dovecot, support: Mailbox) -> Mailbox:
    """The mailbox on a real POP3 server, empty."""
    support.protocol, support.imap_port = Mailbox.Protocol.POP3, dovecot.pop3_port
    support.imap_username, support.imap_password = f"pop3-{next(_users)}", PASSWORD
    support.save()
    return support


def subjects(box: Mailbox) -> list[str]:
    assert fetch(box.pk).state == Mailbox.State.OK, Mailbox.objects.get(pk=box.pk).state_message
    return sorted(Ticket.objects.values_list("subject", flat=True))


@pytest.mark.servers
def test_each_message_comes_in_once_and_stays(dovecot: Dovecot, pop3: Mailbox) -> None:
    dovecot.deliver(pop3.imap_username, mail(".dots at the start\r\n.", subject="One"), mail("x" * 20_000, subject="2"))
    assert subjects(pop3) == ["2", "One"]
    assert subjects(pop3) == ["2", "One"]
    assert sorted(InboundEmail.objects.values_list("outcome", flat=True)) == [Outcome.TICKET] * 2
    raws = {row.raw for row in InboundEmail.objects.all()}
    assert raws == {*dovecot.messages(pop3.imap_username)}
    pop3.refresh_from_db()
    assert (pop3.server_messages, pop3.missing_messages) == (2, None)


@pytest.mark.servers
def test_the_page_says_that_the_gap_is_not_known(dovecot: Dovecot, pop3: Mailbox, as_ada: Client) -> None:
    subjects(pop3)
    page = as_ada.get(reverse("settings:mailbox", args=[pop3.pk])).content.decode()
    assert "unknown" in page


@pytest.mark.servers
def test_it_is_deleted_only_when_it_is_processed(
    dovecot: Dovecot, pop3: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Mailbox.objects.update(after_fetch=Mailbox.AfterFetch.DELETE)
    dovecot.deliver(pop3.imap_username, mail(subject="One"))
    with monkeypatch.context() as patch:
        patch.setattr("mailboxes.fetching.folder.process_batch", lambda batch: [])
        fetch(pop3.pk)
    assert len(dovecot.messages(pop3.imap_username)) == 1
    assert subjects(pop3) == ["One"]
    assert dovecot.messages(pop3.imap_username) == []
    assert InboundEmail.objects.get().server_action == InboundEmail.ServerAction.DONE


@pytest.mark.servers
def test_new_mail_only_and_everything_in_silence(dovecot: Dovecot, pop3: Mailbox) -> None:
    Mailbox.objects.update(take_in=Mailbox.TakeIn.NEW)
    dovecot.deliver(pop3.imap_username, mail(subject="Old"))
    assert subjects(pop3) == []
    dovecot.deliver(pop3.imap_username, mail(subject="New"))
    assert subjects(pop3) == ["New"]
    Mailbox.objects.update(take_in=Mailbox.TakeIn.ALL, uidvalidity=None, connected_at=None)
    pop3.left.all().delete()
    assert subjects(pop3) == ["New", "Old"]
    assert Ticket.objects.get(subject="Old").status == Status.CLOSED


@pytest.mark.servers
def test_a_password_that_is_wrong_is_a_refused_login(pop3: Mailbox) -> None:
    Mailbox.objects.update(imap_password="wrong")
    pop3.refresh_from_db()
    pop3.imap_password = "wrong"
    pop3.save()
    assert fetch(pop3.pk).state == Mailbox.State.LOGIN


def server_with(
    mails: list[bytes], *, uidl: bool = True, top: bool = True, **answers: bytes | None
) -> Callable[[bytes], bytes | None]:
    """A small POP3 server. `answers` gives the answer of a command in place of the right one."""

    def reply(line: bytes) -> bytes | None:
        verb, *arguments = line.split()
        if verb.decode() in answers:
            return answers[verb.decode()]
        number = int(arguments[0]) if arguments and arguments[0].isdigit() else 0
        if verb == b"LIST":
            return _long(b"".join(b"%d %d\r\n" % (n, len(raw)) for n, raw in enumerate(mails, 1)))
        if verb == b"UIDL":
            listed = b"".join(b"%d id-%d\r\n" % (n, n) for n in range(1, len(mails) + 1))
            return _long(listed) if uidl else b"-ERR what?\r\n"
        if verb == b"TOP":
            return _long(mails[number - 1].partition(b"\r\n\r\n")[0] + b"\r\n\r\n") if top else b"-ERR what?\r\n"
        if verb == b"RETR":
            return _long(mails[number - 1])
        return b"+OK\r\n"

    return reply


def _long(content: bytes) -> bytes:
    return b"+OK\r\n" + content.replace(b"\r\n.", b"\r\n..") + b".\r\n"


@pytest.fixture
def scripted(support: Mailbox) -> Callable[[Callable[[bytes], bytes | None]], str]:
    """Fetches once from a server that follows a script, and says the state of the mailbox then."""

    def fetched(reply: Callable[[bytes], bytes | None]) -> str:
        with Scripted(b"+OK hi\r\n", reply) as server:
            Mailbox.objects.update(protocol="pop3", imap_port=server.port)
            InboundEmail.objects.filter(processed_at=None).update(next_attempt_at=timezone.now() - timedelta(1))
            return fetch(support.pk).state

    return fetched


Fetched = Callable[[Callable[[bytes], bytes | None]], str]


@pytest.mark.parametrize("top", [True, False])
def test_without_uidl_messages_are_told_apart_by_what_they_are(scripted: Fetched, *, top: bool) -> None:
    mails = [mail(subject="One"), mail(subject="Two")]
    assert scripted(server_with(mails, uidl=False, top=top)) == Mailbox.State.OK
    assert scripted(server_with([mail(subject="Three"), *mails], uidl=False, top=top)) == Mailbox.State.OK
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == ["One", "Three", "Two"]
    assert InboundEmail.objects.count() == 3


def test_two_messages_under_one_uidl_both_come_in(scripted: Fetched) -> None:
    mails = [mail(subject="One"), mail(subject="Two")]
    scripted(server_with(mails, UIDL=_long(b"1 same\r\n2 same\r\nnoise\r\n3 none\r\n")))
    assert Ticket.objects.count() == 2


def test_what_is_refused_has_its_row_and_stops_no_other(scripted: Fetched) -> None:
    mails = [mail(subject="One"), mail(subject="Two")]
    whole = server_with(mails)
    refused = lambda line: b"-ERR locked\r\n" if line.startswith(b"RETR 1") else whole(line)  # noqa: E731
    assert scripted(refused) == Mailbox.State.OK
    assert "locked" in InboundEmail.objects.get(outcome=Outcome.FAILED).reason
    assert scripted(whole) == Mailbox.State.OK
    assert Ticket.objects.count() == 2


def test_what_is_too_large_by_its_size_is_not_fetched(scripted: Fetched, support: Mailbox) -> None:
    Mailbox.objects.update(max_message_bytes=5_000)
    heard: list[bytes] = []
    whole = server_with([mail("x" * 6_000), mail(subject="Two")])
    assert scripted(lambda line: heard.append(line) or whole(line)) == Mailbox.State.OK
    assert b"RETR 1\r\n" not in heard
    assert sorted(InboundEmail.objects.values_list("outcome", flat=True)) == [Outcome.TICKET, Outcome.TOO_LARGE]


def test_a_size_that_was_a_lie_is_a_row_and_stops_no_other(scripted: Fetched) -> None:
    Mailbox.objects.update(max_message_bytes=5_000)
    mails = [mail("x" * 6_000), mail(subject="Two")]
    assert scripted(server_with(mails, LIST=_long(b"1 10\r\n2 10\r\n"))) == Mailbox.State.OK
    assert "larger than the server said" in InboundEmail.objects.get(outcome=Outcome.FAILED).reason
    assert Ticket.objects.count() == 1


def test_a_line_of_ten_megabytes_is_a_mail(scripted: Fetched) -> None:
    assert scripted(server_with([mail("x" * 10_000_000)])) == Mailbox.State.OK
    assert Ticket.objects.count() == 1


HOSTILE = {
    "closes in mid-mail": {"RETR": b"+OK\r\nSubject: x\r\n\r\nhal"},
    "closes at once": {"RETR": b""},
    "OK without data": {"RETR": b"+OK\r\n.\r\n"},
    "noise": {"LIST": b"\x00\xff not pop3\r\n"},
    "no numbers": {"LIST": b"+OK\r\nx y\r\n-3 5\r\n1 x\r\n0 7\r\n.\r\n"},
    "endless numbers": {"LIST": b"+OK\r\n99999999999999999999999 5\r\n.\r\n", "RETR": b"-ERR no\r\n"},
    "never answers": {"RETR": None},
}


@pytest.mark.parametrize("answers", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_a_server_does_is_a_state_and_loses_nothing(
    scripted: Fetched, monkeypatch: pytest.MonkeyPatch, answers: dict[str, bytes | None]
) -> None:
    impatient = property(lambda mailbox: replace(plain(mailbox.imap_port), timeout=1.0))
    monkeypatch.setattr(Mailbox, "imap_account", impatient)
    mails = [mail(subject="One")]
    state = scripted(server_with(mails, **answers))
    assert state in {Mailbox.State.OK, Mailbox.State.FETCH, Mailbox.State.CONNECTION}
    assert scripted(server_with(mails)) == Mailbox.State.OK
    assert list(Ticket.objects.values_list("subject", flat=True)) == ["One"]


@pytest.mark.parametrize("greeting", [b"* OK IMAP4\r\n", b"-ERR busy\r\n"])
def test_a_server_that_is_no_pop3_server_is_reported(greeting: bytes) -> None:
    with (
        Scripted(greeting, lambda line: b"") as server,
        pytest.raises(ConnectionFailed) as caught,
        Pop3Session(plain(server.port)),
    ):
        pass
    assert str(server.port) in caught.value.message
    assert "b'" not in caught.value.message


def test_no_password_is_sent_where_starttls_is_missing() -> None:
    with Scripted(b"+OK\r\n", lambda line: b"-ERR what?\r\n") as server:
        account = plain(server.port)
        with (
            pytest.raises(ConnectionFailed),
            Pop3Session(type(account)(**{**vars(account), "security": Security.STARTTLS})),
        ):
            pass
    assert not any(line.startswith((b"USER", b"PASS")) for line in server.heard)
