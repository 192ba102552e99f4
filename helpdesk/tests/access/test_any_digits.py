"""What is answered to digits and characters that no row can hold? That there is nothing; never an error of ours."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from recipients.models import Customer, Recipient, User
from tickets.models import Queue, Ticket

TOO_LARGE = "9" * 25
TOO_LONG = "9" * 5000  # Python itself refuses to read it


def addresses(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """Every address of ours with a number in it, with one that is too large."""
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            if not path.startswith(("/admin/", "/accounts/")):
                yield from addresses(pattern.url_patterns, path)
        elif "<int:" in path:
            yield re.sub(r"<\w+:\w+>", TOO_LARGE, path)


@pytest.fixture
def as_super_administrator(client: Client, superuser: User, queue: Queue) -> Client:
    client.raise_request_exception = False
    client.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_a_number_too_large_in_an_address_names_nothing(as_super_administrator: Client) -> None:
    found = list(addresses(get_resolver().url_patterns))
    assert len(found) > 30
    for path in found:
        assert as_super_administrator.get(path).status_code in (302, 404, 405), path
        assert as_super_administrator.post(path).status_code in (302, 404, 405), path


@pytest.mark.parametrize("digits", [TOO_LARGE, TOO_LONG])
def test_a_number_too_large_in_a_form_names_nothing(as_super_administrator: Client, queue: Queue, digits: str) -> None:
    ticket = Ticket.objects.create(queue=queue, requester=Recipient.objects.known("u@z.example"))
    customer = Customer.objects.create(name="Acme")
    ticket_page = f"/tickets/{ticket.number}/"
    for path, values in {
        "/tickets/bulk/": {"selected": digits, "assignee": "me"},
        "/recipients/ban/": {"selected": digits},
        "/recipients/pair/": {"selected": digits, "customer": digits},
        "/recipients/undo/00000000-0000-0000-0000-000000000000/": {"only": digits},
        f"/recipients/customers/{customer.pk}/merge/": {"customer": digits},
        f"{ticket_page}customer/": {"customer": digits},
        f"{ticket_page}pair/": {"customer": digits},
    }.items():
        assert as_super_administrator.post(path, values).status_code in (302, 404), path
    assert as_super_administrator.post(f"{ticket_page}merge/", {"number": digits}).status_code == 422
    for query in ("before", "seen"):
        assert as_super_administrator.get(f"{ticket_page}?{query}={digits}").status_code == 200


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize(
    "address",
    [
        "/customers/companies/?company_name=%00a",
        "/customers/?text=%00",
        "/recipients/?text=%00",
        "/tickets/?text=%00&customer=%00",
        "/tickets/{ticket}/customer/?text=%00",
        "/tickets/{ticket}/pair/?text=%00",
    ],
)
def test_a_character_that_no_database_takes_finds_nothing(
    as_super_administrator: Client, queue: Queue, address: str
) -> None:
    ticket = Ticket.objects.create(queue=queue, requester=Recipient.objects.known("u@z.example"))
    assert as_super_administrator.get(address.format(ticket=ticket.number)).status_code == 200
