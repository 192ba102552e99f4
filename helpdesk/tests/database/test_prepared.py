"""What is composed once is answered as Django itself answers it, whatever the values are, and is one statement.

`helpdesk.database.prepared` reads from Django what it does not promise to keep. These tests fail when it changes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.database.prepared import PreparedObject, PreparedQuery, send_lists_as_bytes
from mailboxes.inbound import context
from mailboxes.models import InboundEmail, Outcome
from recipients.matching import directory_rows
from recipients.models import AuthorisedSender, Customer, CustomerAddress, OwnAddress, Partner, Recipient, User
from tickets.models import Queue, Ticket
from tickets.notifications import audience, gate
from tickets.sender import primary_address

pytestmark = pytest.mark.django_db


class Sender(NamedTuple):
    address: str
    banned: bool
    seen: datetime | None
    customer: str | None


def senders(since: datetime, domain: str, but: int) -> QuerySet[Recipient, Any]:
    met = Recipient.objects.filter(last_seen_at__gte=since, domain=domain).exclude(pk=but).order_by("address")
    return met.values_list("address", "banned", "last_seen_at", "customer__name")


@pytest.fixture
def met(acme: Customer) -> dict[str, Recipient]:
    """Carla of Acme a day ago, Carlo five days ago, banned Mallory a day ago."""
    now = timezone.now()
    people = (("carla@acme.example", 1, acme), ("carlo@acme.example", 5, None), ("mallory@evil.example", 1, None))
    return {
        address: Recipient.objects.create(
            address=address,
            domain=address.partition("@")[2],
            last_seen_at=now - timedelta(days=age),
            customer=customer,
            banned="evil" in address,
        )
        for address, age, customer in people
    }


@pytest.mark.parametrize("domain", ["acme.example", "evil.example", "", "100%", "%s", "o'hara.example", "stand-in"])
@pytest.mark.parametrize("days", [0, 2, 9])
def test_texts_times_and_numbers_are_asked_for_as_django_asks(
    met: dict[str, Recipient], domain: str, days: int
) -> None:
    Recipient.objects.create(address="x@100", domain="100%", last_seen_at=timezone.now())
    question = PreparedQuery(Sender, senders, since=timezone.now(), domain="", but=0)
    for but in (0, met["carla@acme.example"].pk):
        values = {"since": timezone.now() - timedelta(days=days), "domain": domain, "but": but}
        assert question.rows(**values) == [Sender(*row) for row in senders(**values)]


def test_rows_have_names_and_the_types_of_python(met: dict[str, Recipient]) -> None:
    question = PreparedQuery(Sender, senders, since=timezone.now(), domain="", but=0)
    long_ago = timezone.now() - timedelta(days=99)
    carla, carlo = question.rows(since=long_ago, domain="acme.example", but=0)
    assert (carla.address, carla.customer, carlo.customer) == ("carla@acme.example", "Acme GmbH", None)
    assert carla.seen == met["carla@acme.example"].last_seen_at
    assert carla.banned is False  # which SQLite returns as 0
    (mallory,) = question.rows(since=long_ago, domain="evil.example", but=0)
    assert mallory.banned is True


class Found(NamedTuple):
    source: int
    name: str
    how_many: int


def test_a_union_of_counts_is_answered_as_django_answers_it(met: dict[str, Recipient]) -> None:
    def compose(domain: str, name: str) -> QuerySet[Any, Any]:
        people = Recipient.objects.order_by().filter(domain=domain).values("domain").annotate(count=Count("pk"))
        firms = Customer.objects.order_by().filter(name=name).values_list(Value(2), "name", Value(0))
        return people.values_list(Value(1), "domain", "count").union(firms, all=True)

    question = PreparedQuery(Found, compose, domain="", name="")
    answer = question.rows(domain="acme.example", name="Acme GmbH")
    assert sorted(answer) == [Found(1, "acme.example", 2), Found(2, "Acme GmbH", 0)]
    assert answer == [Found(*row) for row in compose("acme.example", "Acme GmbH")]


def test_the_first_row_comes_as_an_object(met: dict[str, Recipient]) -> None:
    question = PreparedObject(lambda address: Recipient.objects.filter(address=address), address="")
    mallory = question.first(address="mallory@evil.example")
    assert mallory == met["mallory@evil.example"]
    assert mallory is not None
    assert (mallory.banned, mallory.last_seen_at) == (True, met["mallory@evil.example"].last_seen_at)
    assert question.first(address="nobody@acme.example") is None


def test_an_object_has_what_django_selects_with_it(
    met: dict[str, Recipient], main_partner: Partner, acme: Customer
) -> None:
    Customer.objects.filter(pk=acme.pk).update(partner=main_partner)

    def compose(address: str) -> QuerySet[Recipient]:
        return Recipient.objects.filter(address=address).select_related("customer__partner", "customer__company")

    question = PreparedObject(compose, address="")
    with CaptureQueriesContext(connection) as captured:
        for address in met:
            found, expected = question.first(address=address), met[address]
            assert found is not None
            assert found.customer == expected.customer
            assert (found.last_seen_at, found.banned) == (expected.last_seen_at, expected.banned)
            assert found.customer is None or (found.customer.partner, found.customer.company) == (main_partner, None)
    assert len(captured) == len(met)


def test_an_answer_is_one_statement(met: dict[str, Recipient]) -> None:
    rows = PreparedQuery(Sender, senders, since=timezone.now(), domain="", but=0)
    first = PreparedObject(lambda address: Recipient.objects.filter(address=address), address="")
    with CaptureQueriesContext(connection) as captured:
        rows.rows(since=timezone.now(), domain="acme.example", but=0)
        first.first(address="carla@acme.example")
    assert len(captured) == 2


def test_a_value_that_django_writes_in_another_way_is_refused() -> None:
    question = PreparedObject(lambda text: Recipient.objects.filter(name__contains=text), text="")
    with pytest.raises(ValueError, match="cannot be prepared"):
        question.first(text="Carla")


def test_a_value_that_django_drops_is_refused() -> None:
    question = PreparedObject(lambda address, name: Recipient.objects.filter(address=address), address="", name="")
    with pytest.raises(ValueError, match=r"leaves out \['name'\]"):
        question.first(address="carla@acme.example", name="Carla")


def test_a_query_with_another_number_of_columns_than_names_is_refused(met: dict[str, Recipient]) -> None:
    question = PreparedQuery(Found, lambda domain: Recipient.objects.filter(domain=domain).values_list("pk"), domain="")
    with pytest.raises(TypeError):
        question.rows(domain="acme.example")


# -- The queries of the product ----------------------------------------------------------------------------------------


@pytest.fixture
def known(met: dict[str, Recipient], carla: Customer, acme: Customer, anna: User, queue: Queue) -> None:
    """A row for every question that is prepared."""
    OwnAddress.objects.create(address="support@acme.example")
    CustomerAddress.objects.create(customer=carla, address="carla@acrne.example")
    for value, kind, since in (
        ("carla@acme.example", "address", timezone.now()),
        ("acme.example", "domain", timezone.now()),
        ("acrne.example", "domain", None),
    ):
        AuthorisedSender.objects.create(customer=acme, value=value, kind=kind, unconfirmed_since=since)
    InboundEmail.objects.create(fingerprint="a mail", processed_at=timezone.now(), outcome=Outcome.TICKET)
    Recipient.objects.filter(address="carlo@acme.example").update(undeliverable=True, shared=True)
    Recipient.objects.filter(address="mallory@evil.example").update(
        customer=Customer.objects.create(name="Mallory", added_automatically=True)
    )
    CustomerAddress.objects.create(customer=Customer.objects.get(name="Mallory"), address="mallory@evil.example")


LOOKS = {"looks": "acme.example", "base_looks": "acme.example", "spelling": "acme.example", "base_spelling": ""}


def of_the_product(queue: Queue) -> Iterator[tuple[PreparedQuery[Any], dict[str, Any]]]:
    """Each of them, with values that find something."""
    for address in ("carla@acme.example", "carlo@acme.example", "mallory@evil.example", "support@acme.example"):
        of_address = {"address": address, "domain": address.partition("@")[2]}
        yield directory_rows._PUBLIC, of_address
        yield directory_rows._ANY, {**of_address, **LOOKS}
    yield (
        gate._question(2),
        {"since": timezone.now(), "address0": "carlo@acme.example", "address1": "support@acme.example"},
    )
    mail = InboundEmail.objects.get()
    yield context._LOCK, {"pk": mail.pk, "fingerprint": "a mail"}
    yield context._LOCK, {"pk": InboundEmail.objects.create(fingerprint="a mail").pk, "fingerprint": "a mail"}
    ticket = Ticket.objects.create(queue=queue, subject="Where is it?", customer=Customer.objects.get(name="Mallory"))
    yield primary_address._FACTS, {"pk": ticket.pk}
    for watchers in audience._WATCHERS.values():
        yield watchers, {"queue": queue.pk, "partner": 0}


def test_what_the_product_prepares_is_answered_as_django_answers_it(known: None, queue: Queue) -> None:
    """Columns that are added to a model, and another Django, change nothing about it."""
    for question, values in of_the_product(queue):
        answer = question.rows(**values)
        assert answer
        assert sorted(map(repr, answer)) == sorted(repr(question._row(*row)) for row in question.compose(**values))


def test_rows_that_are_written_together_are_what_was_given() -> None:
    send_lists_as_bytes()
    names = ["", "NULL", 'Carla "the" Smith', "back\\slash", "{a,b}", "two\nlines", "Žofie\u2003\U0001f600"]
    moments = [None, *(timezone.now() + timedelta(seconds=n) for n in range(len(names) - 1))]
    rows = Recipient.objects.bulk_create(
        Recipient(address=f"{n}@acme.example", name=name, first_seen_at=timezone.now(), undeliverable=n % 2 == 0)
        for n, name in enumerate(names)
    )
    mails = InboundEmail.objects.bulk_create(
        InboundEmail(subject=name, uid=n * 2**33, next_attempt_at=moment, match={"name": name})
        for n, (name, moment) in enumerate(zip(names, moments, strict=True))
    )
    found = Recipient.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    assert [*found.values_list("name", "undeliverable")] == [(row.name, row.undeliverable) for row in rows]
    kept = InboundEmail.objects.filter(pk__in=[mail.pk for mail in mails]).order_by("pk")
    expected = [(mail.subject, mail.uid, mail.next_attempt_at, mail.match) for mail in mails]
    assert [*kept.values_list("subject", "uid", "next_attempt_at", "match")] == expected


def test_every_source_of_a_directory_is_among_what_was_compared(known: None, queue: Queue) -> None:
    directories = [each for each in of_the_product(queue) if each[0]._row is directory_rows.DirectoryRow]
    found = {row.source for question, values in directories for row in question.rows(**values)}
    assert found == set(directory_rows.Source)


def test_nothing_else_composes_statements_by_djangos_compiler() -> None:
    asking = [
        str(path.relative_to(settings.BASE_DIR))
        for app in ("helpdesk", "recipients", "tickets", "mailboxes")
        for path in Path(settings.BASE_DIR, app).rglob("*.py")
        if "get_compiler" in path.read_text() and "tests" not in path.parts
    ]
    assert asking == ["helpdesk/database/prepared.py"]
