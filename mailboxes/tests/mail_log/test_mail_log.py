"""Does the mail log show every message and its outcome to those who may see it, and process one again?"""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from mailboxes.inbound.pipeline import deliver
from mailboxes.inbound.take_in import take_in
from mailboxes.models import Address, InboundEmail, Mailbox, Outcome, save_with_address
from recipients.models import Customer, Partner, Role, User
from tickets.conversation.replying import add_note
from tickets.models import Outbox, Queue, Ticket

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MAIL = b"""From: Carla Conti <carla@acme.example>\r
To: support@helpdesk.example\r
Subject: The invoice is wrong\r
Message-ID: <1@acme.example>\r
Date: Mon, 02 Nov 2026 10:00:00 +0000\r
\r
Please correct it.\r
"""


@pytest.fixture
def mailbox(queue: Queue) -> Mailbox:
    mailbox = Mailbox(name="Support", imap_host="imap.helpdesk.example", imap_username="support")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    return mailbox


def arrived(mailbox: Mailbox, raw: bytes = MAIL) -> InboundEmail:
    return deliver(take_in(raw, mailbox=mailbox))


def test_every_mail_is_listed_with_outcome_and_reason(as_ada: Client, mailbox: Mailbox, carla: Customer) -> None:
    # L17, S01
    mail = arrived(mailbox)
    html = as_ada.get(reverse("mailboxes:log")).content.decode()
    assert "The invoice is wrong" in html
    assert "New ticket" in html
    assert mail.reason in html


def test_a_mail_says_who_wrote_it_step_by_step(as_ada: Client, mailbox: Mailbox, carla: Customer) -> None:
    mail = arrived(mailbox)
    page = as_ada.get(reverse("mailboxes:log_detail", args=[mail.pk]))
    html = page.content.decode()
    assert "Carla Conti, because carla@acme.example is one of their addresses." in html
    assert [step.state for step in page.context["steps"]] == ["ok", "skipped", "skipped", "skipped", "skipped"]
    assert reverse("tickets:detail", args=[mail.ticket_id]) in html


def test_the_source_is_shown_as_it_came_and_harms_no_page(as_ada: Client, mailbox: Mailbox) -> None:
    mail = arrived(mailbox, MAIL.replace(b"Please", b"<script>alert(1)</script> Please"))
    html = as_ada.get(reverse("mailboxes:log_detail", args=[mail.pk])).content.decode()
    assert "Message-ID: &lt;1@acme.example&gt;" in html
    assert "<script>alert(1)" not in html


def test_a_long_source_is_cut_on_the_page_and_whole_in_the_file(as_ada: Client, mailbox: Mailbox) -> None:
    raw = MAIL + b"line of text\r\n" * 200_000
    mail = arrived(mailbox, raw)
    page = as_ada.get(reverse("mailboxes:log_detail", args=[mail.pk]))
    assert page.context["source"].is_cut
    assert len(page.content) < 250_000
    file = as_ada.get(reverse("mailboxes:log_file", args=[mail.pk]))
    assert file.content == raw
    assert file["Content-Disposition"] == f'attachment; filename="mail-{mail.pk}.eml"'
    assert file["X-Content-Type-Options"] == "nosniff"


def test_a_mail_that_no_queue_handled_becomes_a_ticket_when_it_is_processed_again(
    as_ada: Client, mailbox: Mailbox, queue: Queue
) -> None:
    # T22: shown to administrators, and can be processed again after the address is linked
    Address.objects.update(queue=None)
    mail = arrived(mailbox)
    assert mail.outcome == Outcome.UNHANDLED
    Address.objects.update(queue=queue)
    answer = as_ada.post(reverse("mailboxes:replay", args=[mail.pk]), follow=True)
    assert "Processed again: New ticket." in answer.content.decode()
    assert Ticket.objects.count() == 1
    assert not Outbox.objects.filter(kind=Outbox.Kind.REQUEST_RECEIVED).exists()


def test_processing_again_makes_no_second_ticket(as_ada: Client, mailbox: Mailbox) -> None:
    mail = arrived(mailbox)
    as_ada.post(reverse("mailboxes:replay", args=[mail.pk]))
    assert Ticket.objects.count() == 1


def test_processing_again_needs_a_button(as_ada: Client, mailbox: Mailbox) -> None:
    mail = arrived(mailbox)
    assert as_ada.get(reverse("mailboxes:replay", args=[mail.pk])).status_code == 405


def test_a_failed_mail_shows_its_traceback_and_that_it_is_safe(as_ada: Client, mailbox: Mailbox) -> None:
    mail = take_in(MAIL, mailbox=mailbox)
    mail.fail("Traceback: a bug", "The mail could not be processed.")
    html = as_ada.get(reverse("mailboxes:log_detail", args=[mail.pk])).content.decode()
    assert "Traceback: a bug" in html
    assert "The mail is safe" in html


def test_another_delivery_of_the_same_mail_is_listed_with_the_first(as_ada: Client, mailbox: Mailbox) -> None:
    first, second = arrived(mailbox), arrived(mailbox)
    assert second.duplicate_of == first
    html = as_ada.get(reverse("mailboxes:log_detail", args=[first.pk])).content.decode()
    assert reverse("mailboxes:log_detail", args=[second.pk]) in html


def test_the_log_is_narrowed_down_by_each_filter(as_ada: Client, mailbox: Mailbox, queue: Queue) -> None:
    wanted = arrived(mailbox)
    arrived(mailbox, MAIL.replace(b"carla@acme", b"bob@other").replace(b"invoice", b"parcel").replace(b"<1@", b"<2@"))
    InboundEmail.objects.exclude(pk=wanted.pk).update(
        outcome="automatic", mailbox=None, fetched_at=timezone.now() - timezone.timedelta(days=40)
    )
    today = timezone.localdate(wanted.fetched_at).isoformat()
    for query in (
        "text=INVOICE",
        "outcome=ticket",
        f"mailbox={mailbox.pk}",
        "sender=carla%40acme.example",
        "sender=acme",
        f"since={today}",
    ):
        rows = as_ada.get(f"{reverse('mailboxes:log')}?{query}").context["table"].page.object_list
        assert [row.record for row in rows] == [wanted], query
    assert as_ada.get(reverse("mailboxes:log") + "?since=0001-01-01&until=9999-12-31").status_code == 200
    assert len(as_ada.get(reverse("mailboxes:log") + "?since=nonsense").context["table"].page.object_list) == 2


def test_the_log_asks_the_same_number_of_queries_for_one_mail_and_for_fifty(
    as_ada: Client, mailbox: Mailbox, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    InboundEmail.objects.bulk_create(
        InboundEmail(mailbox=mailbox, author=f"a{n}@acme.example", subject=f"Mail {n}", reason="A reason.")
        for n in range(120)
    )
    with django_assert_max_num_queries(6):
        page = as_ada.get(reverse("mailboxes:log"))
    assert len(page.context["table"].page.object_list) == 50
    assert "COUNT(" not in str(page.context["table"].data.data.query)


def test_the_pages_of_the_log_follow_each_other_without_counting(as_ada: Client, mailbox: Mailbox) -> None:
    InboundEmail.objects.bulk_create(InboundEmail(mailbox=mailbox, subject=f"Mail {n}") for n in range(120))
    third = as_ada.get(reverse("mailboxes:log") + "?page=3")
    assert "Rows 101 to 120" in third.content.decode()
    beyond = as_ada.get(reverse("mailboxes:log") + "?page=99")
    assert "Rows 1 to 50" in beyond.content.decode()
    assert as_ada.get(reverse("mailboxes:log") + "?page=x&per_page=1000000").status_code == 200


def test_an_administrator_of_one_partner_sees_no_mail_of_anothers_tickets(
    client: Client, mailbox: Mailbox, carla: Customer, main_partner: Partner
) -> None:
    # R30
    ben = User.objects.create_user("ben@helpdesk.example", role=Role.ADMINISTRATOR, partner=main_partner)
    client.force_login(ben, backend=BACKEND)
    hidden = arrived(mailbox)
    loose = take_in(MAIL.replace(b"invoice", b"parcel"), mailbox=mailbox)
    html = client.get(reverse("mailboxes:log")).content.decode()
    assert "The invoice" not in html
    assert client.get(reverse("mailboxes:log_detail", args=[hidden.pk])).status_code == 404
    assert client.get(reverse("mailboxes:log_file", args=[hidden.pk])).status_code == 404
    assert client.post(reverse("mailboxes:replay", args=[hidden.pk])).status_code == 404
    assert client.get(reverse("mailboxes:log_detail", args=[loose.pk])).status_code == 200


def test_an_agent_reads_the_source_of_mails_on_tickets_of_her_queues_alone(
    as_anna: Client, anna: User, mailbox: Mailbox
) -> None:
    mail = arrived(mailbox)
    page, file = (reverse(name, args=[mail.comment_id]) for name in ("mailboxes:raw", "mailboxes:raw_file"))
    assert "Subject: The invoice is wrong" in as_anna.get(page).content.decode()
    assert as_anna.get(file).content == MAIL
    anna.queues.clear()
    assert as_anna.get(page).status_code == 404
    assert as_anna.get(file).status_code == 404


def test_a_comment_that_was_typed_has_no_source(as_anna: Client, anna: User, mailbox: Mailbox) -> None:
    mail = arrived(mailbox)
    assert mail.ticket
    note = add_note(mail.ticket, by=anna, html="<p>Typed</p>")
    assert as_anna.get(reverse("mailboxes:raw", args=[note.pk])).status_code == 404
