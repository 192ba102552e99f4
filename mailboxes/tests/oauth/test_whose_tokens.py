"""To whom do a provider's tokens go? To the servers they were given for, and to nobody else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import send_mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers.authorisation_server import CLIENT, SECRET, AuthorisationServer
from helpdesk.tests.servers.rude import Scripted
from helpdesk.tests.servers.submission import Submission
from mailboxes.accounts.oauth_views import OAuthForm
from mailboxes.fetching.fetch import fetch
from mailboxes.models import Mailbox, OAuthAccount
from mailboxes.oauth import providers, token_requests, tokens
from mailboxes.oauth.token_requests import Tokens
from mailboxes.oauth.tokens import store
from mailboxes.tasks import send_due
from mailboxes.tests.accounts.test_mailbox_form import typed
from mailboxes.tests.sending.test_outbox import waiting
from tickets.models import Queue

pytestmark = pytest.mark.django_db

TOKEN, REFRESH = "an-access-token", "a-refresh-token"


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthorisationServer]:
    with AuthorisationServer() as server:
        ours = {name: replace(each, token_url=server.url) for name, each in providers.PROVIDERS.items()}
        monkeypatch.setattr(providers, "PROVIDERS", ours)
        yield server


@pytest.fixture
def oauth(support: Mailbox) -> OAuthAccount:
    """The mailbox signs in with Google, at both of its servers, and somebody has signed in."""
    Mailbox.objects.update(sign_in="google", imap_password="", smtp_username="support", smtp_password="")
    return OAuthAccount.objects.create(
        mailbox=support,
        client_id=CLIENT,
        client_secret=SECRET,
        access_token=TOKEN,
        refresh_token=REFRESH,
        expires_at=timezone.now() + timedelta(hours=1),
    )


def form(server: MailServer, queue: Queue, **changes: Any) -> dict[str, Any]:
    return typed(server, queue, **({"sign_in": "google", "imap_password": ""} | changes))


def tried(client: Client, oauth: OAuthAccount, values: dict[str, Any]) -> str:
    return client.post(reverse("settings:mailbox_test", args=[oauth.mailbox_id]), values).content.decode()


def saved(client: Client, oauth: OAuthAccount, values: dict[str, Any]) -> OAuthAccount | None:
    assert client.post(reverse("settings:mailbox", args=[oauth.mailbox_id]), values).status_code == 302
    return OAuthAccount.objects.filter(pk=oauth.pk).first()


@pytest.mark.parametrize("login", [{}, {"smtp_username": "relay", "smtp_password": "sesame"}], ids=["none", "own"])
def test_a_server_with_its_own_login_gets_its_password_and_no_token(
    oauth: OAuthAccount, settings: Any, login: dict[str, str]
) -> None:
    settings.EMAIL_BACKEND = "mailboxes.sending.mail_backend.MailboxBackend"
    waiting()
    with Submission() as server:
        Mailbox.objects.update(**{"smtp_port": server.port, "smtp_username": "", **login})
        send_mail("A link", "for you", None, ["carla@acme.example"])
        send_due()
        assert len(server.received) == 2


def test_another_login_needs_a_password_whoever_signs_in(
    as_ada: Client, oauth: OAuthAccount, mail_server: MailServer, queue: Queue
) -> None:
    values = form(mail_server, queue, same_login=None, smtp_username="relay")
    page = as_ada.post(reverse("settings:mailbox", args=[oauth.mailbox_id]), values)
    assert page.context["form"].has_error("smtp_password")


@pytest.mark.parametrize("kind", ["imap", "smtp"])
def test_another_server_is_neither_tried_with_the_tokens_nor_given_them_later(
    as_ada: Client, oauth: OAuthAccount, mail_server: MailServer, queue: Queue, kind: str
) -> None:
    with Scripted(b"", lambda line: b"") as strange:
        values = form(mail_server, queue, **{f"{kind}_port": strange.port})
        assert "save it, then sign in again" in tried(as_ada, oauth, values)
        assert not strange.heard
    changed = saved(as_ada, oauth, values)
    assert changed is not None
    assert (changed.access_token, changed.refresh_token, changed.client_secret) == ("", "", SECRET)
    assert fetch(oauth.mailbox_id).state == Mailbox.State.LOGIN


@pytest.mark.parametrize(
    "changes",
    [{"imap_security": "tls"}, {"imap_host": "localhost"}, {"sign_in": "microsoft"}],
    ids=lambda each: next(iter(each)),
)
def test_no_change_of_where_it_signs_in_is_tried_with_the_tokens(
    as_ada: Client, oauth: OAuthAccount, mail_server: MailServer, queue: Queue, changes: dict[str, str]
) -> None:
    assert "save it, then sign in again" in tried(as_ada, oauth, form(mail_server, queue) | changes)


def test_the_secret_of_an_application_that_signs_in_by_itself_is_forgotten_with_the_server(
    as_ada: Client, oauth: OAuthAccount, mail_server: MailServer, queue: Queue, provider: AuthorisationServer
) -> None:
    Mailbox.objects.update(sign_in="microsoft")
    OAuthAccount.objects.update(grant="client", tenant="acme.example", refresh_token="")
    changed = saved(as_ada, oauth, form(mail_server, queue, sign_in="microsoft", imap_host="localhost"))
    assert changed is not None
    assert (changed.access_token, changed.client_secret) == ("", "")
    assert fetch(oauth.mailbox_id).state == Mailbox.State.LOGIN
    assert not provider.asked


@pytest.mark.parametrize("sign_in", ["microsoft", "password"])
def test_one_provider_gets_nothing_of_another(
    as_ada: Client, oauth: OAuthAccount, mail_server: MailServer, queue: Queue, sign_in: str
) -> None:
    values = form(mail_server, queue) | {"sign_in": sign_in, "imap_password": "sesame"}
    assert saved(as_ada, oauth, values) is None


def test_other_changes_keep_the_sign_in(
    as_ada: Client, oauth: OAuthAccount, mail_server: MailServer, queue: Queue
) -> None:
    kept = saved(as_ada, oauth, form(mail_server, queue, name="Help", imap_username="shared", folder="INBOX"))
    assert kept is not None
    assert (kept.access_token, kept.refresh_token) == (TOKEN, REFRESH)


def test_who_renews_a_token_meanwhile_brings_none_back(oauth: OAuthAccount) -> None:
    assert oauth.take()
    OAuthAccount.objects.get().forget()
    store(oauth, Tokens("new", "new", 3600))
    assert not OAuthAccount.objects.get().is_signed_in


def test_under_admin_no_server_is_changed_for_a_password_that_is_kept(admin_client: Client, support: Mailbox) -> None:
    url = reverse("admin:mailboxes_mailbox_change", args=[support.pk])
    page = admin_client.get(url)
    assert page.status_code == 200
    where = {"imap_host", "imap_port", "imap_security", "imap_username", "smtp_host", "smtp_port", "smtp_security"}
    fixed = where | {"smtp_username", "certificate_authority", "sign_in", "protocol", "outgoing"}
    assert not fixed & set(page.context["adminform"].form.fields)


def begin(client: Client, oauth: OAuthAccount, provider: AuthorisationServer) -> dict[str, str]:
    """Set out for the provider's page; what it sends the browser back with."""
    return provider.sign_in(client.get(reverse("settings:sign_in_start", args=[oauth.mailbox_id])).headers["Location"])


def finish(client: Client, back: dict[str, str]) -> str:
    return client.get(reverse("settings:sign_in_done"), back, follow=True).content.decode()


def turn_to_another_server() -> None:
    Mailbox.objects.update(imap_host="imap.elsewhere.example")
    OAuthAccount.objects.get().forget()


@pytest.mark.parametrize(
    "change",
    [
        turn_to_another_server,
        lambda: OAuthAccount.objects.update(client_id="another", refresh_token=""),
        lambda: Mailbox.objects.update(sign_in="microsoft"),
    ],
    ids=["server", "application", "provider"],
)
def test_a_sign_in_that_was_begun_for_another_server_or_application_is_worth_nothing(
    oauth: OAuthAccount, provider: AuthorisationServer, as_ada: Client, change: Callable[[], object]
) -> None:
    back = begin(as_ada, oauth, provider)
    change()
    assert "was changed while you signed in" in finish(as_ada, back)
    assert not provider.asked
    assert OAuthAccount.objects.get().access_token in ("", TOKEN)


def test_a_server_that_changes_while_the_provider_is_asked_gets_no_tokens(
    oauth: OAuthAccount, provider: AuthorisationServer, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*asked: Any) -> Tokens:
        turn_to_another_server()
        return Tokens("new", "new", 3600)

    back = begin(as_ada, oauth, provider)
    monkeypatch.setattr(token_requests, "for_code", slow)
    assert "was changed while you signed in" in finish(as_ada, back)
    stored = OAuthAccount.objects.get()
    assert (stored.access_token, stored.refresh_token, stored.claim) == ("", "", "")


def test_a_server_that_changes_in_the_last_moment_gets_no_tokens(
    oauth: OAuthAccount, provider: AuthorisationServer, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(oauth: OAuthAccount, found: Tokens) -> bool:
        turn_to_another_server()
        return store(oauth, found)

    back = begin(as_ada, oauth, provider)
    monkeypatch.setattr(tokens, "store", late)
    assert "was changed while you signed in" in finish(as_ada, back)
    assert not OAuthAccount.objects.get().access_token


def test_saving_the_application_overwrites_no_token_that_a_worker_just_got(
    oauth: OAuthAccount, as_ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = OAuthForm.clean

    def renewed(self: OAuthForm) -> dict[str, Any]:
        OAuthAccount.objects.update(access_token="renewed", refresh_token="rotated")
        return clean(self)

    monkeypatch.setattr(OAuthForm, "clean", renewed)
    as_ada.post(reverse("settings:sign_in", args=[oauth.mailbox_id]), {"client_id": CLIENT, "client_secret": "new"})
    kept = OAuthAccount.objects.get()
    assert (kept.client_secret, kept.access_token, kept.refresh_token) == ("new", "renewed", "rotated")
