"""Can administrators let people in, and everybody set up their own profile?"""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse

from helpdesk.demo.mailserver import MailServer
from mailboxes.models import Mailbox, save_with_address
from recipients.models import OwnAddress, Partner, Role, User
from tickets.models import Queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worker")]

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NEW = "a new and long password"


def typed(**changes: Any) -> dict[str, Any]:
    values = {"email": "new@helpdesk.example", "first_name": "Nora", "role": "agent", "time_zone": "Europe/Rome"}
    return {**values, "language": "it", "is_active": "on", **changes}


def signs_in(email: str, password: str) -> bool:
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": password})
    return "_auth_user_id" in client.session


def test_a_new_user_gets_a_link_and_chooses_a_password(as_ada: Client, queue: Queue) -> None:
    as_ada.post(reverse("settings:user_add"), typed(queues=[queue.pk]))
    user = User.objects.get(email="new@helpdesk.example")
    assert list(user.queues.all()) == [queue]
    [letter] = mail.outbox
    assert letter.to == ["new@helpdesk.example"]
    link = re.search(r"http://[^/]+(/\S+)", letter.body)
    assert link
    browser = Client()
    page = browser.get(link[1], follow=True)
    done = browser.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW}, follow=True)
    assert f'href="{reverse("account_login")}"' in done.content.decode()  # where to go from here
    assert signs_in("new@helpdesk.example", NEW)
    used = Client().get(link[1], follow=True).content.decode()
    assert "password1" not in used
    assert "This link no longer works" in used
    assert f'href="{reverse("account_reset_password")}"' in used


def test_an_agent_without_a_queue_is_warned_about(as_ada: Client, queue: Queue) -> None:
    page = as_ada.post(reverse("settings:user_add"), typed(), follow=True).content.decode()
    assert "is in no queue and sees no tickets" in page
    page = as_ada.post(reverse("settings:user_add"), typed(email="b@helpdesk.example", queues=[queue.pk]), follow=True)
    assert "is in no queue" not in page.content.decode()


def test_a_forgotten_password_is_mailed_in_the_readers_language_and_names_no_host_but_ours(anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(language="it")
    asked = {"HTTP_HOST": "localhost:1337", "HTTP_ACCEPT_LANGUAGE": "de"}
    Client().post(reverse("account_reset_password"), {"email": anna.email.upper()}, **asked)
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([anna.email], "Nuova password per l’helpdesk")
    html = letter.alternatives[0][0]
    for form in (letter.body, html):
        assert "helpdesk, http://localhost:8000." in form
        assert "1337" not in form
    link = re.search(r"http://localhost:8000(/\S+)", letter.body.partition("link. ")[2])
    assert link
    assert f'href="http://localhost:8000{link[1]}"' in html
    browser = Client()
    page = browser.get(link[1], follow=True)
    browser.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    assert signs_in(anna.email, NEW)


def test_who_has_no_language_is_mailed_in_that_of_the_page(anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(language="")
    Client().post(reverse("account_reset_password"), {"email": anna.email}, HTTP_ACCEPT_LANGUAGE="de")
    assert [letter.subject for letter in mail.outbox] == ["Ein neues Passwort für den Helpdesk"]


def test_who_has_no_language_is_invited_in_that_of_the_site(as_ada: Client, settings: LazySettings) -> None:
    settings.LANGUAGE_CODE = "de"
    as_ada.post(reverse("settings:user_add"), typed(language=""))
    assert [letter.subject for letter in mail.outbox] == ["Ihr Zugang zum Helpdesk"]


def test_a_new_user_may_be_given_a_password(as_ada: Client) -> None:
    as_ada.post(reverse("settings:user_add"), typed(password=NEW))
    assert not mail.outbox
    assert signs_in("new@helpdesk.example", NEW)


def test_a_weak_password_is_refused_and_not_shown_again(as_ada: Client) -> None:
    page = as_ada.post(reverse("settings:user_add"), typed(password="short77"))
    assert page.context["form"].errors["password"]
    assert "short77" not in page.content.decode()
    assert 'value="Nora"' in page.content.decode()
    assert not User.objects.filter(email="new@helpdesk.example").exists()


def test_the_link_leaves_by_the_default_mailbox_and_is_in_no_outbox(
    as_ada: Client, queue: Queue, mail_server: MailServer, settings: LazySettings
) -> None:
    from tickets.models import Outbox

    settings.EMAIL_BACKEND = "mailboxes.sending.mail_backend.MailboxBackend"
    mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_username="support", smtp_security="plain")
    mailbox.smtp_host, mailbox.smtp_port = "127.0.0.1", mail_server.smtp_port
    save_with_address(mailbox, "support@helpdesk.example", queue)
    mail_server.host("new@helpdesk.example", "nora")
    as_ada.post(reverse("settings:user_add"), typed())
    [letter] = mail_server.messages("nora")
    assert b'From: "Support" <support@helpdesk.example>' in letter or b"From: Support <support@" in letter
    assert re.search(rb"^Message-ID: <[^@]+@helpdesk.example>\r?$", letter, re.MULTILINE)  # not the computer's name
    assert not Outbox.objects.exists()


def test_a_link_that_cannot_be_mailed_says_so_and_the_user_is_there(as_ada: Client, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "mailboxes.sending.mail_backend.MailboxBackend"
    page = as_ada.post(reverse("settings:user_add"), typed(), follow=True)
    assert "The link could not be sent: No mailbox can send yet" in page.content.decode()
    assert User.objects.filter(email="new@helpdesk.example").exists()


def test_a_deactivated_user_is_out_at_once(as_ada: Client, anna: User) -> None:
    browser = Client()
    browser.force_login(anna, backend=BACKEND)
    as_ada.post(reverse("settings:user", args=[anna.pk]), typed(email=anna.email, first_name="Anna", is_active=""))
    assert browser.get(reverse("profile")).status_code == 302


def test_an_administrator_makes_and_changes_no_super_administrator(as_ada: Client, superuser: User) -> None:
    page = as_ada.post(reverse("settings:user_add"), typed(role="super_administrator", password=NEW))
    assert page.context["form"].errors["role"]
    for name in ("settings:user", "settings:user_password", "settings:user_invite"):
        assert as_ada.post(reverse(name, args=[superuser.pk]), {"password": NEW}).status_code == 403
    superuser.refresh_from_db()
    assert not superuser.check_password(NEW)


def test_nobody_takes_away_their_own_role_or_access(as_ada: Client, ada: User) -> None:
    url = reverse("settings:user", args=[ada.pk])
    as_ada.post(url, typed(email=ada.email, first_name="Ada", role="agent", is_active=""))
    ada.refresh_from_db()
    assert (ada.role, ada.is_active) == (Role.ADMINISTRATOR, True)


def test_a_new_password_signs_the_user_out_everywhere(as_ada: Client, anna: User) -> None:
    browser = Client()
    browser.force_login(anna, backend=BACKEND)
    as_ada.post(reverse("settings:user_password", args=[anna.pk]), {"password": NEW})
    assert browser.get(reverse("profile")).status_code == 302
    assert signs_in(anna.email, NEW)


def test_an_address_of_another_user_is_refused_in_any_case(as_ada: Client, anna: User) -> None:
    page = as_ada.post(reverse("settings:user_add"), typed(email="ANNA@helpdesk.example", password=NEW))
    assert page.context["form"].errors == {"email": ["Another user signs in with this address."]}


def test_with_an_address_that_is_no_longer_hers_a_user_does_not_sign_in(as_ada: Client, anna: User) -> None:
    # The sign-in library keeps such a row of its own for those who followed a link, and asks it first.
    EmailAddress.objects.create(user=anna, email="anna@helpdesk.example", primary=True, verified=True)
    assert signs_in("anna@helpdesk.example", "correct horse battery")
    as_ada.post(reverse("settings:user", args=[anna.pk]), typed(email="berg@helpdesk.example", first_name="Anna"))
    assert signs_in("berg@helpdesk.example", "correct horse battery")
    assert not signs_in("anna@helpdesk.example", "correct horse battery")
    Client().post(reverse("account_reset_password"), {"email": "anna@helpdesk.example"})
    assert not mail.outbox


def test_nobody_gives_themselves_another_address(as_anna: Client) -> None:
    # U10: the page of the sign-in library would not ask whether it is a mailbox's
    for answer in (as_anna.get("/accounts/email/"), as_anna.post("/accounts/email/", {"email": "x@helpdesk.example"})):
        assert answer["Location"] == reverse("profile")


def test_everybody_keeps_their_own_profile(as_anna: Client, anna: User) -> None:
    values = {
        "first_name": "Anna",
        "last_name": "Berg-Rossi",
        "signature": "Kind regards\nAnna",
        "phone": "+49 30 1234",
        "sender_email": "Anna.Berg@Acme.example",
        "language": "de",
        "time_zone": "Europe/Berlin",
        "notify_messages": "on",
        "after_sending": "stay",
    }
    page = as_anna.post(reverse("profile"), values, follow=True)
    anna.refresh_from_db()
    assert (anna.last_name, anna.signature.splitlines()) == ("Berg-Rossi", ["Kind regards", "Anna"])
    assert anna.phone == "+49 30 1234"
    assert (anna.sender_email, anna.language, anna.time_zone) == ("anna.berg@acme.example", "de", "Europe/Berlin")
    assert (anna.notify_new_tickets, anna.notify_messages, anna.after_sending) == (False, True, "stay")
    assert page.status_code == 200


def test_a_profile_changes_no_role_and_no_address(as_anna: Client, anna: User) -> None:
    values = {"first_name": "Anna", "time_zone": "UTC", "role": "super_administrator", "email": "x@y.example"}
    as_anna.post(reverse("profile"), values)
    anna.refresh_from_db()
    assert (anna.role, anna.email) == (Role.AGENT, "anna@helpdesk.example")


def test_a_mailbox_address_is_no_sender_address_of_a_user(as_anna: Client) -> None:
    # U10
    OwnAddress.objects.create(address="support@helpdesk.example")
    page = as_anna.post(reverse("profile"), {"time_zone": "UTC", "sender_email": "support@helpdesk.example"})
    assert page.context["form"].errors["sender_email"]


def test_an_unknown_time_zone_is_refused(as_anna: Client) -> None:
    page = as_anna.post(reverse("profile"), {"time_zone": "Moon/Crater"})
    assert page.context["form"].errors["time_zone"]


def test_a_partner_in_use_is_not_deleted_and_an_unused_one_is(
    as_ada: Client, anna: User, main_partner: Partner
) -> None:
    anna.partner = main_partner
    anna.save()
    url = reverse("settings:partner_delete", args=[main_partner.pk])
    assert "still has customers or users" in as_ada.post(url, follow=True).content.decode()
    anna.partner = None
    anna.save()
    as_ada.post(url)
    assert not Partner.objects.exists()


def test_time_zones_are_places_of_the_world(as_anna: Client) -> None:
    page = as_anna.get(reverse("profile")).content.decode()
    offered = set(re.findall(r'<option value="([^"]+)"', page))
    assert {"UTC", "Europe/Rome", "America/Argentina/Buenos_Aires"} <= offered
    assert not {"localtime", "Factory", "Etc/GMT+5", "Asia/Calcutta"} & offered
    assert '<optgroup label="Europe">' in page
    assert ">Buenos Aires, Argentina (UTC−03:00)</option>" in page


def test_a_place_that_was_saved_under_an_earlier_name_stays(as_anna: Client, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(time_zone="Asia/Calcutta")
    page = as_anna.get(reverse("profile")).content.decode()
    assert '<option value="Asia/Kolkata" selected>' in page
    User.objects.filter(pk=anna.pk).update(time_zone="UTC")
    assert '<option value="UTC" selected>' in as_anna.get(reverse("profile")).content.decode()
