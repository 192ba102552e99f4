"""Can a customer sign in to the portal with a mailed link, and nobody else?"""

import pytest
from django.test import Client

from recipients.models import Customer, PortalAccount
from recipients.tests.portal import ask, links

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worker")]


def test_a_customer_signs_in_with_the_mailed_link(client: Client, carla: Customer) -> None:
    page = ask(client, " Carla@ACME.example ")
    assert "If we know" in page.content.decode()
    (path,) = links()
    assert "<strong>carla@acme.example</strong>" in client.get(path).content.decode()
    assert client.post(path, follow=True).redirect_chain[-1][0].startswith("/portal/")
    assert PortalAccount.objects.get().address == "carla@acme.example"
    assert "Carla Conti" in client.get("/portal/account/").content.decode()
