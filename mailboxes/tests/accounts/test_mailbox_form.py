"""Can an administrator set up a mailbox, and does the form say what does not work? (U05, U21, U26, U27, T23)"""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers.certificates import write_certificate
from helpdesk.tests.servers.submission import Submission
from mailboxes.accounts.forms import MailboxForm
from mailboxes.connections.account import Security
from mailboxes.connections.providers import PROVIDERS, Provider
from mailboxes.models import Address, Mailbox, save_with_address
from recipients.models import Customer, OwnAddress, User
from tickets.models import Queue

pytestmark = pytest.mark.django_db


def typed(server: MailServer, queue: Queue | None = None, **changes: Any) -> dict[str, Any]:
    """The form as an administrator fills it in for the mailbox of support@helpdesk.example."""
    values = {
        "address": "support@helpdesk.example",
        "name": "Acme Support",
        "queue": queue.pk if queue else "",
        "imap_host": "127.0.0.1",
        "imap_port": server.imap_port,
        "imap_security": "plain",
        "imap_username": "support",
        "imap_password": "sesame",
        "folder": "INBOX",
        "after_fetch": "keep",
        "poll_seconds": 60,
        "max_megabytes": 25,
        "is_active": "on",
        "smtp_host": "127.0.0.1",
        "smtp_port": server.smtp_port,
        "smtp_security": "plain",
        "same_login": "on",
        "authentication": "observe",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def saved(server: MailServer, queue: Queue) -> Mailbox:
    mailbox = Mailbox(
        name="Acme Support",
        imap_host="127.0.0.1",
        imap_port=server.imap_port,
        imap_security="plain",
        imap_username="support",
        imap_password="sesame",
        smtp_host="127.0.0.1",
        smtp_port=server.smtp_port,
        smtp_security="plain",
        smtp_username="support",
        smtp_password="sesame",
    )
    save_with_address(mailbox, "support@helpdesk.example", queue)
    return mailbox


def test_the_first_mailbox_is_saved_with_its_address_and_is_the_default(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    # U05, U21
    answer = as_ada.post(reverse("settings:mailbox_add"), typed(mail_server, queue))
    mailbox = Mailbox.objects.get()
    assert answer.status_code == 302
    assert (mailbox.is_default, mailbox.address) == (True, "support@helpdesk.example")
    assert (mailbox.smtp_username, mailbox.smtp_password) == ("support", "sesame")
    assert Address.objects.get().queue == queue
    assert OwnAddress.objects.filter(address="support@helpdesk.example").exists()


def test_what_was_saved_is_tried_at_once(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    tried = 'hx-trigger="load, click"'
    shown = as_ada.post(reverse("settings:mailbox_add"), typed(mail_server, queue), follow=True)
    assert tried in shown.content.decode()
    assert tried not in as_ada.get(reverse("settings:mailbox", args=[Mailbox.objects.get().pk])).content.decode()


def test_the_test_names_every_step_that_works(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    answer = as_ada.post(reverse("settings:mailbox_test_new"), typed(mail_server, queue))
    steps = {(str(check.title), line.label) for check in answer.context["checks"] for line in check.lines}
    assert [check.ok for check in answer.context["checks"]] == [True, True]
    assert ("Incoming mail (IMAP)", "Open the folder") in steps
    assert ("Outgoing mail (SMTP)", "Sign in") in steps
    assert not Mailbox.objects.exists()  # L15: testing saves nothing


def test_a_server_with_a_certificate_of_ones_own_authority_is_believed_with_it(
    as_ada: Client, queue: Queue, mail_server: MailServer, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    write_certificate(certificate, key)
    with Submission(Security.TLS, str(certificate), str(key)) as server:
        secured = {"smtp_port": server.port, "smtp_security": "tls", "same_login": None, "smtp_username": ""}
        page = as_ada.post(reverse("settings:mailbox_test_new"), typed(mail_server, queue, **secured))
        assert "into the field “Certificate authority”" in page.content.decode()
        secured["certificate_authority"] = certificate.read_text()
        page = as_ada.post(reverse("settings:mailbox_test_new"), typed(mail_server, queue, **secured))
        assert [check.ok for check in page.context["checks"]] == [True, True]
    as_ada.post(reverse("settings:mailbox_add"), typed(mail_server, queue, **secured))
    mailbox = Mailbox.objects.get()
    assert mailbox.imap_account.authorities == mailbox.smtp_account.authorities == certificate.read_text().strip()


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("an authority", "This is not a certificate in PEM format"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "This is not a certificate in PEM format"),
        ("-----BEGIN PRIVATE KEY-----", "This contains a private key"),
    ],
)
def test_what_is_no_certificate_is_refused(
    as_ada: Client, queue: Queue, mail_server: MailServer, pasted: str, says: str
) -> None:
    page = as_ada.post(reverse("settings:mailbox_add"), typed(mail_server, queue, certificate_authority=pasted))
    assert says in page.content.decode()
    assert not Mailbox.objects.exists()


def test_the_test_names_the_step_that_fails(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    answer = as_ada.post(reverse("settings:mailbox_test_new"), typed(mail_server, queue, imap_password="wrong"))
    incoming, _outgoing = answer.context["checks"]
    assert [(line.label, line.state) for line in incoming.lines][-3:] == [
        ("Sign in", "failed"),
        ("Open the folder", "skipped"),
        ("List the folders", "skipped"),
    ]
    assert "Check the user name and the password" in answer.content.decode()


def test_testing_leaves_the_mailbox_on_the_server_as_it_is(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    # L15
    mail_server.deliver("support", b"Subject: waits\r\n\r\n.\r\n")
    answer = as_ada.post(reverse("settings:mailbox_test_new"), typed(mail_server, queue, after_fetch="delete"))
    assert [check.ok for check in answer.context["checks"]] == [True, True]
    assert len(mail_server.messages("support")) == 1


def test_a_stored_password_is_used_for_the_test_and_never_shown(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    mailbox = saved(mail_server, queue)
    page = as_ada.get(reverse("settings:mailbox", args=[mailbox.pk]))
    answer = as_ada.post(
        reverse("settings:mailbox_test", args=[mailbox.pk]), typed(mail_server, queue, imap_password="")
    )
    assert [check.ok for check in answer.context["checks"]] == [True, True]
    for response in (page, answer):
        assert "sesame" not in response.content.decode()


def test_an_empty_password_keeps_the_stored_one(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    mailbox = saved(mail_server, queue)
    url = reverse("settings:mailbox", args=[mailbox.pk])
    as_ada.post(url, typed(mail_server, queue, imap_password="", name="Renamed"))
    mailbox.refresh_from_db()
    assert (mailbox.name, mailbox.imap_password, mailbox.smtp_password) == ("Renamed", "sesame", "sesame")


@pytest.mark.parametrize(("part", "value"), [("port", "1"), ("security", "plain")])
def test_a_stored_password_is_not_given_to_another_port_or_without_encryption(
    as_ada: Client, queue: Queue, mail_server: MailServer, part: str, value: str
) -> None:
    mailbox = saved(mail_server, queue)
    Mailbox.objects.filter(pk=mailbox.pk).update(imap_security="tls")
    given = {"imap_security": "tls", "imap_password": "", f"imap_{part}": value}
    answer = as_ada.post(reverse("settings:mailbox", args=[mailbox.pk]), typed(mail_server, queue, **given))
    assert "enter the password again" in answer.content.decode()


def test_a_stored_password_is_not_given_to_another_server(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    mailbox = saved(mail_server, queue)
    url = reverse("settings:mailbox", args=[mailbox.pk])
    answer = as_ada.post(url, typed(mail_server, queue, imap_password="", imap_host="localhost"))
    assert "enter the password again" in answer.content.decode()
    mailbox.refresh_from_db()
    assert mailbox.imap_host == "127.0.0.1"


def test_nothing_typed_is_lost_when_a_field_is_wrong_not_even_the_password(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    # T23
    url = reverse("settings:mailbox_add")
    page = as_ada.post(url, typed(mail_server, queue, address="no address", folder="Post"))
    html = page.content.decode()
    assert "“no address” is not an email address." in html
    assert 'value="Post"' in html
    assert "sesame" not in html
    sealed = page.context["form"].sealed_passwords
    as_ada.post(url, typed(mail_server, queue, imap_password="", folder="Post") | {"sealed": sealed})
    assert Mailbox.objects.get().imap_password == "sesame"


def test_a_mailbox_address_of_a_user_or_customer_is_refused_by_name(
    as_ada: Client, queue: Queue, mail_server: MailServer, anna: User, carla: Customer
) -> None:
    # U10
    url = reverse("settings:mailbox_add")
    for address, reason in ((anna.email, "A user signs in"), ("carla@acme.example", "customer&#x27;s address")):
        html = as_ada.post(url, typed(mail_server, queue, address=address)).content.decode()
        assert reason in html
    assert not Mailbox.objects.exists()


def test_another_account_is_read_from_its_beginning(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    mailbox = saved(mail_server, queue)
    Mailbox.objects.filter(pk=mailbox.pk).update(uidvalidity=7, last_uid=900)
    as_ada.post(reverse("settings:mailbox", args=[mailbox.pk]), typed(mail_server, queue, folder="Other"))
    mailbox.refresh_from_db()
    assert (mailbox.uidvalidity, mailbox.last_uid) == (None, 0)


def test_an_address_that_somebody_took_meanwhile_leaves_everything_as_it_was(
    as_ada: Client, queue: Queue, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    support = saved(mail_server, queue)
    support.left.create(uid=7)
    Address.objects.create(mailbox=support, address="taken@helpdesk.example")
    monkeypatch.setattr(MailboxForm, "clean_address", lambda form: "taken@helpdesk.example")
    page = as_ada.post(reverse("settings:mailbox", args=[support.pk]), typed(mail_server, queue, folder="Other"))
    assert "already exists" in page.content.decode()
    assert support.left.exists()


def test_a_worker_that_fetches_keeps_its_claim_while_the_form_is_saved(
    as_ada: Client, queue: Queue, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    support = saved(mail_server, queue)
    monkeypatch.setattr(MailboxForm, "_forget_tokens", lambda form: Mailbox.objects.claim(support.pk))
    as_ada.post(reverse("settings:mailbox", args=[support.pk]), typed(mail_server, queue, name="Help", smtp_port=2525))
    support.refresh_from_db()
    assert (support.name, support.smtp_port) == ("Help", 2525)
    assert support.claim


def test_fetch_now_makes_the_mailbox_due(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    from django.utils import timezone

    mailbox = saved(mail_server, queue)
    Mailbox.objects.update(next_poll_at=timezone.now() + timezone.timedelta(hours=1))
    as_ada.post(reverse("settings:mailbox_fetch", args=[mailbox.pk]))
    assert list(Mailbox.objects.due(timezone.now())) == [mailbox]


def test_making_another_mailbox_the_default_leaves_exactly_one(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    # U09
    saved(mail_server, queue)
    other = Mailbox(name="Sales", imap_host="127.0.0.1", imap_username="sales")
    save_with_address(other, "sales@helpdesk.example", None)
    page = as_ada.post(reverse("settings:mailbox_default", args=[other.pk]), follow=True).content.decode()
    assert "has never been fetched successfully" in page  # U22
    assert "Make it the default" not in page
    assert not Mailbox.objects.get(pk=other.pk).is_default
    Mailbox.objects.filter(pk=other.pk).update(fetched_at=timezone.now())
    assert "Make it the default" in as_ada.get(reverse("settings:mailbox", args=[other.pk])).content.decode()
    as_ada.post(reverse("settings:mailbox_default", args=[other.pk]))
    assert list(Mailbox.objects.filter(is_default=True)) == [other]


def test_deleting_a_mailbox_is_asked_first_and_frees_its_address(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    mailbox = saved(mail_server, queue)
    url = reverse("settings:mailbox_delete", args=[mailbox.pk])
    assert "Nothing is deleted on its server" in as_ada.get(url).content.decode()
    assert Mailbox.objects.exists()
    as_ada.post(url)
    assert not Mailbox.objects.exists()
    assert not OwnAddress.objects.exists()


def test_a_provider_fills_in_the_servers(as_ada: Client) -> None:
    html = as_ada.get(reverse("settings:mailbox_add") + "?provider=gmail").content.decode()
    assert 'value="imap.gmail.com"' in html
    assert 'value="smtp.gmail.com"' in html


def test_the_mailbox_page_says_how_many_messages_are_not_in_the_log(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    # L08
    from django.utils import timezone

    mailbox = saved(mail_server, queue)
    Mailbox.objects.update(server_messages=1204, ledger_messages=1201, reconciled_at=timezone.now())
    html = as_ada.get(reverse("settings:mailbox", args=[mailbox.pk])).content.decode()
    assert "1204" in html
    assert '<span class="badge warn">3</span>' in html


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.key)
def test_a_provider_fills_in_its_servers_and_says_what_it_needs(as_ada: Client, provider: Provider) -> None:
    # U27
    page = as_ada.get(reverse("settings:mailbox_add"), {"provider": provider.key}).content.decode()
    assert f'value="{provider.imap_host}"' in page
    assert f'value="{provider.smtp_host}"' in page
    assert f'<option value="{provider.sign_in}" selected>' in page
    assert all(escape(str(sentence)) in page for sentence in provider.needs)


def test_no_password_is_asked_for_where_a_provider_is_signed_in_to(
    as_ada: Client, queue: Queue, mail_server: MailServer
) -> None:
    page = as_ada.get(reverse("settings:mailbox_add"), {"provider": "microsoft365"}).content.decode()
    field = page[page.index('name="imap_password"') :]
    assert "required" not in field[: field.index(">")]
    form = typed(mail_server, queue, imap_password="", sign_in="microsoft")
    answer = as_ada.post(reverse("settings:mailbox_add"), form)
    assert answer.url == reverse("settings:sign_in", args=[Mailbox.objects.get().pk])
