"""A mailbox's address is nobody else's, exactly one mailbox is the default, and one worker has it."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from mailboxes.models import Address, Mailbox, save_with_address
from recipients.models import Customer, CustomerAddress, OwnAddress, User
from tickets.models import Queue

pytestmark = pytest.mark.django_db


def mailbox(name: str = "Support") -> Mailbox:
    return Mailbox(name=name, imap_host="imap.example.com", imap_username=name)


def own_addresses() -> set[str]:
    return set(OwnAddress.objects.values_list("address", flat=True))


def test_a_mailboxs_address_becomes_our_own_and_is_freed_again(queue: Queue) -> None:
    support = mailbox()
    save_with_address(support, " Support@Helpdesk.Example ", queue)
    assert own_addresses() == {"support@helpdesk.example"}
    save_with_address(support, "help@helpdesk.example", queue)
    assert own_addresses() == {"help@helpdesk.example"}
    assert support.address == "help@helpdesk.example"
    Address.objects.create(mailbox=support, address="billing@helpdesk.example")
    support.delete()
    assert own_addresses() == set()


def test_a_mailbox_cannot_have_a_users_or_a_customers_address(anna: User, carla: Customer) -> None:
    # U10, SC47
    for address in (anna.email, "carla@acme.example"):
        with pytest.raises(ValidationError):
            save_with_address(mailbox(), address, None)
    assert not Mailbox.objects.exists()


def test_a_user_or_customer_cannot_have_a_mailboxs_address(acme: Customer) -> None:
    # U10, SC47
    save_with_address(mailbox(), "support@helpdesk.example", None)
    with pytest.raises(ValidationError):
        User.objects.create_user("support@helpdesk.example", "correct horse battery")
    with pytest.raises(ValidationError):
        CustomerAddress(customer=acme, address="Support@helpdesk.example").full_clean()


def test_exactly_one_mailbox_is_the_default_one(db: None) -> None:
    # U05, U09
    first, second = mailbox("First"), mailbox("Second")
    first.save()
    second.save()
    assert (first.is_default, second.is_default) == (True, False)
    second.make_default()
    assert list(Mailbox.objects.filter(is_default=True)) == [second]
    second.delete()
    assert list(Mailbox.objects.filter(is_default=True)) == [first]


def test_a_mailbox_is_claimed_by_one_worker_until_it_lets_go(db: None) -> None:
    # L12
    support = mailbox()
    support.save()
    claimed = Mailbox.objects.claim(support.pk)
    assert claimed is not None
    assert Mailbox.objects.claim(support.pk) is None
    assert not Mailbox.objects.due(timezone.now()).exists()
    claimed.release()
    assert Mailbox.objects.claim(support.pk) is not None


def test_a_worker_whose_lease_ran_out_notices(db: None) -> None:
    support = mailbox()
    support.save()
    slow = Mailbox.objects.claim(support.pk)
    assert slow is not None
    Mailbox.objects.update(claimed_until=timezone.now())
    fast = Mailbox.objects.claim(support.pk)
    assert fast is not None
    assert not slow.renew()
    slow.release()
    assert fast.renew()
