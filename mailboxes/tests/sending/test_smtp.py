"""Mail leaves byte for byte, and whoever is refused is known, with the reason and whether it may pass."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers.certificates import write_certificate
from helpdesk.tests.servers.rude import Proxy, Scripted, plain
from helpdesk.tests.servers.submission import Submission
from mailboxes.connections.account import ConnectionFailed, LoginRefused, Security, Step, TlsFailed
from mailboxes.sending import smtp
from mailboxes.sending.smtp import Sender, Stage

US, CARLA, MALLORY = "support@helpdesk.example", "carla@acme.example", "mallory@evil.example"
MAIL = b"From: support@helpdesk.example\r\nSubject: Hello\r\n\r\nHello Carla\r\n"


@pytest.fixture
def submission() -> Iterator[Submission]:
    with Submission() as server:
        yield server


@pytest.fixture
def secured(tmp_path: Path) -> Callable[[Security], Submission]:
    """A server with a certificate of its own."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    write_certificate(certificate, key)
    return lambda security: Submission(security, str(certificate), str(key))


def test_mail_arrives_in_the_mailboxes_of_its_recipients(mail_server: MailServer) -> None:
    with Sender(mail_server.smtp_account("support")) as sender:
        assert sender.send(US, ["support+tag@helpdesk.example", CARLA], MAIL) == {}

    (ours,) = mail_server.messages("support")
    (carlas,) = mail_server.messages(mail_server.catch_all)
    assert ours.startswith(b"Return-Path: <support@helpdesk.example>\r\nDelivered-To: support+tag@helpdesk.example\r\n")
    assert b"\r\nDelivered-To: carla@acme.example\r\n" in carlas
    assert ours.endswith(MAIL)
    assert carlas.endswith(MAIL)


def test_several_mails_leave_over_one_connection(submission: Submission) -> None:
    with Sender(submission.account()) as sender:
        for number in range(3):
            assert sender.send(US, [CARLA], MAIL + b"%d\r\n" % number) == {}

    assert [mail.content for mail in submission.received] == [MAIL + b"%d\r\n" % number for number in range(3)]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (b"a: b\n\none\rtwo\r\n\nthree", b"a: b\r\n\r\none\r\ntwo\r\n\r\nthree\r\n"),
        (b"a: b\r\n\r\n.\r\n..\r\n.dot\r\nQUIT\r\n", b"a: b\r\n\r\n.\r\n..\r\n.dot\r\nQUIT\r\n"),
        (b".\r\nMAIL FROM:<x@y>\r\n", b".\r\nMAIL FROM:<x@y>\r\n"),
        (b"Subject: Gr\xfc\xdfe\r\n\r\n\xff\xfe\x00\r\n", b"Subject: Gr\xfc\xdfe\r\n\r\n\xff\xfe\x00\r\n"),
        (b"a: b\r\n\r\n" + b"0123456789\r\n" * 30_000, b"a: b\r\n\r\n" + b"0123456789\r\n" * 30_000),
        (b"", b""),
    ],
)
def test_bytes_arrive_as_they_are_with_whole_line_ends(submission: Submission, given: bytes, sent: bytes) -> None:
    with Sender(submission.account()) as sender:
        assert sender.send(US, [CARLA], given) == {}

    (mail,) = submission.received
    assert mail.content == sent


def test_the_null_sender_is_sent_as_such(submission: Submission) -> None:
    with Sender(submission.account()) as sender:
        assert sender.send("", [CARLA], MAIL) == {}

    assert submission.received[0].sender == ""


def test_one_refused_recipient_does_not_stop_the_others(submission: Submission) -> None:
    submission.answers = {CARLA: "550 5.1.1 No such user", MALLORY: "451 4.7.1 Greylisted, try again later"}

    with Sender(submission.account()) as sender:
        refusals = sender.send(US, [CARLA, MALLORY, US], MAIL)

    assert {who: (refusal.code, refusal.temporary, refusal.stage) for who, refusal in refusals.items()} == {
        CARLA: (550, False, Stage.RECIPIENT),
        MALLORY: (451, True, Stage.RECIPIENT),
    }
    assert refusals[CARLA].reply == "5.1.1 No such user"
    assert [mail.recipients for mail in submission.received] == [[US]]


def test_when_all_are_refused_nothing_is_sent_and_the_next_mail_is(submission: Submission) -> None:
    submission.answers = {CARLA: "550 No such user"}

    with Sender(submission.account()) as sender:
        assert set(sender.send(US, [CARLA], MAIL)) == {CARLA}
        assert sender.send(US, [US], MAIL) == {}

    assert [mail.recipients for mail in submission.received] == [[US]]


@pytest.mark.parametrize(
    ("where", "reply", "stage", "temporary"),
    [
        (US, "553 5.7.1 Not your address", Stage.SENDER, False),
        (US, "452 4.3.1 Insufficient storage", Stage.SENDER, True),
        ("DATA", "554 5.6.0 Looks like spam", Stage.MESSAGE, False),
        ("DATA", "451 4.3.0 Scanner is busy", Stage.MESSAGE, True),
    ],
)
def test_a_refused_mail_says_nothing_about_its_recipients(
    submission: Submission, where: str, reply: str, stage: Stage, *, temporary: bool
) -> None:
    submission.answers = {where: reply}

    with Sender(submission.account()) as sender:
        refusals = sender.send(US, [CARLA, MALLORY], MAIL)
        submission.answers = {}
        assert sender.send(US, [CARLA], MAIL) == {}

    assert set(refusals) == {CARLA, MALLORY}
    assert {(refusal.stage, refusal.temporary) for refusal in refusals.values()} == {(stage, temporary)}
    assert len(submission.received) == 1


@pytest.mark.parametrize(
    "address",
    ["carla@acme.example>\r\nRCPT TO:<mallory@evil.example", "a b@acme.example", "<carla@acme.example>", "x\0@y"],
)
def test_an_address_never_becomes_a_command_or_another_address(submission: Submission, address: str) -> None:
    with Sender(submission.account()) as sender:
        refusals = sender.send(US, [address, CARLA], MAIL)

    assert set(refusals) == {address}
    assert not refusals[address].temporary
    assert [mail.recipients for mail in submission.received] == [[CARLA]]


def test_international_addresses_are_sent_with_smtputf8(submission: Submission) -> None:
    with Sender(submission.account()) as sender:
        assert sender.send(US, ["jürgen@bücher.example"], "Subject: Grüße\r\n\r\nHallo\r\n".encode()) == {}

    (mail,) = submission.received
    assert mail.recipients == ["jürgen@bücher.example"]
    assert {"SMTPUTF8", "BODY=8BITMIME"} <= set(mail.options)


def test_a_server_without_smtputf8_takes_the_others() -> None:
    with Submission(enable_SMTPUTF8=False) as server, Sender(server.account()) as sender:
        refusals = sender.send(US, ["jürgen@acme.example", CARLA], MAIL)

    assert list(refusals) == ["jürgen@acme.example"]
    assert not refusals["jürgen@acme.example"].temporary
    assert [mail.recipients for mail in server.received] == [[CARLA]]


def test_plain_mail_asks_for_nothing_special(submission: Submission) -> None:
    with Sender(submission.account()) as sender:
        sender.send(US, [CARLA], MAIL)

    assert submission.received[0].options == [f"SIZE={len(MAIL)}"]


def test_a_mail_that_is_too_large_is_refused_before_it_is_sent() -> None:
    with Submission(data_size_limit=1000) as server, Sender(server.account()) as sender:
        refusals = sender.send(US, [CARLA], MAIL + b"x" * 2000)

    assert refusals[CARLA].code == 552
    assert refusals[CARLA].stage is Stage.SENDER


@pytest.mark.parametrize("security", list(Security))
def test_the_test_of_a_connection_names_every_step_and_sends_nothing(
    secured: Callable[[Security], Submission], security: Security
) -> None:
    with secured(security) as server:
        results = smtp.test_connection(server.account())

    protected = {Security.TLS: [Step.TLS], Security.STARTTLS: [Step.STARTTLS], Security.PLAIN: []}[security]
    assert [result.step for result in results] == [Step.RESOLVE, Step.CONNECT, *protected, Step.LOGIN]
    assert all(result.ok and result.detail for result in results)
    assert server.received == []


def test_the_test_of_a_connection_stops_at_the_first_failure(submission: Submission) -> None:
    def failing(**changes: object) -> tuple[Step, int]:
        results = smtp.test_connection(replace(submission.account(), **changes))
        assert [result.ok for result in results] == [True] * (len(results) - 1) + [False]
        return results[-1].step, len(results)

    assert failing(host="mail.no-such-host.invalid") == (Step.RESOLVE, 1)
    assert failing(port=1) == (Step.CONNECT, 2)
    assert failing(security=Security.TLS) == (Step.TLS, 3)
    assert failing(security=Security.STARTTLS) == (Step.STARTTLS, 3)
    assert failing(password="wrong") == (Step.LOGIN, 3)


def test_a_relay_without_sign_in_needs_no_password() -> None:
    with Submission() as server, Sender(server.account(user="", password="")) as sender:
        assert sender.send(US, [CARLA], MAIL) == {}


def test_credentials_may_have_any_character(submission: Submission) -> None:
    with Sender(submission.account(user="grüße an alle")) as sender:
        assert sender.send(US, [CARLA], MAIL) == {}


def test_old_servers_are_signed_in_to_with_login() -> None:
    with Submission(auth_exclude_mechanism=["PLAIN"]) as server, Sender(server.account()) as sender:
        assert sender.send(US, [CARLA], MAIL) == {}


def test_a_refused_login_says_so_without_the_password(submission: Submission) -> None:
    account = submission.account(password="not-the-secret")

    with pytest.raises(LoginRefused) as caught, Sender(account):
        pass

    assert not caught.value.temporary
    assert account.server in caught.value.message
    assert "535" in caught.value.message
    assert "not-the-secret" not in caught.value.message + repr(account)


@pytest.mark.parametrize(
    ("replies", "kind", "temporary"),
    [
        ({b"AUTH": b"454 4.7.0 Temporary authentication failure"}, ConnectionFailed, True),
        ({b"AUTH": b"535 5.7.8 Wrong"}, LoginRefused, False),
        ({b"EHLO": b"250 mail.example"}, LoginRefused, False),
    ],
)
def test_a_login_that_cannot_work_now_is_told_from_a_wrong_password(
    replies: dict[bytes, bytes], kind: type[ConnectionFailed], *, temporary: bool
) -> None:
    with (
        Scripted(b"220 Hi\r\n", smtp_replies(replies)) as server,
        pytest.raises(ConnectionFailed) as caught,
        Sender(plain(server.port)),
    ):
        pass

    assert type(caught.value) is kind
    assert (caught.value.step, caught.value.temporary) == (Step.LOGIN, temporary)


def test_a_server_that_wants_a_login_before_mail_says_nothing_about_recipients() -> None:
    replies = smtp_replies({b"MAIL": b"530 5.7.0 Authentication required"})

    with (
        Scripted(b"220 Hi\r\n", replies) as server,
        Sender(replace(plain(server.port), username="")) as sender,
        pytest.raises(LoginRefused),
    ):
        sender.send(US, [CARLA], MAIL)


def test_stripped_starttls_ends_the_connection_before_any_password(secured: Callable[[Security], Submission]) -> None:
    # L44
    with (
        secured(Security.STARTTLS) as server,
        Proxy(server.port, lambda said: said.replace(b"STARTTLS", b"XXXXXXXX")) as attacker,
        pytest.raises(TlsFailed) as caught,
        Sender(replace(server.account(), port=attacker.port)),
    ):
        pass

    assert caught.value.step is Step.STARTTLS
    assert not caught.value.temporary
    assert b"AUTH" not in attacker.heard
    assert b"MAIL" not in attacker.heard


def test_refused_starttls_ends_the_connection_before_any_password() -> None:
    # L44
    replies = smtp_replies({b"EHLO": b"250-mail.example\r\n250 STARTTLS", b"STARTTLS": b"454 TLS not available"})

    with (
        Scripted(b"220 Hi\r\n", replies) as server,
        pytest.raises(TlsFailed),
        Sender(replace(plain(server.port), security=Security.STARTTLS)),
    ):
        pass

    assert [line.split()[0] for line in server.heard] == [b"ehlo", b"STARTTLS"]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_of_an_unknown_authority_is_refused(
    secured: Callable[[Security], Submission], security: Security
) -> None:
    with secured(security) as server:
        account = replace(server.account(), authorities="")
        with pytest.raises(TlsFailed, match="not trusted"), Sender(account):
            pass
        with Sender(replace(account, verify=False)) as sender:
            assert sender.send(US, [CARLA], MAIL) == {}


@pytest.mark.parametrize("command", [b"MAIL FROM", b"RCPT TO", b"DATA", b"\r\n.\r\n"])
@pytest.mark.parametrize("stall", [False, True])
def test_a_connection_that_breaks_or_stalls_is_a_temporary_failure(
    submission: Submission, command: bytes, *, stall: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "PATIENCE", 2)

    with Proxy(submission.port, trigger=command, then=2, stall=stall) as line:
        account = replace(submission.account(), port=line.port, timeout=3.0 if stall else 60.0)
        with Sender(account) as sender, pytest.raises(ConnectionFailed) as caught:
            sender.send(US, [CARLA], MAIL)

    assert caught.value.step is Step.SEND
    assert caught.value.temporary
    assert account.server in caught.value.message


@pytest.mark.parametrize("command", [b"MAIL", b"RCPT", b"DATA"])
@pytest.mark.parametrize("answer", [b"421 4.3.2 Going down", b"what?", b"999 beyond", b"x" * 20_000])
def test_going_down_and_nonsense_are_temporary_failures(command: bytes, answer: bytes) -> None:
    with (
        Scripted(b"220 Hi\r\n", smtp_replies({command: answer})) as server,
        Sender(plain(server.port)) as sender,
        pytest.raises(ConnectionFailed) as caught,
    ):
        sender.send(US, [CARLA], MAIL)

    assert caught.value.temporary


@pytest.mark.parametrize(
    ("greeting", "words", "temporary"),
    [
        (b"421 Too busy\r\n", "like an SMTP server (“421 Too busy”)", True),
        (b"554 No service for you\r\n", "No service for you", False),
        (b"* OK IMAP4rev1 ready\r\n", "like an SMTP server", True),
        (None, "did not answer within 1 seconds", True),
    ],
)
def test_a_server_that_is_not_ready_for_mail_is_reported(
    greeting: bytes | None, words: str, *, temporary: bool
) -> None:
    with (
        Scripted(greeting, lambda line: b"") as server,
        pytest.raises(ConnectionFailed) as caught,
        Sender(replace(plain(server.port), timeout=1.0)),
    ):
        pass

    assert caught.value.step is Step.CONNECT
    assert caught.value.temporary == temporary
    assert words in caught.value.message


def smtp_replies(answers: dict[bytes, bytes]) -> Callable[[bytes], bytes]:
    """A small SMTP server that is content with everything but what `answers` says."""
    known = {b"EHLO": b"250-mail.example\r\n250 AUTH PLAIN", b"AUTH": b"235 Welcome", b"DATA": b"354 Go on"} | answers

    def reply(line: bytes) -> bytes:
        verb = line.split()[0].upper()
        return known.get(verb, b"250 OK") + b"\r\n"

    return reply
