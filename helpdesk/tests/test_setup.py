"""Does the set-up page name what is missing, and does the first user get in? (R08, U07)"""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from helpdesk import setup
from mailboxes.models import Address, Mailbox, save_with_address
from recipients.models import Role, User
from tickets.models import Outbox, Queue, TicketSettings

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BANNER = "Setup is not complete."


def missing() -> set[str]:
    return {step.requirement.key for step in setup.missing()}


def everything(queue: Queue, anna: User) -> Mailbox:
    """A helpdesk that is set up; Anna is an agent of its queue."""
    mailbox = Mailbox(name="Support", imap_host="i.example", imap_username="s", smtp_host="s.example", state="ok")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    TicketSettings(pk=1, admin_email="ada@helpdesk.example").save()
    return mailbox


def test_a_fresh_system_misses_everything_but_the_notifications(as_ada: Client) -> None:
    # U07
    assert missing() == {"queue", "mailbox", "handled", "fetched", "smtp", "agents"}
    html = as_ada.get(reverse("setup")).content.decode()
    assert "6 things are missing" in html
    for url in ("settings:new_queue_begin", "settings:mailbox_add"):
        assert f'href="{reverse(url)}#id_' in html


def test_a_system_with_everything_says_so_and_shows_no_banner(as_ada: Client, anna: User, queue: Queue) -> None:
    everything(queue, anna)
    assert missing() == set()
    assert "Everything is set up" in as_ada.get(reverse("setup")).content.decode()
    assert BANNER not in as_ada.get(reverse("settings:home")).content.decode()


def test_each_missing_thing_is_named_alone(as_ada: Client, anna: User, queue: Queue) -> None:
    # R08
    mailbox = everything(queue, anna)
    Mailbox.objects.update(smtp_host="")
    assert missing() == {"smtp"}
    Mailbox.objects.update(smtp_host="s.example", state="login")
    assert missing() == {"fetched"}
    Mailbox.objects.update(state="ok")
    Address.objects.filter(mailbox=mailbox).update(queue=None)
    assert missing() == {"handled"}
    Address.objects.update(queue=queue)
    TicketSettings.objects.update(notifications=False)
    assert missing() == {"notifications"}
    TicketSettings.objects.update(notifications=True, admin_email="")
    assert missing() == set()
    assert "Nobody is notified of tickets" in as_ada.get(reverse("setup")).content.decode()
    TicketSettings.objects.update(admin_email="ada@helpdesk.example")
    queue.agents.clear()
    assert missing() == {"agents"}


def test_the_banner_stands_above_the_pages_of_administrators_until_all_is_there(
    as_ada: Client, anna: User, queue: Queue
) -> None:
    html = as_ada.get(reverse("settings:home")).content.decode()
    assert BANNER in html
    assert reverse("setup") in html


def test_mail_that_does_not_leave_is_said_on_every_page(as_ada: Client, anna: User, queue: Queue) -> None:
    everything(queue, anna)
    earlier = timezone.now() - dt.timedelta(minutes=3)
    mail = Outbox.objects.create(kind="new_message", recipient="carla@acme.example", token="t", created_at=earlier)
    Outbox.objects.filter(pk=mail.pk).update(next_attempt_at=timezone.now() + dt.timedelta(minutes=1))  # to be undone
    assert missing() == set()
    Outbox.objects.filter(pk=mail.pk).update(error="Connection refused")
    assert missing() == {"leaves"}
    html = as_ada.get(reverse("settings:home")).content.decode()
    assert "Mail is not being sent." in html
    assert BANNER not in html
    assert "Everything is set up" not in as_ada.get(reverse("setup")).content.decode()
    assert "Mail is not being sent." not in as_ada.get(reverse("mailboxes:outbox")).content.decode()  # it says more


def test_each_line_leads_to_the_field_and_says_what_went_wrong(as_ada: Client, anna: User, queue: Queue) -> None:
    mailbox = everything(queue, anna)
    Mailbox.objects.update(state="login", state_message="i.example refused the sign-in of s.")
    Address.objects.update(queue=None)
    TicketSettings.objects.update(admin_email="")
    page = as_ada.get(reverse("setup"))
    form = reverse("settings:mailbox", args=[mailbox.pk])
    urls = {step.requirement.key: step.url for step in page.context["steps"]}
    assert urls["handled"] == f"{form}#id_queue"
    assert urls["fetched"] == f"{form}#id_imap_host"
    assert urls["admin_email"] == reverse("settings:tickets") + "#id_admin_email"
    for url in urls.values():
        path, _hash, field = url.partition("#")
        assert not field or f'id="{field}"' in as_ada.get(path).content.decode()
    html = page.content.decode()
    assert "i.example refused the sign-in of s." in html
    assert "No mail has been sent yet." in html


def test_the_page_asks_as_many_queries_whatever_is_missing(
    as_ada: Client, anna: User, queue: Queue, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    everything(queue, anna)
    with django_assert_max_num_queries(5):
        setup.explained()


def test_the_document_has_the_order_of_the_page() -> None:
    text = (Path(settings.BASE_DIR) / "docs" / "setup.md").read_text()
    places = [text.lower().find(f"**{str(each.title).lower()}") for each in setup.REQUIREMENTS]
    assert -1 not in places
    assert places == sorted(places)


def test_agents_see_no_banner(as_anna: Client) -> None:
    assert BANNER not in as_anna.get(reverse("customers:list")).content.decode()


def test_what_is_missing_is_asked_in_one_query(ada: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        setup.missing()


def test_before_there_is_any_user_the_start_leads_to_the_sign_in_page(client: Client) -> None:
    page = client.get("/", follow=True)
    assert page.request["PATH_INFO"] == reverse("account_login")


def test_createsuperuser_makes_the_first_user_who_can_sign_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a new and long password")
    call_command("createsuperuser", interactive=False, email="Sue@helpdesk.example")
    assert User.objects.get().role == Role.SUPER_ADMINISTRATOR
    client.post(reverse("account_login"), {"login": "sue@helpdesk.example", "password": "a new and long password"})
    assert client.get(reverse("setup")).status_code == 200


def test_a_new_system_has_a_queue_that_works_as_soon_as_a_mailbox_does(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # T02
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a new and long password")
    call_command("createsuperuser", interactive=False, email="sue@helpdesk.example")
    call_command("createsuperuser", interactive=False, email="sam@helpdesk.example")
    queue = Queue.objects.get()
    assert (queue.name, queue.is_default) == ("Support", True)
    assert [agent.email for agent in queue.agents.all()] == ["sue@helpdesk.example"]
    client.force_login(User.objects.get(email="sue@helpdesk.example"), backend=BACKEND)
    form = client.get(reverse("settings:mailbox_add")).context["form"]
    assert form["queue"].value() == queue.pk
