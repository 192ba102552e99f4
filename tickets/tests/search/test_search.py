"""Searching tickets: what is found, and that a change of any word is followed at once."""

import pytest
from django.db import connection

from recipients.models import Customer, Recipient, User
from tickets.models import Attachment, Comment, Queue, Tag, Ticket
from tickets.search.query import search


@pytest.fixture
def ticket(queue: Queue, acme: Customer) -> Ticket:
    """Carla's ticket about an invoice."""
    requester = Recipient.objects.known("carla@acme.example", "Carla Conti")
    ticket = Ticket.objects.create(
        subject="Invoice 2024-118 is wrong", bare_subject="invoice", queue=queue, requester=requester, customer=acme
    )
    Comment.objects.create(
        ticket=ticket,
        kind=Comment.Kind.CUSTOMER,
        author_name="Carla Conti",
        author_address="carla@acme.example",
        text="Bitte die Straße in Zürich ändern.",
    )
    return ticket


def found(text: str) -> list[int]:
    return list(search(Ticket.objects.all(), text).values_list("pk", flat=True))


@pytest.mark.parametrize(
    "text",
    [
        "invoice",
        "INVOICE 118",
        "inv",
        "carla@acme.example",
        "conti",
        "Acme",
        "gmbh invoice",
        "straße",
        "  wrong,  invoice!  ",
        "zürich acm",
    ],
)
def test_a_ticket_is_found_by_its_words(ticket: Ticket, text: str) -> None:
    assert found(text) == [ticket.pk]


def test_a_ticket_is_found_by_its_number(ticket: Ticket) -> None:
    assert found(f"#{ticket.number}") == [ticket.pk]


@pytest.mark.parametrize(
    "text", ["nvoice", "inv 118", "i", "printer", "invoice printer", 'acme*" OR 1', "???", "NEAR("]
)
def test_other_words_do_not_find_it(ticket: Ticket, text: str) -> None:
    assert found(text) == []


def test_a_ticket_is_found_by_the_name_of_a_file(ticket: Ticket) -> None:
    comment = ticket.comments.get()
    file = Attachment.objects.create(
        comment=comment, name="Rechnung 2026-1181.pdf", type="a/b", size=1, sha256="0" * 64
    )
    assert found("rechnung 1181") == [ticket.pk]
    Attachment.objects.filter(pk=file.pk).update(name="msg0007.wav")
    assert found("1181") == []
    assert found("msg0007.wav") == [ticket.pk]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("kündigen", "kuendigen"),
        ("kuendigen", "kündigen"),
        ("Maße", "masse"),
        ("Strasse", "straße"),
        ("Größe", "groesse"),
    ],
)
def test_umlauts_are_found_in_either_spelling(ticket: Ticket, written: str, asked: str) -> None:
    Comment.objects.update(text=f"Wir wollen {written} bitte")
    assert found(f"{asked} bitte") == [ticket.pk]
    assert found(asked[:-1]) == [ticket.pk]  # the beginning of the last word


def test_an_empty_text_finds_everything(ticket: Ticket) -> None:
    assert found("   ") == [ticket.pk]


def test_the_search_follows_every_change(ticket: Ticket, acme: Customer) -> None:
    Ticket.objects.update(subject="Printer on fire")
    Customer.objects.filter(pk=acme.pk).update(name="Zenith SpA")
    ticket.tags.add(Tag.objects.create(name="hardware"))
    assert found("invoice") == []
    assert found("printer zenith hardware") == [ticket.pk]
    Comment.objects.all().delete()
    assert found("zürich") == []


def test_a_deleted_ticket_is_found_no_more(ticket: Ticket) -> None:
    ticket.delete()
    assert found("invoice") == []
    assert found("zürich") == []


def test_accents_do_not_count_on_sqlite(ticket: Ticket) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("depends on the unaccent extension, which not every server has")
    assert found("zurich") == [ticket.pk]


def test_a_huge_text_is_kept_and_found_by_its_beginning(ticket: Ticket) -> None:
    words = " ".join(f"w{n:06d}" for n in range(400_000))
    Comment.objects.create(ticket=ticket, kind=Comment.Kind.CUSTOMER, text=f"needle {words}")
    assert found("needle") == [ticket.pk]


def test_the_search_stays_within_the_tickets_it_is_given(ticket: Ticket, anna: User, queue: Queue) -> None:
    anna.queues.clear()
    assert list(search(Ticket.objects.visible_to(anna), "invoice")) == []
