"""Connecting to IMAP names the step that failed and never gives a password to a stranger."""

from dataclasses import replace

import pytest

from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.mailbox import Mailbox, mail
from helpdesk.tests.servers.rude import Proxy, Scripted, imap_replies, plain
from mailboxes.connections.account import ConnectionFailed, LoginRefused, Security, Step, TlsFailed
from mailboxes.fetching import imap_session
from mailboxes.fetching.imap_session import Session


@pytest.mark.parametrize("user", ["grüße@helpdesk.example", 'o"neil', "two words", "back\\slash"])
def test_user_names_may_have_any_character(dovecot: Dovecot, user: str) -> None:
    with Session(replace(dovecot.imap_account(), username=user)) as session:
        assert session.select("INBOX", readonly=True).exists == 0


@pytest.mark.parametrize("user", ['o"neil', "two words", "back\\slash"])
def test_user_names_are_quoted_for_servers_without_sasl(dovecot: Dovecot, user: str) -> None:
    with Proxy(dovecot.port, lambda said: said.replace(b" AUTH=PLAIN", b" XXXX=XXXXX")) as proxy:
        with Session(replace(dovecot.imap_account(), username=user, port=proxy.port)) as session:
            assert session.select("INBOX", readonly=True).exists == 0
        assert b" LOGIN " in proxy.heard


def test_a_refused_login_says_so_without_the_password(imap_mailbox: Mailbox) -> None:
    account = replace(imap_mailbox.account, password="not-the-secret")

    with pytest.raises(LoginRefused) as caught, Session(account):
        pass

    assert caught.value.step is Step.LOGIN
    assert not caught.value.temporary
    assert account.server in caught.value.message
    assert imap_mailbox.user in caught.value.message
    assert "not-the-secret" not in caught.value.message + repr(account)


@pytest.mark.parametrize(
    "reply",
    [
        b"NO [UNAVAILABLE] Temporary authentication failure.",
        b"NO [ALERT] Too many simultaneous connections. (Failure)",
        b"NO [OVERQUOTA] Account exceeded command or bandwidth limits.",
    ],
)
def test_a_busy_server_is_not_a_wrong_password(reply: bytes) -> None:
    with (
        Scripted(b"* OK [CAPABILITY IMAP4rev1] Hi\r\n", imap_replies(b"LOGIN", reply)) as server,
        pytest.raises(ConnectionFailed) as caught,
        Session(plain(server.port)),
    ):
        pass

    assert caught.value.step is Step.LOGIN
    assert caught.value.temporary
    assert not isinstance(caught.value, LoginRefused)


def test_a_server_that_echoes_the_password_does_not_get_it_into_our_messages() -> None:
    reply = b"NO Login as support with sesame failed"

    with (
        Scripted(b"* OK Hi\r\n", imap_replies(b"LOGIN", reply)) as server,
        pytest.raises(LoginRefused) as caught,
        Session(plain(server.port)),
    ):
        pass

    assert "sesame" not in caught.value.message
    assert "failed" in caught.value.message


@pytest.mark.parametrize("security", list(Security))
def test_the_test_of_a_connection_names_every_step_and_changes_nothing(
    dovecot: Dovecot, dovecot_mailbox: Mailbox, security: Security
) -> None:
    dovecot_mailbox.deliver(mail("One"))  # L15

    results = imap_session.test_connection(dovecot.imap_account(dovecot_mailbox.user, security), "INBOX")

    secured = {Security.TLS: [Step.TLS], Security.STARTTLS: [Step.STARTTLS], Security.PLAIN: []}[security]
    assert [result.step for result in results] == [
        Step.RESOLVE,
        Step.CONNECT,
        *secured,
        Step.LOGIN,
        Step.FOLDER,
        Step.LIST,
    ]
    assert all(result.ok and result.detail for result in results)
    with dovecot_mailbox.open() as session:
        (envelope,) = session.sizes_and_dates(session.uids_after(0)).values()
    assert "\\Recent" in envelope.flags
    assert "\\Seen" not in envelope.flags


def test_the_test_of_a_connection_stops_at_the_first_failure(imap_mailbox: Mailbox) -> None:
    def failing(**changes: object) -> tuple[Step, int]:
        results = imap_session.test_connection(replace(imap_mailbox.account, **changes), "INBOX")
        assert [result.ok for result in results] == [True] * (len(results) - 1) + [False]
        return results[-1].step, len(results)

    assert failing(host="mail.no-such-host.invalid") == (Step.RESOLVE, 1)
    assert failing(host="") == (Step.RESOLVE, 1)
    assert failing(host="bad..name") == (Step.RESOLVE, 1)
    assert failing(port=1) == (Step.CONNECT, 2)
    assert failing(security=Security.TLS) == (Step.TLS, 3)
    assert failing(password="wrong") == (Step.LOGIN, 3)
    assert imap_session.test_connection(imap_mailbox.account, "Nowhere")[-1].step is Step.FOLDER


def test_a_certificate_of_an_unknown_authority_is_refused(dovecot: Dovecot) -> None:
    for security in (Security.TLS, Security.STARTTLS):
        account = replace(dovecot.imap_account(security=security), authorities="")
        with pytest.raises(TlsFailed, match="not trusted"), Session(account):
            pass
        with Session(replace(account, verify=False)) as session:
            assert session.list_folders()


def test_a_certificate_of_another_name_is_refused(dovecot: Dovecot) -> None:
    elsewhere = Proxy(dovecot.tls_port)
    elsewhere.host = "127.0.0.2"
    with elsewhere:
        account = replace(dovecot.imap_account(security=Security.TLS), host=elsewhere.host, port=elsewhere.port)
        with pytest.raises(TlsFailed, match="not trusted"), Session(account):
            pass


def test_stripped_starttls_ends_the_connection_before_any_password(dovecot: Dovecot) -> None:
    # L44
    with Proxy(dovecot.port, lambda said: said.replace(b" STARTTLS", b" XXXXXXXX")) as attacker:
        account = replace(dovecot.imap_account(security=Security.STARTTLS), port=attacker.port)
        with pytest.raises(TlsFailed) as caught, Session(account):
            pass

    assert caught.value.step is Step.STARTTLS
    assert b"LOGIN" not in attacker.heard
    assert b"AUTHENTICATE" not in attacker.heard


@pytest.mark.parametrize("greeting", [b"* OK [CAPABILITY IMAP4rev1 STARTTLS] Hi\r\n", b"* PREAUTH Come in\r\n"])
def test_refused_starttls_ends_the_connection_before_any_password(greeting: bytes) -> None:
    # L44
    with Scripted(greeting, imap_replies(b"STARTTLS", b"NO Not today", capability=b"STARTTLS")) as server:
        account = replace(plain(server.port), security=Security.STARTTLS)
        with pytest.raises(TlsFailed), Session(account):
            pass

    assert not [line for line in server.heard if b"LOGIN" in line or b"AUTHENTICATE" in line]


@pytest.mark.parametrize(
    ("greeting", "said"), [(b"220 smtp.example ESMTP\r\n", "“220 smtp.example ESMTP”"), (None, "the server closed it")]
)
def test_what_went_wrong_is_said_in_words(greeting: bytes | None, said: str) -> None:
    def hang_up(line: bytes) -> bytes:
        return b""

    with (
        Scripted(greeting or b"* OK Hi\r\n", hang_up) as server,
        pytest.raises(ConnectionFailed) as caught,
        Session(plain(server.port)),
    ):
        pass
    assert said in caught.value.message
    assert "Errno" not in caught.value.message
