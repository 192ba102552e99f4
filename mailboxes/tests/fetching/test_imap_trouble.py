"""Whatever an IMAP server does wrong is a clear, temporary failure, and no mail is lost by it."""

from dataclasses import replace

import pytest

from helpdesk.tests.servers.mailbox import Mailbox, Opened, mail
from helpdesk.tests.servers.rude import Proxy, Scripted, imap_replies, plain
from mailboxes.connections.account import ConnectionFailed, Security, Step
from mailboxes.fetching import imap_session
from mailboxes.fetching.imap_session import Envelope, FolderGone, Session


def test_a_connection_cut_in_mid_message_is_temporary_and_quick(imap_mailbox: Mailbox) -> None:
    imap_mailbox.deliver(mail("Large", "x" * 500_000))

    with (
        Proxy(imap_mailbox.account.port, trigger=b"BODY.PEEK", then=100_000) as line,
        pytest.raises(ConnectionFailed) as caught,
        Opened(replace(imap_mailbox.account, port=line.port)) as session,
    ):
        session.raw(*session.uids_after(0))

    assert caught.value.step is Step.FETCH
    assert caught.value.temporary
    assert str(line.port) in caught.value.message
    assert len(imap_mailbox.messages()) == 1


def use_everything(session: Session) -> None:
    uids = session.uids_after(0)
    session.raw(uids[0])
    session.mark_seen(uids)
    session.move(uids, "Done")


@pytest.mark.parametrize("trigger", [b"SEARCH", b"BODY.PEEK", b"MOVE", b"STORE"])
def test_a_server_that_falls_silent_is_left_after_the_timeout(dovecot_mailbox: Mailbox, trigger: bytes) -> None:
    dovecot_mailbox.folder("Done")
    dovecot_mailbox.deliver(mail("Large", "x" * 50_000))

    with Proxy(dovecot_mailbox.account.port, trigger=trigger, then=5, stall=True) as line:
        account = replace(dovecot_mailbox.account, port=line.port, timeout=1.0)
        with pytest.raises(ConnectionFailed) as caught, Opened(account) as session:
            use_everything(session)

    assert caught.value.temporary
    assert "1 seconds" in caught.value.message


def test_a_server_that_never_greets_is_left_after_the_timeout() -> None:
    with Scripted(None) as server:
        with pytest.raises(ConnectionFailed) as caught, Session(replace(plain(server.port), timeout=1.0)):
            pass
        with (
            pytest.raises(ConnectionFailed) as in_tls,
            Session(replace(plain(server.port), timeout=1.0, security=Security.TLS)),
        ):
            pass

    assert (caught.value.step, in_tls.value.step) == (Step.CONNECT, Step.TLS)
    assert caught.value.temporary


@pytest.mark.parametrize(
    ("greeting", "temporary"),
    [(b"220 smtp.example ESMTP\r\n", False), (b"* BYE Too many connections\r\n", True), (b"\xff\xfe\r\n", False)],
)
def test_a_server_that_is_not_ready_for_imap_is_reported(greeting: bytes, *, temporary: bool) -> None:
    with (
        Scripted(greeting, lambda line: b"") as server,
        pytest.raises(ConnectionFailed) as caught,
        Session(plain(server.port)),
    ):
        pass

    assert caught.value.step is Step.CONNECT
    assert caught.value.temporary == temporary


BROKEN = {
    "bye": b"* BYE [UNAVAILABLE] Shutting down\r\n",
    "no line": b"* 1 FETCH (UID 1 BODY[] {5}\r\nab",
    "lies about the size": b"* 1 FETCH (UID 1 BODY[] {-3}\r\nabc)\r\nTAG OK done\r\n",
    "absurd literal": b"* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n",
    "unbalanced": b"* 1 FETCH (UID 1 BODY[] \r\nTAG OK done\r\n",
    "noise": b"\x00\xff\xfe not imap\r\n",
    "endless line": b"* OK " + b"x" * 1_500_000 + b"\r\n",
    "another tag": b"ZZZZ999 OK done\r\n",
    "no number": b"* 1 FETCH (UID x BODY[] {1}\r\na)\r\nTAG OK done\r\n",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_broken_answers_are_temporary_failures_that_end_the_session(answer: bytes) -> None:
    def reply(line: bytes) -> bytes:
        tag = line.split()[0]
        return answer.replace(b"TAG", tag) if b"BODY.PEEK" in line else imap_replies(b"NOTHING", b"")(line)

    with Scripted(b"* OK Hi\r\n", reply) as server, Opened(replace(plain(server.port), timeout=3.0)) as session:
        with pytest.raises(ConnectionFailed) as caught:
            session.raw(1)
        with pytest.raises(ConnectionFailed):
            session.uids_after(0)  # what is left of the broken answer must not be read as the next one

    assert caught.value.step is Step.FETCH
    assert caught.value.temporary


@pytest.mark.parametrize("quota", [b"NO [OVERQUOTA] Quota exceeded", b"NO [LIMIT] Slow down"])
def test_a_quota_is_a_temporary_failure(quota: bytes) -> None:
    with (
        Scripted(b"* OK Hi\r\n", imap_replies(b"BODY.PEEK", quota)) as server,
        Opened(plain(server.port)) as session,
        pytest.raises(imap_session.ServerRefused) as caught,
    ):
        session.raw(1)

    assert caught.value.temporary
    assert quota.decode()[3:] in caught.value.message


def test_one_message_the_server_cannot_read_stops_no_other() -> None:
    def reply(line: bytes) -> bytes:
        tag, *rest = line.split()
        if b"BODY.PEEK" not in line:
            return imap_replies(b"NOTHING", b"")(line)
        if b"2" in rest[2].split(b","):
            return tag + b" NO The requested message could not be converted to an RFC-822 compatible format.\r\n"
        return b"* " + rest[2] + b" FETCH (UID " + rest[2] + b" BODY[] {5}\r\nHello)\r\n" + tag + b" OK done\r\n"

    with Scripted(b"* OK Hi\r\n", reply) as server, Opened(plain(server.port)) as session:
        fetched = list(session.raw_many({uid: Envelope(5, None, frozenset()) for uid in (1, 2, 3)}))  # L03

    assert [each.raw for each in fetched] == [b"Hello", None, b"Hello"]
    assert [bool(each.refusal) for each in fetched] == [False, True, False]


def test_flags_of_other_messages_that_arrive_in_between_are_not_mail() -> None:
    def reply(line: bytes) -> bytes:
        if b"BODY.PEEK" not in line:
            return imap_replies(b"NOTHING", b"")(line)
        return b"* 7 FETCH (FLAGS (\\Seen))\r\n* 8 EXISTS\r\n" + line.split()[0] + b" OK done\r\n"

    with Scripted(b"* OK Hi\r\n", reply) as server, Opened(plain(server.port)) as session:
        assert session.raw(7) is None


def test_numbers_of_other_messages_that_arrive_in_between_are_not_uids() -> None:
    def reply(line: bytes) -> bytes:
        if b"RFC822.SIZE" not in line:
            return imap_replies(b"NOTHING", b"")(line)
        asked = b'* 4 FETCH (UID 40 RFC822.SIZE 5 INTERNALDATE " 1-Nov-2026 08:00:00 +0000" FLAGS ())\r\n'
        return b"* 3 FETCH (FLAGS (\\Seen))\r\n" + asked + line.split()[0] + b" OK done\r\n"

    with Scripted(b"* OK Hi\r\n", reply) as server, Opened(plain(server.port)) as session:
        known = session.sizes_and_dates([40])

    assert {uid: envelope.size for uid, envelope in known.items()} == {40: 5}


def test_a_refused_folder_that_exists_is_not_gone() -> None:
    replies = imap_replies(b"SELECT", b"NO [UNAVAILABLE] Try again later")

    with (
        Scripted(b"* OK Hi\r\n", replies) as server,
        Session(plain(server.port)) as session,
        pytest.raises(imap_session.ServerRefused) as caught,
    ):
        session.select("INBOX", readonly=False)

    assert not isinstance(caught.value, FolderGone)
    assert caught.value.temporary
