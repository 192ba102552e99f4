"""Who takes part in a ticket by a mail that nobody vouches for? Nobody, before an agent says so."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import SUPPORT, arrive, bounce, mail
from mailboxes.tests.people import replied, trusting, wrote
from recipients.models import Customer, User
from tickets.conversation.replying import reply
from tickets.models import Comment, Outbox, Ticket
from tickets.text import references

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

MALLORY, CARLA = "mallory@evil.example", "carla@acme.example"
SERVER = "mx.helpdesk.example"
VOUCHED = f"{SERVER}; dmarc=pass header.from=acme.example"
#: What a server may say that says nothing of the author, or that it came from somebody else.
SILENT = [
    "",
    f"{SERVER}; dmarc=none",
    f"{SERVER}; spf=pass smtp.mailfrom=evil.example; dkim=pass header.d=evil.example; dmarc=none",
    f"{SERVER}; spf=pass smtp.mailfrom=bounces@evil.example; dmarc=none",
]


@pytest.fixture
def ticket(carla: Customer, anna: User) -> Ticket:
    return wrote(CARLA, subject="Printer")


def in_copy(ticket: Ticket) -> list[str]:
    return [recipient.address for recipient in ticket.participants.all()]


@pytest.mark.parametrize("results", SILENT)
def test_a_stranger_does_not_join_by_a_number_and_a_from_nobody_vouches_for(
    support: Mailbox, ticket: Ticket, anna: User, results: str
) -> None:
    # S27
    trusting(support, "observe")
    headers = {"authentication_results": results} if results else {}
    assert replied(CARLA, ticket, cc=MALLORY, **headers).outcome == Outcome.COMMENT
    assert in_copy(ticket) == []
    reply(ticket, by=anna, html="<p>The password is 1234.</p>")
    assert not Outbox.objects.filter(recipient=MALLORY).exists()


@pytest.mark.parametrize("results", SILENT)
def test_where_authentication_is_enforced_a_number_alone_is_held(
    support: Mailbox, ticket: Ticket, results: str
) -> None:
    # S28
    trusting(support, "enforce")
    headers = {"authentication_results": results} if results else {}
    row = replied(CARLA, ticket, cc=MALLORY, **headers)
    assert (row.outcome, row.ticket) == (Outcome.HELD, ticket)
    assert in_copy(ticket) == []


def test_where_it_is_enforced_what_passed_for_others_alone_is_a_failure(support: Mailbox, ticket: Ticket) -> None:
    # S28
    trusting(support, "enforce")
    confirmation = Outbox.objects.get(kind="request_received")
    answers = f"<{references.message_id(confirmation.token, 'helpdesk.example')}>"
    others, own = SILENT[2], f"{SERVER}; spf=pass smtp.mailfrom=x@mail.acme.example; dkim=pass header.d=sender.example"
    assert replied(CARLA, ticket, authentication_results=others, in_reply_to=answers).outcome == Outcome.HELD
    assert replied(CARLA, ticket, authentication_results=own, in_reply_to=answers).outcome == Outcome.COMMENT


def test_a_proved_message_brings_its_people_in(support: Mailbox, ticket: Ticket) -> None:
    trusting(support, "enforce")
    assert replied(CARLA, ticket, authentication_results=VOUCHED, cc="dora@acme.example").outcome == Outcome.COMMENT
    assert in_copy(ticket) == ["dora@acme.example"]


def test_an_answer_to_our_mail_to_its_author_brings_its_people_in(support: Mailbox, ticket: Ticket) -> None:
    confirmation = Outbox.objects.get(kind="request_received")
    answers = f"<{references.message_id(confirmation.token, 'helpdesk.example')}>"
    replied(CARLA, ticket, in_reply_to=answers, cc="dora@acme.example")
    assert in_copy(ticket) == ["dora@acme.example"]
    replied("dora@acme.example", ticket, in_reply_to=answers, cc=MALLORY)  # it was sent to Carla, not to Dora
    assert in_copy(ticket) == ["dora@acme.example"]


def test_a_signed_mail_to_others_that_is_passed_on_brings_nobody_in(support: Mailbox, ticket: Ticket) -> None:
    trusting(support, "observe")
    replied(CARLA, ticket, authentication_results=VOUCHED, to=MALLORY, cc="dora@acme.example")
    assert in_copy(ticket) == []
    new = wrote(CARLA, authentication_results=VOUCHED, to=MALLORY, cc="dora@acme.example")
    assert in_copy(new) == []


def test_an_agent_puts_them_in_copy_by_one_click(as_anna: Client, ticket: Ticket) -> None:
    replied(CARLA, ticket, cc="boss@acme.example, dora@acme.example")
    page = as_anna.get(ticket.get_absolute_url()).content.decode()
    assert "left out of CC: boss@acme.example, dora@acme.example" in page
    where = reverse("tickets:add_participants", args=[ticket.pk])
    assert where in page
    as_anna.post(where, {"address": ["boss@acme.example", "dora@acme.example"]})
    assert sorted(in_copy(ticket)) == ["boss@acme.example", "dora@acme.example"]


# -- Mail that says of itself that it is automatic ------------------------------------------------------------------


def automatic(sender: str, ticket: Ticket, **headers: str) -> InboundEmail:
    """Phishing with a link and a file under somebody's name."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, SUPPORT, f"Re: [#{ticket.number}] Printer"
    made["Auto-Submitted"], made["Message-ID"] = "auto-replied", f"<{ticket.comments.count()}@evil.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content("Sign in here")
    made.add_alternative('<a href="https://evil.example">Sign in here</a>', subtype="html")
    made.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="invoice.exe")
    return arrive(made.as_bytes(), mailbox=Mailbox.objects.get())


@pytest.mark.parametrize("sender", [MALLORY, "Anna Berg <anna@helpdesk.example>", CARLA])
def test_automatic_mail_that_answers_no_mail_of_ours_is_held(ticket: Ticket, as_anna: Client, sender: str) -> None:
    row = automatic(sender, ticket)
    assert (row.outcome, row.ticket) == (Outcome.HELD, ticket)
    assert row.comment
    assert (row.comment.kind, row.comment.is_held, row.comment.is_public) == ("automatic", True, False)
    assert "Held." in as_anna.get(ticket.get_absolute_url()).content.decode()


def test_automatic_mail_of_the_requester_that_is_proved_or_answers_ours_is_kept(
    support: Mailbox, ticket: Ticket
) -> None:
    trusting(support, "observe")
    confirmation = Outbox.objects.get(kind="request_received")
    answers = f"<{references.message_id(confirmation.token, 'helpdesk.example')}>"
    assert automatic(CARLA, ticket, Authentication_Results=VOUCHED).outcome == Outcome.AUTOMATIC
    assert automatic("away@acme.example", ticket, In_Reply_To=answers).outcome == Outcome.AUTOMATIC


@pytest.mark.parametrize("sign", ["auto-replied", "auto-generated"])
def test_another_helpdesks_acknowledgement_reopens_no_ticket_and_tells_nobody(ticket: Ticket, sign: str) -> None:
    # L25
    confirmation = Outbox.objects.get(kind="request_received")
    ticket.set_status("closed", by=None)
    before = Outbox.objects.count()
    row = replied(CARLA, ticket, confirmation, subject="[Request received] [#77] Printer", auto_submitted=sign)
    assert (row.outcome, row.ticket) == (Outcome.AUTOMATIC, ticket)
    ticket.refresh_from_db()
    assert (ticket.status, Outbox.objects.count()) == ("closed", before)
    if sign == "auto-generated":  # which helpdesks put into what their people write, too
        Outbox.objects.filter(pk=confirmation.pk).update(created_at=timezone.now() - timedelta(hours=1))
        subject = "Re: Printer"
        assert replied(CARLA, ticket, confirmation, subject=subject, auto_submitted=sign).outcome == Outcome.COMMENT


def test_an_automatic_mail_under_a_suppliers_own_number_is_not_held_on_ours(ticket: Ticket) -> None:
    # S20
    raw = mail(
        From="help@fairfreight.example", subject=f"[#{ticket.number}] Parcel 7781", auto_submitted="auto-replied"
    )
    row = arrive(raw, mailbox=Mailbox.objects.get())
    assert (row.outcome, row.ticket) == (Outcome.AUTOMATIC, None)
    assert f"#{ticket.number}" in row.reason


def test_an_accepted_automatic_mail_changes_nothing(ticket: Ticket, as_anna: Client) -> None:
    row = automatic(CARLA, ticket)
    before = (ticket.status, Outbox.objects.count())
    as_anna.post(reverse("tickets:accept", args=[ticket.pk, row.comment_id]))
    ticket.refresh_from_db()
    comment = Comment.objects.get(pk=row.comment_id)
    assert (ticket.status, Outbox.objects.count()) == before
    assert (comment.is_held, comment.is_public, comment.is_rejected, ticket.has_held_comments) == (False,) * 4


def test_a_report_of_a_stranger_puts_no_word_and_no_file_of_theirs_on_a_ticket(ticket: Ticket) -> None:
    Outbox.objects.update(state="sent", sent_at=ticket.created_at)
    raw = (
        bounce(CARLA)
        .replace(b"550 5.1.1 User unknown", b"550 5.1.1 see https://evil.example")
        .replace(
            b"--B--",
            b"--B\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment;"
            b' filename="invoice.exe"\r\n\r\nMZ\r\n--B--',
        )
    )
    row = arrive(raw, mailbox=Mailbox.objects.get())
    assert (row.outcome, row.ticket) == (Outcome.BOUNCE, ticket)
    assert row.comment
    assert not row.comment.attachments.exists()
    shown = " ".join((row.comment.reply, row.comment.text, row.comment.quoted, row.comment.html))
    assert "evil.example" not in shown
    assert "Nothing proves it" in shown
