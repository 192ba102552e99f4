"""What the tests of the ticket page have in common: opening it, and what it says after a form was sent."""

from collections.abc import Callable

import pytest
from django.test import Client

from tickets.models import Ticket

HTMX = {"HX-Request": "true"}


@pytest.fixture
def show(as_anna: Client, ticket: Ticket) -> Callable[[], str]:
    """Opens the ticket and returns the page."""

    def opened(query: str = "") -> str:
        response = as_anna.get(f"/tickets/{ticket.number}/{query}")
        assert response.status_code == 200
        return response.content.decode()

    return opened


def said(client: Client, address: str, data: dict[str, object]) -> str:
    """What the page says after a form was sent."""
    response = client.post(address, data, follow=True)
    assert response.status_code == 200
    return " ".join(str(message) for message in response.context["messages"])
