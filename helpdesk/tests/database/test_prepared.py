"""A question that is composed once is answered anew each time, whatever its values are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.database.prepared import Compiled
from recipients.models import Recipient

pytestmark = pytest.mark.django_db


def test_times_texts_and_numbers_are_asked_for() -> None:
    now = timezone.now()
    for address, age in (("carla@acme.example", 1), ("carlo@acme.example", 5), ("mallory@evil.example", 1)):
        Recipient.objects.create(
            address=address, domain=address.partition("@")[2], last_seen_at=now - timedelta(days=age)
        )
    question = Compiled(
        lambda since, domain, but: (
            Recipient.objects.filter(last_seen_at__gte=since, domain=domain)
            .exclude(pk=but)
            .order_by("address")
            .values_list("address")
        ),
        since=now,
        domain="",
        but=0,
    )
    carla = Recipient.objects.get(address="carla@acme.example").pk
    assert question.rows(since=now - timedelta(days=2), domain="acme.example", but=0) == [("carla@acme.example",)]
    assert question.rows(since=now - timedelta(days=9), domain="acme.example", but=carla) == [("carlo@acme.example",)]
    assert question.rows(since=now, domain="evil.example", but=0) == []


def test_the_first_row_comes_as_a_model() -> None:
    carla = Recipient.objects.create(address="carla@acme.example", domain="acme.example", name="Carla", banned=True)
    question = Compiled(lambda address: Recipient.objects.filter(address=address), address="")
    found = question.first(address="carla@acme.example")
    assert found == carla
    assert found is not None
    assert (found.name, found.banned, found.last_seen_at) == ("Carla", True, carla.last_seen_at)
    assert question.first(address="nobody@acme.example") is None
