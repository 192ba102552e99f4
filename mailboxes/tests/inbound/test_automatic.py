"""What becomes of mails that may be a program's: by sure signs, by words, by a group that passes mail on."""

import pytest

from mailboxes.models import Mailbox, Outcome
from mailboxes.tests.mails import SUPPORT, arrive, mail
from recipients.models import Customer, User
from tickets.models import Outbox, Status, Ticket
from tickets.text import references

pytestmark = pytest.mark.django_db


def confirmations() -> int:
    return Outbox.objects.filter(kind=Outbox.Kind.REQUEST_RECEIVED).count()


def last_mail_of_ours(**about: str) -> str:
    token = Outbox.objects.filter(**about).latest("pk").token
    return f"<{references.message_id(token, 'helpdesk.example')}>"


@pytest.mark.parametrize(
    "words",
    [
        {"subject": "Abwesenheitsnotiz: [#{}] Your request"},
        {"subject": "Out of Office: Your request"},
        {"subject": "Automātiskā atbilde: [#{}] Your request"},
        {"subject": "Nieobecność w biurze: Your request", "text": "Jestem na urlopie."},
        {"subject": "Vacation", "text": "I am on vacation until Monday."},
    ],
)
def test_an_absence_without_headers_that_answers_our_mail_changes_nothing(
    support: Mailbox, carla: Customer, words: dict[str, str]
) -> None:
    ticket = arrive(mail()).ticket
    assert ticket
    Ticket.objects.update(status=Status.SOLVED)
    before = Outbox.objects.count()
    subject = words["subject"].format(ticket.number)
    row = arrive(mail(words.get("text", "Back on Monday."), subject=subject, in_reply_to=last_mail_of_ours()))
    ticket.refresh_from_db()
    assert (row.outcome, row.ticket) == (Outcome.AUTOMATIC, ticket)
    assert (ticket.status, Outbox.objects.count()) == (Status.SOLVED, before)


def test_an_agents_absence_that_answers_a_notice_reaches_no_customer(
    support: Mailbox, carla: Customer, anna: User
) -> None:
    ticket = arrive(mail()).ticket
    assert ticket
    notice, before = last_mail_of_ours(recipient=anna.email), Outbox.objects.count()
    subject = f"Automatische Antwort: [#{ticket.number}] New ticket"
    row = arrive(mail("Rufen Sie privat 0000-123 an.", From=anna.email, subject=subject, in_reply_to=notice))
    assert (row.outcome, Outbox.objects.count()) == (Outcome.AUTOMATIC, before)


@pytest.mark.parametrize("subject", ["Out of Office: Your offer", "Réponse automatique : votre offre"])
def test_an_absence_that_answers_nothing_opens_a_ticket_without_confirmation(support: Mailbox, subject: str) -> None:
    assert arrive(mail(subject=subject)).outcome == Outcome.TICKET
    assert confirmations() == 0


@pytest.mark.parametrize("subject", ["Vacation request", "Out of office on Friday?", "Away from my office chair"])
def test_who_writes_about_an_absence_is_confirmed(support: Mailbox, subject: str) -> None:
    assert arrive(mail(subject=subject)).outcome == Outcome.TICKET
    assert confirmations() == 1


@pytest.mark.parametrize(
    "signs",
    [
        {"subject": "Out of office replies do not work", "x_auto_response_suppress": "All"},
        {"subject": "Out of office replies do not work", "list_unsubscribe": "<mailto:stop@acme.example>"},
        {"x_autoreply": "yes"},
        {
            "From": "Otto <postmaster@acme.example>",
            "subject": "Undelivered mail",
            "text": "My mail to ann@gone.example came back: 550 5.1.1 user unknown. Do you know why?",
        },
        {"From": "abuse@provider.example", "subject": "Abuse report", "text": "Your server sends spam."},
    ],
)
def test_weak_signs_open_a_ticket(support: Mailbox, signs: dict[str, str]) -> None:
    headers = dict(signs)
    assert arrive(mail(headers.pop("text", "Please help."), **headers)).outcome == Outcome.TICKET


def test_what_weak_signs_make_automatic_is_not_confirmed(support: Mailbox) -> None:
    arrive(mail(subject="Out of office replies do not work", x_auto_response_suppress="All"))
    assert confirmations() == 0


@pytest.mark.parametrize(
    "group",
    [
        {"list_post": f"<mailto:{SUPPORT}>", "precedence": "list"},
        {"list_id": "<support.helpdesk.example>", "list_unsubscribe": "<mailto:leave@groups.example>"},
        {"mailing_list": f"list {SUPPORT}; contact owners@helpdesk.example", "precedence": "list"},
    ],
)
def test_a_group_behind_our_own_address_makes_nobody_a_machine(support: Mailbox, group: dict[str, str]) -> None:
    assert arrive(mail(**group)).outcome == Outcome.TICKET
    assert confirmations() == 1


@pytest.mark.parametrize(
    "signs",
    [
        {"list_post": "<mailto:printers@lists.example>", "precedence": "list"},
        {"list_post": f"<mailto:{SUPPORT}>", "precedence": "bulk"},
        {"list_post": f"<mailto:{SUPPORT}>", "auto_submitted": "auto-generated"},
        {"list_unsubscribe": "<https://shop.example/stop>"},
    ],
)
def test_other_lists_and_programs_are_never_confirmed(support: Mailbox, signs: dict[str, str]) -> None:
    assert arrive(mail(**signs)).outcome == Outcome.TICKET
    assert confirmations() == 0


def test_a_server_that_asks_for_some_silence_does_not_silence_its_people(support: Mailbox) -> None:
    assert arrive(mail(x_auto_response_suppress="DR, OOF, AutoReply")).outcome == Outcome.TICKET
    assert confirmations() == 1
