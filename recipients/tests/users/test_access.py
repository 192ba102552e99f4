"""Which addresses an agent of one partner may list."""

import pytest

from recipients.decisions import actions
from recipients.models import Customer, CustomerAddress, Partner, Recipient, User
from recipients.users.access import visible_recipients

pytestmark = pytest.mark.django_db


def test_an_agent_of_a_partner_lists_the_addresses_of_its_customers(main_partner: Partner, anna: User) -> None:  # R30
    ours = Customer.objects.create(name="Ours", partner=main_partner)
    CustomerAddress.objects.create(customer=ours, address="registered@ours.example", is_primary=True)
    others = Customer.objects.create(name="Others", partner=Partner.objects.create(name="North"))
    CustomerAddress.objects.create(customer=others, address="registered@others.example")
    Recipient.objects.known("registered@ours.example")
    Recipient.objects.known("registered@others.example")
    Recipient.objects.known("nobody@z.example")
    paired = Recipient.objects.known("paired@z.example")
    actions.pair(Recipient.objects.filter(pk=paired.pk), ours, by=None)
    assert visible_recipients(anna).count() == 4
    anna.partner = main_partner
    assert set(visible_recipients(anna).values_list("address", flat=True)) == {
        "registered@ours.example",
        "paired@z.example",
    }
