"""A mailbox that holds mail already: how much of it comes in, and how quietly (U27)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers.dovecot import Dovecot
from mailboxes.fetching.fetch import fetch
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.tests.accounts.test_mailbox_form import typed
from mailboxes.tests.mails import mail
from recipients.models import User
from tickets.models import Event, Outbox, Queue, Status, Ticket

pytestmark = pytest.mark.django_db


def fetched(box: Mailbox) -> list[str]:
    """The subjects of the tickets there are after a fetch."""
    assert fetch(box.pk).state == Mailbox.State.OK
    return sorted(Ticket.objects.values_list("subject", flat=True))


def beginning(box: Mailbox, take_in: str, since: datetime | None = None) -> None:
    box.take_in, box.take_in_since = take_in, since and since.date()
    box.save()


def test_new_mail_only_leaves_what_is_there_and_says_how_much(
    support: Mailbox, mail_server: MailServer, as_ada: Client
) -> None:
    beginning(support, Mailbox.TakeIn.NEW)
    mail_server.deliver("support", mail(subject="Old"))
    mail_server.deliver("support", mail(subject="Older"))
    assert fetched(support) == []
    mail_server.deliver("support", mail(subject="New"))
    assert fetched(support) == ["New"]
    support.refresh_from_db()
    assert (support.server_messages, support.missing_messages, support.left_messages) == (1, 0, 2)
    page = as_ada.get(reverse("settings:mailbox", args=[support.pk])).content.decode()
    assert "2 messages were there before the mailbox was connected" in page


@pytest.mark.parametrize("take_in", [Mailbox.TakeIn.NEW, Mailbox.TakeIn.ALL])
def test_what_came_after_the_account_was_chosen_is_new_however_late_the_first_fetch(
    support: Mailbox, mail_server: MailServer, take_in: str
) -> None:
    mail_server.deliver("support", mail(subject="New"))
    support.set_up_at = timezone.now() - timedelta(minutes=5)
    beginning(support, take_in)
    assert fetched(support) == ["New"]
    assert Ticket.objects.get().status == Status.NEW
    mail_server.deliver("support", mail(subject="Newer"))
    assert fetched(support) == ["New", "Newer"]


def test_everything_becomes_closed_tickets_of_their_day_and_nobody_is_told(
    support: Mailbox, mail_server: MailServer, ada: User, anna: User
) -> None:
    beginning(support, Mailbox.TakeIn.ALL)
    mail_server.deliver("support", mail(subject="Old", message_id="<old@acme.example>"))
    mail_server.deliver("support", mail(subject="Re: Old", in_reply_to="<old@acme.example>"))
    assert fetched(support) == ["Old"]
    ticket, row = Ticket.objects.get(), InboundEmail.objects.earliest("pk")
    assert (ticket.status, ticket.created_at, row.silent) == (Status.CLOSED, row.received_at, True)
    assert ticket.comments.count() == 2
    assert ticket.events.get(kind=Event.Kind.OPENED).at == row.received_at
    assert not Outbox.objects.exists()
    mail_server.deliver("support", mail(subject="New"))
    assert fetched(support) == ["New", "Old"]
    assert Ticket.objects.get(subject="New").status == Status.NEW
    assert Outbox.objects.exists()


def test_what_is_silent_stays_silent_when_it_is_processed_later(
    support: Mailbox, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, anna: User
) -> None:
    beginning(support, Mailbox.TakeIn.ALL)
    mail_server.deliver("support", mail(subject="Old"))
    with monkeypatch.context() as patch:
        patch.setattr("mailboxes.fetching.folder.process_batch", lambda batch: [])
        fetch(support.pk)
    assert fetched(support) == ["Old"]
    assert (Ticket.objects.get().status, Outbox.objects.count()) == (Status.CLOSED, 0)


@pytest.mark.servers
def test_mail_since_a_date_is_taken_in_as_any_other(dovecot: Dovecot, support: Mailbox) -> None:
    support.imap_port, support.imap_username, support.imap_password = dovecot.port, "since", "sesame"
    today = timezone.now()
    beginning(support, Mailbox.TakeIn.SINCE, today - timedelta(days=3))
    with dovecot.client("since") as client:
        for subject, days in (("Long ago", 300), ("Of these days", 2)):
            client.append("INBOX", mail(subject=subject), (), today - timedelta(days=days))
    assert fetched(support) == ["Of these days"]
    assert Ticket.objects.get().status == Status.NEW
    dovecot.renumber("since")
    assert fetched(support) == ["Of these days"]


@pytest.mark.servers
def test_a_folder_numbered_anew_brings_back_nothing_of_the_past(dovecot: Dovecot, support: Mailbox) -> None:
    support.imap_port, support.imap_username, support.imap_password = dovecot.port, "anew", "sesame"
    beginning(support, Mailbox.TakeIn.NEW)
    with dovecot.client("anew") as client:
        client.append("INBOX", mail(subject="Old"), (), datetime(2026, 1, 5, tzinfo=UTC))
    fetched(support)
    dovecot.deliver("anew", mail(subject="New"))
    fetched(support)
    dovecot.renumber("anew")
    assert fetched(support) == ["New"]


def test_the_form_asks_and_the_test_says_how_many(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    mail_server.deliver("support", mail())
    url = reverse("settings:mailbox_test_new")
    tried = as_ada.post(url, typed(mail_server, queue, take_in="new"), headers={"HX-Request": "true"})
    assert "Already there: 1. To be taken in of these: 0;" in tried.content.decode()
    tried = as_ada.post(url, typed(mail_server, queue, take_in="all"), headers={"HX-Request": "true"})
    assert "1 message becomes a closed ticket" in tried.content.decode()
    as_ada.post(reverse("settings:mailbox_add"), typed(mail_server, queue))
    assert Mailbox.objects.get().take_in == Mailbox.TakeIn.NEW


def test_a_date_is_needed_where_one_is_asked_for(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    answer = as_ada.post(reverse("settings:mailbox_add"), typed(mail_server, queue, take_in="since"))
    assert "From which day on?" in answer.content.decode()
    as_ada.post(reverse("settings:mailbox_add"), typed(mail_server, queue, take_in="since", take_in_since="2026-11-01"))
    assert str(Mailbox.objects.get().take_in_since) == "2026-11-01"


def test_the_folders_of_the_server_are_offered(as_ada: Client, queue: Queue, mail_server: MailServer) -> None:
    url = reverse("settings:mailbox_test_new")
    for folder in ("INBOX", "Nowhere"):
        tried = as_ada.post(url, typed(mail_server, queue, folder=folder), headers={"HX-Request": "true"})
        assert '<option value="INBOX">' in tried.content.decode()
