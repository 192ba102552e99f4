"""Does a hosted domain work from the start, and is nothing hosted that was not declared?"""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from helpdesk import setup
from mailboxes.models import Address, Mailbox
from mailboxes.sending.identities import Identities
from mailboxes.tasks import watch
from mailboxes.tests.mails import arrive, mail
from recipients.models import Customer, CustomerAddress, User
from tickets.models import Outbox, Queue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hosted(settings: LazySettings) -> None:
    settings.HOSTED_DOMAINS = ["desk.example"]


def test_support_at_a_hosted_domain_is_there_for_in_and_out(queue: Queue, anna: User) -> None:
    # U06
    watch()
    watch()
    address = Address.objects.get()
    assert (address.address, address.queue, address.is_main) == ("support@desk.example", queue, True)
    ticket = arrive(mail(to="support@desk.example"), envelope_to="support@desk.example").ticket
    assert ticket
    answer = Outbox(kind=Outbox.Kind.NEW_MESSAGE, token="t", ticket=ticket, addressed_to=ticket.addressed_to)
    assert Identities.load().of(answer).author.address == "support@desk.example"
    assert not {"mailbox", "handled", "fetched"} & {step.requirement.key for step in setup.missing()}


def test_where_it_is_a_customers_address_it_stays_theirs_and_mailboxes_are_watched(
    support: Mailbox, carla: Customer, ada: User
) -> None:
    CustomerAddress.objects.create(customer=carla, address="support@desk.example")
    Mailbox.objects.update(state=Mailbox.State.OK, state_since=timezone.now() - timedelta(days=1))
    watch()
    assert not Address.objects.filter(address="support@desk.example").exists()
    assert Outbox.objects.get(recipient=ada.email).subject == "The mailbox “Support” has not been fetched"


def test_any_local_part_of_it_arrives_and_none_of_another_domain(support: Mailbox, queue: Queue) -> None:
    # U19
    watch()
    assert Address.objects.get(address="support@desk.example").verified_at
    main = Queue.objects.create(name="Of the mailbox")
    Address.objects.filter(is_main=True).update(queue=main)
    for to, expected in (("sales@desk.example", queue), ("sales@helpdesk.example", main), ("x@acme.example", main)):
        ticket = arrive(mail(to=to), mailbox=support).ticket
        assert ticket
        assert ticket.queue == expected
