"""Which ticket a mail belongs to, by every clue it may carry (S17)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as settings_
from hypothesis import strategies as st

from mailboxes.parsing import ParsedEmail
from mailboxes.parsing.header.subjects import FORWARD, REPLY
from recipients.models import Customer, User
from tickets.conversation.merge_tickets import merge_ticket
from tickets.intake.threading import Thread, ThreadedBy, find_thread
from tickets.models import MailReference, Outbox, Queue, Ticket, TicketSettings
from tickets.tests.mails import SUPPORT, arrival, id_of, mail, take
from tickets.text.references import new_token, reply_address

pytestmark = pytest.mark.django_db

CARLA = "Carla <carla@acme.example>"


@pytest.fixture
def ticket(queue: Queue, anna: User, carla: Customer) -> Ticket:
    """Carla's ticket about her printer; her mail was first@acme.example."""
    return take(mail(CARLA, "Printer broken", mid="first@acme.example")).ticket


def thread_of(parsed: ParsedEmail) -> Thread:
    with transaction.atomic():
        return find_thread(parsed, arrival(parsed))


def confirmation(ticket: Ticket) -> Outbox:
    return Outbox.objects.get(ticket=ticket, kind=Outbox.Kind.REQUEST_RECEIVED)


CLUES: dict[str, tuple[Callable[[Ticket], ParsedEmail], ThreadedBy | None]] = {
    "the tag, whatever else the subject says": (
        lambda t: mail(CARLA, f"Something else entirely [#{t.number}]"),
        ThreadedBy.TAG,
    ),
    "the tag between reply prefixes": (lambda t: mail(CARLA, f"AW: Re: [#{t.number}] x"), ThreadedBy.TAG),
    "an answer to our mail, subject unchanged": (
        lambda t: mail(CARLA, "Re: Printer broken", answers=id_of(confirmation(t))),
        ThreadedBy.HEADER,
    ),
    "an answer to the customer's own mail": (
        lambda t: mail(CARLA, "Fwd: PRINTER   broken", answers="first@acme.example"),
        ThreadedBy.HEADER,
    ),
    "an answer in another language": (
        lambda t: mail(CARLA, "Odp: Printer broken", answers="first@acme.example"),
        ThreadedBy.HEADER,
    ),
    "the signed reply address, whatever the subject": (
        lambda t: mail(CARLA, "Hello", to=[reply_address(SUPPORT, confirmation(t).token)]),
        ThreadedBy.ADDRESS,
    ),
    "an id further up in References": (
        lambda t: mail(CARLA, "Re: Printer broken", headers={"References": "<first@acme.example> <x@y.example>"}),
        ThreadedBy.HEADER,
    ),
    "nothing": (lambda t: mail(CARLA, "Printer broken"), None),
    "the tag in the text alone": (lambda t: mail(CARLA, "Hello", f"It is about [#{t.number}]"), None),
    "the tag of a ticket that does not exist": (lambda t: mail(CARLA, "Re: [#999999] Printer broken"), None),
    "an id that nobody knows": (lambda t: mail(CARLA, "Re: Printer broken", answers="no@where.example"), None),
    "a token that somebody else signed": (
        lambda t: mail(CARLA, "Re: Printer broken", answers=f"{new_token(t.number, ['guess'])}@desk.example"),
        None,
    ),
    "a reply address that somebody else signed": (
        lambda t: mail(CARLA, "Hello", to=[reply_address(SUPPORT, new_token(t.number, ["guess"]))]),
        None,
    ),
}


@pytest.mark.parametrize("clue", CLUES)
def test_what_makes_a_mail_part_of_a_ticket(clue: str, ticket: Ticket) -> None:  # U02, W02, L28
    write, by = CLUES[clue]
    thread = thread_of(write(ticket))
    assert (thread.ticket, thread.by) == (ticket if by else None, by)
    assert bool(thread.reason) is bool(by or thread.may_follow)


def test_a_changed_subject_makes_a_new_ticket_that_names_the_old_one(ticket: Ticket) -> None:  # R29, SC33, S18
    received = take(mail(CARLA, "The scanner", answers=id_of(confirmation(ticket))))
    assert received.ticket != ticket
    assert received.ticket.follow_up_of == ticket
    assert received.ticket.customer == ticket.customer
    assert ticket.events.filter(kind="follow_up", data={"ticket": received.ticket.number}).exists()


#: What programs and gateways make of "Printer broken" on its way; two of them in a language that nobody listed.
SUBJECTS = [
    *("", "Re:", "Re: (no subject)", "Re: (ohne Betreff)", "Хариу: Printer broken", "Jib.: Fwd: Printer broken"),
    *("[FREMD] Printer broken", "Re: <<Extern>> Printer broken", "RE[4]: Printer broken [vaš dobavitelj]"),
    *("Re: ｐｒｉｎｔｅｒ broken", "Re: Printer – broken", "##Externo## RE: Printer broken", "Re : Printer  broken"),
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_programs_make_of_a_subject_is_no_other_subject(ticket: Ticket, subject: str) -> None:
    assert thread_of(mail(CARLA, subject, answers="first@acme.example")).ticket == ticket
    assert thread_of(mail(CARLA, subject, answers=id_of(confirmation(ticket)))).ticket == ticket


@pytest.mark.parametrize(
    "subject", ["Printer", "Re: Scanner broken", "Broken printer (was: Printer broken)", "Question"]
)
def test_what_an_author_makes_of_a_subject_is_another_one(ticket: Ticket, subject: str) -> None:
    assert thread_of(mail(CARLA, subject, answers="first@acme.example")).follow_up_of == ticket


def test_an_answer_to_a_mail_that_joined_under_another_subject_joins(ticket: Ticket) -> None:
    take(mail(CARLA, f"[#{ticket.number}] The invoice", mid="second@acme.example"))
    assert thread_of(mail(CARLA, "AW: The invoice", answers="second@acme.example")).ticket == ticket
    assert thread_of(mail(CARLA, "AW: Printer broken", answers="second@acme.example")).ticket == ticket


@pytest.mark.parametrize("length", [180, 700])
def test_a_long_subject_that_was_cut_off_is_the_same(queue: Queue, carla: Customer, length: int) -> None:
    subject = ("Ten printers of the branch in Lyon are broken " * 20)[:length]
    ticket = take(mail(CARLA, subject, mid="long@acme.example")).ticket
    for left in (subject, subject[:150], f"{subject[:160]}..."):
        assert thread_of(mail(CARLA, f"Re: {left}", answers="long@acme.example")).ticket == ticket


def test_what_answers_a_known_mail_joins_unless_its_author_wrote_another_subject(ticket: Ticket) -> None:
    """Law (d): any prefixes and labels, in any order, and however often."""
    prefixes = st.sampled_from([f"{each}:" for each in f"{REPLY}|{FORWARD}".split("|") if each.isalpha()])
    labels = st.sampled_from(["[EXTERNAL]", "EXTERNAL:", "***SPAM***", "[Suspicious]", "[Extern]", "(unknown)"])

    @settings_(max_examples=60, database=None)
    @given(
        st.lists(prefixes | labels, max_size=5), st.sampled_from(["Printer broken", "PRINTER BROKEN", "The scanner"])
    )
    def joins(before: list[str], written: str) -> None:
        thread = thread_of(mail(CARLA, " ".join([*before, written]), answers="first@acme.example"))
        assert (thread.ticket == ticket) is (written.casefold() == "printer broken"), (before, written)

    joins()


def test_an_automatic_reply_belongs_to_what_it_answers_whatever_its_subject(ticket: Ticket) -> None:  # L25
    out_of_office = mail(
        CARLA, "I am on holiday", answers=id_of(confirmation(ticket)), headers={"Auto-Submitted": "auto-replied"}
    )
    assert thread_of(out_of_office).ticket == ticket


def test_of_several_tickets_the_first_tag_that_exists_wins(ticket: Ticket) -> None:
    other = take(mail(CARLA, "Another")).ticket
    subject = f"[#999999] [#{other.number}] [#{ticket.number}]"
    assert thread_of(mail(CARLA, subject, answers="first@acme.example")).ticket == other


def test_in_reply_to_comes_before_references(ticket: Ticket) -> None:
    other = take(mail(CARLA, "Printer broken", mid="second@acme.example")).ticket
    headers = {"In-Reply-To": "<second@acme.example>", "References": "<first@acme.example>"}
    assert thread_of(mail(CARLA, "Re: Printer broken", headers=headers)).ticket == other


def test_a_merged_ticket_leads_to_its_survivor_however_often_it_was_merged(ticket: Ticket, anna: User) -> None:
    # S29
    second, third = take(mail(CARLA, "Second")).ticket, take(mail(CARLA, "Third")).ticket
    merge_ticket(ticket, into=second, by=anna)
    merge_ticket(second, into=third, by=anna)
    assert thread_of(mail(CARLA, f"[#{ticket.number}]")).ticket == third  # SC39
    thread = thread_of(mail(CARLA, "Re: Printer broken", answers=id_of(confirmation(ticket))))
    assert thread.ticket == third
    assert thread.answered == confirmation(ticket)


def test_a_deleted_ticket_leads_to_a_new_one(ticket: Ticket) -> None:  # L19
    answered = id_of(confirmation(ticket))
    number = ticket.number
    ticket.delete()
    received = take(mail(CARLA, f"Re: [#{number}] Printer broken", answers=answered))
    assert received.ticket.number > number
    assert received.ticket.subject == "Re: Printer broken"


@pytest.mark.parametrize(
    ("days", "ago", "reopened"), [(None, 400, True), (14, 13, True), (14, 15, False), (0, 1, False)]
)
def test_a_ticket_closed_for_too_long_is_followed_up(
    days: int | None, ago: int, reopened: bool, ticket: Ticket, anna: User
) -> None:
    TicketSettings(pk=1, match_closed_for_days=days).save()
    ticket.set_status("closed", by=anna)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=timezone.now() - timedelta(days=ago))
    received = take(mail(CARLA, f"Re: [#{ticket.number}]"))
    assert (received.ticket == ticket) is reopened
    assert received.ticket.follow_up_of == (None if reopened else ticket)


def test_three_queries_however_many_ids_a_mail_names(ticket: Ticket) -> None:
    for number in range(20):
        MailReference.objects.create(digest=f"{number}", ticket=ticket)
    names = [f"<{n}@x.example>" for n in range(60)] + ["<first@acme.example>", f"<{id_of(confirmation(ticket))}>"]
    parsed = mail(CARLA, "Re: Printer broken", headers={"References": " ".join(names)})
    with CaptureQueriesContext(connection) as queries:
        assert thread_of(parsed).ticket == ticket
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 3


def test_a_key_that_was_replaced_still_opens_old_references(ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REFERENCE_KEYS", ["new key", *settings.REFERENCE_KEYS])
    assert thread_of(mail(CARLA, "Re: Printer broken", answers=id_of(confirmation(ticket)))).ticket == ticket
