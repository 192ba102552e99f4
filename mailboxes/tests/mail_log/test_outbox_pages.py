"""Does the outbox show every outgoing mail exactly, and let administrators try again or stop it?"""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from mailboxes.models import Mailbox, save_with_address
from recipients.models import Customer, Partner, Role, User
from tickets.models import Outbox, Queue, Ticket

pytestmark = pytest.mark.django_db


def mail(**fields: Any) -> Outbox:
    values = {
        "kind": Outbox.Kind.NEW_MESSAGE,
        "recipient": "carla@acme.example",
        "token": f"token{Outbox.objects.count()}",
        "subject": "Your invoice [#1]",
        "text": "Here it is.",
    }
    return Outbox.objects.create(**values | fields)


@pytest.fixture
def mailbox(queue: Queue) -> Mailbox:
    mailbox = Mailbox(name="Support", imap_host="imap.helpdesk.example", imap_username="support")
    mailbox.smtp_host = "smtp.helpdesk.example"
    save_with_address(mailbox, "support@helpdesk.example", queue)
    return mailbox


def test_a_mail_is_shown_exactly_as_it_leaves(as_ada: Client, mailbox: Mailbox) -> None:
    waiting = mail()
    html = as_ada.get(reverse("mailboxes:outbox_detail", args=[waiting.pk])).content.decode()
    assert "To: carla@acme.example" in html
    assert "support@helpdesk.example" in html
    file = as_ada.get(reverse("mailboxes:outbox_file", args=[waiting.pk])).content
    assert b"Subject: Your invoice [#1]" in file


def test_without_a_mailbox_the_page_says_why_the_mail_cannot_leave(as_ada: Client) -> None:
    waiting = mail()
    assert "no mailbox" in as_ada.get(reverse("mailboxes:outbox_detail", args=[waiting.pk])).content.decode()
    assert as_ada.get(reverse("mailboxes:outbox_file", args=[waiting.pk])).status_code == 404


def test_a_failed_mail_says_why_and_is_sent_again_by_a_button(as_ada: Client, mailbox: Mailbox) -> None:
    failed = mail(state=Outbox.State.FAILED, error="The mail server refused it: 550 No such user", attempts=3)
    html = as_ada.get(reverse("mailboxes:outbox_detail", args=[failed.pk])).content.decode()
    assert "550 No such user" in html
    as_ada.post(reverse("mailboxes:retry", args=[failed.pk]))
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error) == (Outbox.State.WAITING, 0, "")


def test_a_sent_mail_is_not_sent_again(as_ada: Client, mailbox: Mailbox) -> None:
    sent = mail(state=Outbox.State.SENT)
    as_ada.post(reverse("mailboxes:retry", args=[sent.pk]))
    as_ada.post(reverse("mailboxes:cancel", args=[sent.pk]))
    sent.refresh_from_db()
    assert sent.state == Outbox.State.SENT


def test_a_waiting_mail_can_be_stopped(as_ada: Client, mailbox: Mailbox) -> None:
    waiting = mail()
    as_ada.post(reverse("mailboxes:cancel", args=[waiting.pk]))
    waiting.refresh_from_db()
    assert waiting.state == Outbox.State.CANCELLED


def test_what_could_not_leave_is_tried_at_once_by_a_button(as_ada: Client, mailbox: Mailbox) -> None:
    now = timezone.now()
    earlier, later = now - dt.timedelta(minutes=5), now + dt.timedelta(minutes=30)
    paused = mail(created_at=earlier, next_attempt_at=later, attempts=3, error="Connection refused")
    in_hand = mail(created_at=earlier, next_attempt_at=later, attempts=1)
    fresh = mail(created_at=now, next_attempt_at=later, error="Connection refused")
    assert "2 emails should have been sent and were not" in as_ada.get(reverse("mailboxes:outbox")).content.decode()
    shown = as_ada.post(reverse("mailboxes:retry_all"), follow=True).content.decode()
    assert "1 email will be tried again within seconds." in shown
    due = Outbox.objects.filter(next_attempt_at__lte=timezone.now())
    assert list(due) == [paused]
    assert {in_hand, fresh} == set(Outbox.objects.filter(next_attempt_at=later))


def test_the_outbox_is_narrowed_down_by_state_recipient_and_words(as_ada: Client) -> None:
    wanted = mail(state=Outbox.State.BOUNCED, recipient="zoe@other.example", subject="Parcel")
    mail()
    for query in ("state=bounced", "recipient=zoe%40other.example", "recipient=other", "text=parcel"):
        rows = as_ada.get(f"{reverse('mailboxes:outbox')}?{query}").context["table"].page.object_list
        assert [row.record for row in rows] == [wanted], query


def test_the_outbox_asks_the_same_number_of_queries_for_any_number_of_mails(
    as_ada: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Outbox.objects.bulk_create(
        Outbox(kind="new_ticket", recipient="carla@acme.example", token=f"t{n}", subject="S", text="T")
        for n in range(60)
    )
    with django_assert_max_num_queries(5):
        as_ada.get(reverse("mailboxes:outbox"))


def test_an_administrator_of_one_partner_sees_no_mail_of_anothers_tickets(
    client: Client, queue: Queue, carla: Customer, main_partner: Partner
) -> None:
    # R30
    ben = User.objects.create_user("ben@helpdesk.example", role=Role.ADMINISTRATOR, partner=main_partner)
    client.force_login(ben, backend="allauth.account.auth_backends.AuthenticationBackend")
    hidden = mail(ticket=Ticket.objects.create(subject="Secret", queue=queue, customer=carla))
    notice = mail(subject="A notice")
    assert client.get(reverse("mailboxes:outbox_detail", args=[hidden.pk])).status_code == 404
    assert client.get(reverse("mailboxes:outbox_detail", args=[notice.pk])).status_code == 200
