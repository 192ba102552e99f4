"""A mailbox's address is nobody else's, exactly one mailbox is the default, and trouble is told once."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from mailboxes.models import Address, Mailbox
from recipients.models import Customer, CustomerAddress, OwnAddress, User
from tickets.models import Outbox, Queue

pytestmark = pytest.mark.django_db


def mailbox(name: str = "Support") -> Mailbox:
    return Mailbox(name=name, imap_host="imap.example.com", imap_username=name)


def own_addresses() -> set[str]:
    return set(OwnAddress.objects.values_list("address", flat=True))


def test_a_mailboxs_address_becomes_our_own_and_is_freed_again(queue: Queue) -> None:
    support = mailbox()
    support.save_with_address(" Support@Helpdesk.Example ", queue)
    assert own_addresses() == {"support@helpdesk.example"}
    support.save_with_address("help@helpdesk.example", queue)
    assert own_addresses() == {"help@helpdesk.example"}
    assert support.address == "help@helpdesk.example"
    Address.objects.create(mailbox=support, address="billing@helpdesk.example")
    support.delete()
    assert own_addresses() == set()


def test_a_mailbox_cannot_have_a_users_or_a_customers_address(anna: User, carla: Customer) -> None:
    # U10, scenario 47
    for address in (anna.email, "carla@acme.example"):
        with pytest.raises(ValidationError):
            mailbox().save_with_address(address, None)
    assert not Mailbox.objects.exists()


def test_a_user_or_customer_cannot_have_a_mailboxs_address(acme: Customer) -> None:
    # U10, scenario 47
    mailbox().save_with_address("support@helpdesk.example", None)
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


def notices() -> list[str]:
    return list(Outbox.objects.filter(kind=Outbox.Kind.NOTICE).order_by("pk").values_list("subject", flat=True))


def test_trouble_is_told_once_and_so_is_its_end(ada: User) -> None:
    # lesson 7
    support = mailbox()
    support.save()
    for _attempt in range(6):
        support.report(Mailbox.State.CONNECTION, "imap.example.com cannot be reached.")
    assert notices() == ["The mailbox “Support” cannot be fetched"]
    told = Outbox.objects.get()
    assert (told.recipient, told.to_staff) == (ada.email, True)
    assert "cannot be reached" in told.text
    support.report(Mailbox.State.OK)
    support.report(Mailbox.State.OK)
    assert notices() == ["The mailbox “Support” cannot be fetched", "The mailbox “Support” works again"]


def test_a_server_that_restarts_is_no_news(ada: User) -> None:
    support = mailbox()
    support.save()
    support.report(Mailbox.State.CONNECTION, "broke off")
    support.report(Mailbox.State.OK)
    assert notices() == []


@pytest.mark.parametrize("state", [Mailbox.State.LOGIN, Mailbox.State.FOLDER])
def test_what_only_people_can_mend_is_told_at_once(ada: User, state: str) -> None:
    support = mailbox()
    support.save()
    support.report(state, "Check it.")
    assert len(notices()) == 1


def test_pauses_grow_to_a_limit_and_end_with_the_first_success(db: None) -> None:
    support = mailbox()
    support.save()
    pauses = []
    for _attempt in range(8):
        support.report(Mailbox.State.CONNECTION, "broke off")
        pauses.append(support.pause.total_seconds())
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (120, 900)
    support.report(Mailbox.State.LOGIN, "refused")
    assert support.pause.total_seconds() == 3600
    assert support.next_poll_at > timezone.now() + support.pause / 2
    support.report(Mailbox.State.OK)
    assert (support.next_poll_at - timezone.now()).total_seconds() <= 60
    assert support.failures == 0


def test_a_mailbox_is_claimed_by_one_worker_until_it_lets_go(db: None) -> None:
    # lesson 12
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
