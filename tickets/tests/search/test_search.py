"""Searching tickets: what is found, and that a change of any word is followed at once."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk import limits
from recipients.models import Customer, Recipient, User
from tickets.models import Attachment, Category, Comment, Queue, Tag, Ticket
from tickets.search.postgresql import _has_part_index
from tickets.search.query import search, search_for_visitor
from tickets.tests.conftest import MakeComment, MakeTicket


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


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("办公室的热水器漏水了，请尽快派人来看。", "漏水"),
        ("办公室的热水器漏水了，请尽快派人来看。", "热水器 派人"),
        ("コーヒーの豆が届きません。確認をお願いします。", "豆"),
        ("コーヒーの豆が届きません。確認をお願いします。", "お願い"),
        ("사무실 커피머신에서 물이 샙니다.", "머신"),
        ("เครื่องชงกาแฟน้ำรั่วตั้งแต่เมื่อวาน", "น้ำรั่ว"),
        ("Modell X200漏水", "漏水 x200"),
    ],
)
def test_parts_of_a_text_without_spaces_are_found(ticket: Ticket, written: str, asked: str) -> None:
    Comment.objects.update(text=written)
    assert found(asked) == [ticket.pk]
    Comment.objects.update(text="")
    assert found(asked) == []
    Ticket.objects.update(subject=written)
    assert found(asked) == [ticket.pk]


def test_the_letters_of_a_text_without_spaces_count_in_their_order(ticket: Ticket) -> None:
    Comment.objects.update(text="水管没有漏，热水器正常。")
    assert found("漏水") == []
    assert found("水管 漏水") == []


def test_parts_of_compound_words_are_found_in_subjects_and_file_names(ticket: Ticket, as_anna: Client) -> None:
    if connection.vendor == "postgresql" and not _has_part_index():
        pytest.skip("depends on the pg_trgm extension, which not every server has")
    Ticket.objects.update(subject="Die Kaffeemaschine tropft")
    comment = ticket.comments.get()
    Attachment.objects.create(comment=comment, name="Wartungsvertrag.pdf", type="a/b", size=1, sha256="0" * 64)
    for text in ("maschine", "MASCHINE tropft", "vertrag"):
        page = as_anna.get("/tickets/", {"text": text})
        assert [row.record for row in page.context["table"].page.object_list] == [ticket]
        assert "Die Kaffeemaschine tropft" in as_anna.get("/tickets/palette/", {"text": text}).content.decode()
    page = as_anna.get("/tickets/", {"text": "feem"})  # too short to be a word of its own
    assert not page.context["table"].page.object_list


def test_words_are_looked_for_within_others_only_when_nothing_has_them(ticket: Ticket, as_anna: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        as_anna.get("/tickets/", {"text": "invoice"})
    assert not any("LIKE" in query["sql"] for query in captured.captured_queries if "search_ticket" in query["sql"])


def test_a_visitor_finds_parts_of_what_they_may_read_alone(ticket: Ticket) -> None:
    Comment.objects.create(ticket=ticket, kind=Comment.Kind.NOTE, is_public=False, text="他没有付款。")
    assert list(search_for_visitor(Ticket.objects.all(), "付款")) == []
    assert found("付款") == [ticket.pk]
    Comment.objects.update(is_public=True, kind=Comment.Kind.CUSTOMER, recipient=ticket.requester)
    assert list(search_for_visitor(Ticket.objects.all(), "付款")) == [ticket]


def test_the_search_takes_from_and_minus_and_shows_the_line(
    as_anna: Client, make_ticket: MakeTicket, make_comment: MakeComment
) -> None:
    tom = Recipient.objects.known("tom@beta.example", "Tom Weber")
    by_carla, by_tom = make_ticket("Printer"), make_ticket("Printer", requester=tom)
    make_comment(by_carla, "Good morning.\n" * 9 + "The toner of it is empty.\nThank you.")
    make_comment(by_carla, "Hello again.")
    make_comment(by_tom, "The paper is stuck.", recipient=tom, author_address="tom@beta.example", author_name="Tom")

    def found(text: str) -> set[Ticket]:
        return {row.record for row in as_anna.get("/tickets/", {"view": "all", "text": text}).context["table"].rows}

    assert found("printer") == {by_carla, by_tom}
    assert found("printer -toner") == {by_tom}
    assert found("printer from:tom") == {by_tom}
    assert found("from:Weber") == {by_tom}
    assert found("from:carla -printer") == set()
    page = as_anna.get("/tickets/", {"view": "all", "text": "toner"}).content.decode()
    assert "The <mark>toner</mark> of it is empty." in page
    assert ": Good morning. Good morning. The <mark>toner" in page  # and no rest of a word before it


def test_the_words_of_a_ticket_follow_its_comments_files_and_tags(ticket: Ticket, queue: Queue) -> None:
    other = Ticket.objects.create(subject="Printer", bare_subject="printer", queue=queue)
    comment = Comment.objects.create(ticket=ticket, kind=Comment.Kind.NOTE, is_public=False, text="Ask the plumber")
    assert found("invoice plumber") == [ticket.pk]
    file = Attachment.objects.create(comment=comment, name="leak.pdf", type="a/b", size=1, sha256="0" * 64)
    ticket.tags.add(tag := Tag.objects.create(name="water"))
    Comment.objects.filter(pk=comment.pk).update(ticket=other)  # as a merge does
    assert found("invoice plumber") == found("invoice leak") == []
    assert found("printer plumber leak") == [other.pk]
    Attachment.objects.filter(pk=file.pk).update(comment=None)
    Tag.objects.filter(pk=tag.pk).update(name="damage")
    assert found("printer leak") == found("water") == []
    assert found("invoice damage") == [ticket.pk]
    ticket.tags.clear()
    assert found("damage") == []


def test_a_word_of_a_name_counts_beside_one_of_a_text(ticket: Ticket, queue: Queue, acme: Customer) -> None:
    """Each word may be in another place: customer, requester, message."""
    Recipient.objects.update(name="Carla Corrected")
    assert found("corrected acme zürich") == [ticket.pk]
    assert found("corrected acme printer") == []
    assert found("zürich -corrected") == []


def test_a_name_that_too_many_bear_counts_beside_a_rare_one_alone(
    ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite joins them all")
    monkeypatch.setattr(limits, "NAMED_PEOPLE", replace(limits.NAMED_PEOPLE, amount=2))
    Customer.objects.bulk_create([Customer(name=f"Firm {number} GmbH") for number in range(4)])
    assert found("acme gmbh") == [ticket.pk]
    assert found("gmbh") == []


@pytest.mark.parametrize("enough", [1, 10_000])
def test_a_walk_and_the_index_find_the_same(ticket: Ticket, monkeypatch: pytest.MonkeyPatch, enough: int) -> None:
    monkeypatch.setattr("tickets.search.postgresql.ENOUGH", enough)
    assert found("invoice") == found("conti") == found("acme zürich") == [ticket.pk]
    assert found("invoice printer") == []


def test_a_phrase_is_found_as_it_stands(ticket: Ticket) -> None:
    Comment.objects.update(text="The red\nlamp is on, the green one off.")
    assert found('"red lamp"') == found('invoice "the green"') == [ticket.pk]
    assert found('"lamp red"') == found('invoice -"red lamp"') == []
    assert found('invoice -"lamp red"') == [ticket.pk]


def test_operators_find_what_they_say(ticket: Ticket, anna: User, queue: Queue, acme: Customer) -> None:
    other = Ticket.objects.create(subject="Printer", bare_subject="printer", queue=queue, status="solved")
    Ticket.objects.filter(pk=other.pk).update(created_at="2020-05-05T12:00Z", assignee=anna, addressed_to="x@y.example")
    Attachment.objects.create(comment=ticket.comments.get(), name="a.pdf", type="a/b", size=1, sha256="0" * 64)
    ticket.tags.add(Tag.objects.create(name="urgent"))

    def asked(text: str) -> set[int]:
        return set(search(Ticket.objects.all(), text, user=anna).values_list("pk", flat=True))

    first, second = {ticket.pk}, {other.pk}
    assert asked("is:solved") == asked("assignee:me") == asked("assignee:anna") == asked("before:2020-05-06") == second
    assert asked("is:new") == asked("is:unsolved") == asked("is:unassigned") == asked("assignee:nobody") == first
    assert asked("tag:Urgent") == asked("has:file") == asked("after:2020-05-05") == asked("from:carla") == first
    assert asked(f'queue:"{queue.name}"') == asked(f"queue:{queue.name[:3].lower()}") == first | second
    assert asked("is:solved printer") == second
    assert asked("is:solved invoice") == asked("is:opne") == asked("before:2020-13-01") == asked("has:note") == set()


def test_the_words_are_indexed_anew_by_a_command(ticket: Ticket) -> None:
    call_command("rebuild_search", stdout=StringIO())
    assert found("invoice zürich conti") == [ticket.pk]


def test_the_list_says_what_an_operator_may_be(as_anna: Client, ticket: Ticket) -> None:
    page = as_anna.get("/tickets/", {"text": "is:opne"}).content.decode()
    assert "“is:opne” is not recognised. Possible values: is:unsolved, is:unassigned, is:new" in page
    assert "“before:soon” finds nothing. Write it as in before:2026-01-31." in (
        as_anna.get("/tickets/", {"text": "before:soon"}).content.decode()
    )
    assert '<option value="from:carla">' in as_anna.get("/tickets/operators/").content.decode()
    assert "is not known" not in as_anna.get("/tickets/", {"text": "is:open invoice"}).content.decode()


def test_what_is_left_out_counts_beside_every_word(ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    for enough in (1, 10_000):
        monkeypatch.setattr("tickets.search.postgresql.ENOUGH", enough)
        assert found("invoice -printer") == found("-printer") == [ticket.pk]
        assert found("invoice -zürich") == found("-zürich") == []


def test_a_category_and_what_is_put_off_are_found(ticket: Ticket, queue: Queue) -> None:
    hardware = Category.objects.create(name="Hardware")
    printers = Category.objects.create(name="Printers", parent=hardware)
    other = Ticket.objects.create(subject="Other", bare_subject="other", queue=queue, wakes_on_answer=True)
    Ticket.objects.filter(pk=ticket.pk).update(category=printers)
    assert found("category:hardware") == found("category:print") == [ticket.pk]
    assert found("is:snoozed") == [other.pk]
    assert found("category:software") == []
