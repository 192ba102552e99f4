"""Signing in at a provider: the way there and back, tokens that rotate, refusals, and real servers that check them."""

import base64
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.tests.servers.authorisation_server import CLIENT, SECRET, AuthorisationServer
from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.rude import Proxy, Scripted
from helpdesk.tests.servers.submission import Submission
from mailboxes.connections.account import Account, ConnectionFailed, LoginRefused, Security
from mailboxes.fetching.fetch import fetch
from mailboxes.models import Mailbox, OAuthAccount
from mailboxes.oauth import providers
from mailboxes.oauth.tokens import account_for
from mailboxes.sending.smtp import Sender
from mailboxes.tasks import watch
from mailboxes.tests.mails import mail
from recipients.models import User
from tickets.models import Outbox, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthorisationServer]:
    """Microsoft's and Google's endpoints are a server of this process."""
    with AuthorisationServer() as server:
        ours = {name: replace(each, token_url=server.url) for name, each in providers.PROVIDERS.items()}
        monkeypatch.setattr(providers, "PROVIDERS", ours)
        yield server


@pytest.fixture
def oauth(support: Mailbox) -> OAuthAccount:
    """The mailbox signs in with Google, by an application that is registered; nobody has signed in yet."""
    Mailbox.objects.update(sign_in="google", imap_password="", smtp_password="")
    support.refresh_from_db()
    return OAuthAccount.objects.create(mailbox=support, client_id=CLIENT, client_secret=SECRET)


@pytest.fixture
def connected(oauth: OAuthAccount, provider: AuthorisationServer, as_ada: Client) -> OAuthAccount:
    """Ada has signed in."""
    signed_in(as_ada, oauth, provider)
    oauth.refresh_from_db()
    assert oauth.refresh_token
    return oauth


def start(client: Client, oauth: OAuthAccount) -> str:
    """The address of the provider's page."""
    answer = client.get(reverse("settings:sign_in_start", args=[oauth.mailbox_id]))
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def signed_in(client: Client, oauth: OAuthAccount, provider: AuthorisationServer, **changes: str) -> str:
    """What the page says after the way there and back."""
    back = provider.sign_in(start(client, oauth)) | changes
    return client.get(reverse("settings:sign_in_done"), back, follow=True).content.decode()


def bearer(oauth: OAuthAccount, **how: Any) -> str:
    mailbox = Mailbox.objects.get(pk=oauth.mailbox_id)
    return account_for(mailbox, mailbox.imap_account, **how).bearer


def ended(oauth: OAuthAccount, **past: Any) -> None:
    """Some time later: the access token has ended."""
    long_ago = timezone.now() - timedelta(hours=2)
    OAuthAccount.objects.filter(pk=oauth.pk).update(**{"expires_at": long_ago, "refreshed_at": long_ago} | past)


def test_the_way_there_asks_for_lasting_access_with_pkce(oauth: OAuthAccount, as_ada: Client) -> None:
    address = start(as_ada, oauth)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith("https://accounts.google.com/")
    assert (asked["access_type"], asked["prompt"], asked["code_challenge_method"]) == ("offline", "consent", "S256")
    assert asked["redirect_uri"].endswith(reverse("settings:sign_in_done"))
    assert SECRET not in address


def test_signing_in_connects_the_mailbox_and_the_page_says_as_whom(
    oauth: OAuthAccount, provider: AuthorisationServer, as_ada: Client
) -> None:
    page = signed_in(as_ada, oauth, provider)
    assert "carla@acme.example" in page
    assert "Sign in again" in page
    oauth.refresh_from_db()
    secrets = (oauth.access_token, oauth.refresh_token, SECRET)
    assert all(secret and secret not in page for secret in secrets)
    stored = str(list(OAuthAccount.objects.extra(select={"raw": "refresh_token"}).values_list("raw", flat=True)))
    assert oauth.refresh_token not in stored


@pytest.mark.parametrize("state", ["", "another"])
def test_a_browser_that_did_not_set_out_is_sent_away(
    oauth: OAuthAccount, provider: AuthorisationServer, as_ada: Client, state: str
) -> None:
    assert "was not started here" in signed_in(as_ada, oauth, provider, state=state)
    assert not provider.asked


def test_the_way_back_can_be_gone_once(oauth: OAuthAccount, provider: AuthorisationServer, as_ada: Client) -> None:
    back = provider.sign_in(start(as_ada, oauth))
    as_ada.get(reverse("settings:sign_in_done"), back)
    assert "was not started here" in as_ada.get(reverse("settings:sign_in_done"), back, follow=True).content.decode()
    assert len(provider.asked) == 1


def test_who_declines_is_told_so_and_nothing_changes(
    oauth: OAuthAccount, provider: AuthorisationServer, as_ada: Client
) -> None:
    page = signed_in(as_ada, oauth, provider, code="", error="access_denied<script>")
    assert "was not completed (access_denied&lt;script&gt;)" in page


def test_a_rotated_refresh_token_is_kept_and_used_next(connected: OAuthAccount, provider: AuthorisationServer) -> None:
    # L38
    first = connected.refresh_token
    ended(connected)
    assert bearer(connected)
    connected.refresh_from_db()
    assert connected.refresh_token not in ("", first)
    ended(connected)
    assert bearer(connected)
    assert [form["grant_type"] for form in provider.asked] == ["authorization_code", "refresh_token", "refresh_token"]


def test_an_answer_without_a_refresh_token_leaves_the_one_there_is(
    connected: OAuthAccount, provider: AuthorisationServer
) -> None:
    provider.rotates = False
    ended(connected)
    bearer(connected)
    before = connected.refresh_token
    connected.refresh_from_db()
    assert connected.refresh_token == before


def test_a_token_that_holds_is_not_asked_for_again(connected: OAuthAccount, provider: AuthorisationServer) -> None:
    bearer(connected)
    bearer(connected)
    assert len(provider.asked) == 1


def test_what_another_worker_renews_is_waited_for_while_the_old_one_holds(
    connected: OAuthAccount, provider: AuthorisationServer
) -> None:
    assert OAuthAccount.objects.get().take()
    ended(connected, expires_at=timezone.now() + timedelta(minutes=2))
    assert bearer(connected) == connected.access_token
    ended(connected)
    with pytest.raises(ConnectionFailed) as caught:
        bearer(connected)
    assert caught.value.temporary
    assert len(provider.asked) == 1


@pytest.mark.parametrize("seconds", [None, -5, 0, 10**12])
def test_nobodys_clock_is_believed(connected: OAuthAccount, provider: AuthorisationServer, seconds: object) -> None:
    provider.expires_in = seconds
    ended(connected)
    bearer(connected)
    connected.refresh_from_db()
    assert timezone.now() < (connected.expires_at or timezone.now()) <= timezone.now() + timedelta(days=1)


def test_a_refusal_is_a_refused_login_that_administrators_hear_of(
    connected: OAuthAccount, provider: AuthorisationServer, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    # L38
    provider.error = "invalid_grant"
    ended(connected)
    with caplog.at_level(logging.DEBUG):
        assert fetch(connected.mailbox_id).state == Mailbox.State.LOGIN
    assert Outbox.objects.filter(recipient=ada.email, text__contains="Google refused the sign-in").count() == 1
    connected.refresh_from_db()
    assert "invalid_grant" in connected.trouble
    said = connected.trouble + Outbox.objects.get().text + caplog.text
    assert not any(secret in said for secret in (connected.refresh_token, connected.access_token, SECRET))


@pytest.mark.parametrize("trouble", [{"status": 503}, {"status": 200}, {"answer": {"access_token": ["x"]}}])
def test_a_provider_in_trouble_is_asked_again_later(
    connected: OAuthAccount, provider: AuthorisationServer, trouble: dict[str, Any]
) -> None:
    for name, value in trouble.items():
        setattr(provider, name, value)
    ended(connected)
    with pytest.raises(ConnectionFailed) as caught:
        bearer(connected)
    assert caught.value.temporary
    assert not isinstance(caught.value, LoginRefused)
    connected.refresh_from_db()
    assert connected.refresh_token
    assert not connected.claim


def test_an_application_signs_in_by_itself(
    oauth: OAuthAccount, provider: AuthorisationServer, support: Mailbox
) -> None:
    Mailbox.objects.update(sign_in="microsoft")
    OAuthAccount.objects.update(grant="client", tenant="acme.example")
    assert bearer(oauth)
    assert provider.asked[0]["scope"] == "https://outlook.office365.com/.default"
    assert not OAuthAccount.objects.get().refresh_token


def test_the_form_keeps_the_secret_and_forgets_tokens_of_another_application(
    connected: OAuthAccount, as_ada: Client
) -> None:
    url = reverse("settings:sign_in", args=[connected.mailbox_id])
    as_ada.post(url, {"client_id": CLIENT, "client_secret": "", "secret_expires_on": "2027-01-01"})
    connected.refresh_from_db()
    assert (connected.client_secret, bool(connected.refresh_token)) == (SECRET, True)
    as_ada.post(url, {"client_id": "another", "client_secret": ""})
    connected.refresh_from_db()
    assert (connected.client_secret, connected.refresh_token, connected.access_token) == ("", "", "")


def test_administrators_are_told_before_the_secret_ends(connected: OAuthAccount, ada: User) -> None:
    # L38
    def told(days: int) -> int:
        OAuthAccount.objects.update(secret_expires_on=timezone.localdate() + timedelta(days=days))
        watch()
        return Outbox.objects.filter(recipient=ada.email, subject__contains="secret").count()

    assert [told(days) for days in (20, 14, 13, 2, 1, 1, 0)] == [0, 1, 1, 1, 2, 2, 2]


def test_the_test_of_a_mailbox_that_nobody_signed_in_to_says_so(oauth: OAuthAccount, as_ada: Client) -> None:
    page = as_ada.get(reverse("settings:mailbox", args=[oauth.mailbox_id])).content.decode()
    assert "Nobody has signed in yet." in page
    assert fetch(oauth.mailbox_id).state == Mailbox.State.LOGIN


@pytest.mark.servers
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("mechanism", [b"XOAUTH2", b"OAUTHBEARER"])
def test_a_real_server_lets_the_token_in_though_somebody_else_signed_in(
    connected: OAuthAccount, provider: AuthorisationServer, dovecot: Dovecot, protocol: str, mechanism: bytes
) -> None:
    provider.mailbox = user = f"shared-{protocol}-{mechanism.decode().lower()}"
    port = dovecot.port if protocol == "imap" else dovecot.pop3_port
    dovecot.deliver(user, mail())
    hide = b"OAUTHBEARER" if mechanism == b"XOAUTH2" else b"XOAUTH2"
    with Proxy(port, lambda said: said.replace(hide, b"X" * len(hide))) as line:
        Mailbox.objects.update(imap_port=line.port, imap_username=user, protocol=protocol)
        ended(connected)
        assert fetch(connected.mailbox_id).state == Mailbox.State.OK, Mailbox.objects.get().state_message
    assert Ticket.objects.count() == 1


@pytest.mark.servers
@pytest.mark.parametrize("mechanism", [b"XOAUTH2", b"OAUTHBEARER"])
def test_a_real_server_takes_mail_by_the_token_and_refuses_what_is_none(
    provider: AuthorisationServer, dovecot: Dovecot, mechanism: bytes
) -> None:
    provider.mailbox = user = f"writes-{mechanism.decode().lower()}"
    hide = b"OAUTHBEARER" if mechanism == b"XOAUTH2" else b"XOAUTH2"
    with (
        Submission(port=dovecot.relay_port) as relay,
        Proxy(dovecot.smtp_port, lambda said: said.replace(hide, b"X" * len(hide))) as line,
    ):
        account = Account("127.0.0.1", line.port, Security.PLAIN, user, bearer=provider.token(100))
        with Sender(account) as sender:
            assert sender.send("support@helpdesk.example", ["carla@acme.example"], mail()) == {}
        assert b"AUTH " + mechanism in line.heard
        for token in (provider.token(-100), provider.token(100) + "x"):
            with pytest.raises(LoginRefused), Sender(replace(account, bearer=token)):
                pass
        with pytest.raises(LoginRefused), Sender(replace(account, username="somebody-else")):
            pass
    assert [each.recipients for each in relay.received] == [["carla@acme.example"]]


@pytest.mark.servers
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_token_that_the_server_refuses_is_renewed_once(
    connected: OAuthAccount, provider: AuthorisationServer, dovecot: Dovecot, protocol: str
) -> None:
    provider.mailbox = user = f"skewed-{protocol}"
    port = dovecot.port if protocol == "imap" else dovecot.pop3_port
    Mailbox.objects.update(imap_port=port, imap_username=user, protocol=protocol)
    hour = timezone.now() + timedelta(hours=1)  # our clock says that it holds, the server's that it does not
    OAuthAccount.objects.filter().update(refreshed_at=timezone.now() - timedelta(hours=2), expires_at=hour)
    stale = OAuthAccount.objects.get()
    stale.access_token = provider.token(-100)
    stale.save()
    assert fetch(connected.mailbox_id).state == Mailbox.State.OK
    provider.mailbox = "somebody-else"
    ended(connected)
    assert fetch(connected.mailbox_id).state == Mailbox.State.LOGIN
    assert "Sign in again" in Mailbox.objects.get().state_message


def smtp(mechanism: bytes, answer: bytes) -> Callable[[bytes], bytes]:
    def reply(line: bytes) -> bytes:
        if line.upper().startswith(b"EHLO"):
            return b"250-hi\r\n250 AUTH " + mechanism + b"\r\n"
        if line.startswith(b"AUTH"):
            return answer
        return b"535 5.7.8 no\r\n" if line in (b"\r\n", b"AQ==\r\n") else b"221 bye\r\n"

    return reply


@pytest.mark.parametrize(
    ("mechanism", "said"),
    [
        (b"XOAUTH2", b"user=support\x01auth=Bearer token\x01\x01"),
        (b"OAUTHBEARER", b"n,a=support,\x01host=127.0.0.1\x01port=%d\x01auth=Bearer token\x01\x01"),
    ],
)
def test_smtp_says_the_token_and_takes_a_refusal(mechanism: bytes, said: bytes) -> None:
    def account(port: int) -> Account:
        return Account("127.0.0.1", port, Security.PLAIN, "support", bearer="token")

    with Scripted(b"220 hi\r\n", smtp(mechanism, b"235 ok\r\n")) as server:
        with Sender(account(server.port)):
            pass
        heard = next(line for line in server.heard if line.startswith(b"AUTH"))
        expected = said % server.port if b"%d" in said else said
        assert base64.b64decode(heard.split()[2]) == expected
    with (
        Scripted(b"220 hi\r\n", smtp(mechanism, b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n")) as server,
        pytest.raises(LoginRefused),
        Sender(account(server.port)),
    ):
        pass
