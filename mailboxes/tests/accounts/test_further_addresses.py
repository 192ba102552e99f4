"""Can an administrator add addresses that redirect to a mailbox, and choose the queues that handle them?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mailboxes.accounts.sending_warnings import sending_warnings
from mailboxes.models import Address, InboundEmail, Mailbox, save_with_address
from mailboxes.sending.identities import Identities, Identity
from mailboxes.tests.mails import SUPPORT, arrive, mail
from recipients.models import OwnAddress, User
from tickets.models import Outbox, Queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(queue: Queue) -> Mailbox:
    mailbox = Mailbox(name="Support", imap_host="imap.helpdesk.example", imap_username="support")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    return mailbox


def test_without_a_mailbox_a_further_address_is_refused(as_ada: Client) -> None:
    # U23
    answer = as_ada.post(reverse("settings:address_add"), {"address": "sales@helpdesk.example"}, follow=True)
    assert "Set up a mailbox first" in answer.content.decode()
    assert not Address.objects.exists()


def test_a_further_address_asks_for_no_credentials(as_ada: Client, mailbox: Mailbox, queue: Queue) -> None:
    # U05, T24
    page = as_ada.get(reverse("settings:address_add"))
    assert set(page.context["form"].fields) == {"address", "name", "mailbox", "queue"}
    as_ada.post(
        reverse("settings:address_add"),
        {"address": "Sales@HELPDESK.example", "name": "Sales", "mailbox": mailbox.pk, "queue": queue.pk},
    )
    address = Address.objects.get(is_main=False)
    assert (address.address, address.name, address.queue) == ("sales@helpdesk.example", "Sales", queue)
    assert OwnAddress.objects.filter(address="sales@helpdesk.example").exists()


@pytest.mark.parametrize("taken", ["anna@helpdesk.example", "support@helpdesk.example", "not an address"])
def test_an_address_that_is_taken_or_none_is_named(as_ada: Client, mailbox: Mailbox, anna: User, taken: str) -> None:
    # U10, T23
    page = as_ada.post(reverse("settings:address_add"), {"address": taken, "mailbox": mailbox.pk})
    assert page.context["form"].errors["address"]
    assert f'value="{taken}"' in page.content.decode()


def test_a_mailbox_address_cannot_become_a_users(as_ada: Client, mailbox: Mailbox) -> None:
    # U10
    page = as_ada.post(
        reverse("settings:user_add"),
        {"email": "support@helpdesk.example", "role": "agent", "time_zone": "UTC", "is_active": "on"},
    )
    assert "mailbox" in page.context["form"].errors["email"][0]


def test_the_main_address_cannot_be_taken_away_as_a_further_one(as_ada: Client, mailbox: Mailbox) -> None:
    main = Address.objects.get(is_main=True)
    assert as_ada.post(reverse("settings:address_delete", args=[main.pk])).status_code == 404


def test_removing_an_address_makes_it_free_again(as_ada: Client, mailbox: Mailbox) -> None:
    address = Address.objects.create(mailbox=mailbox, address="old@helpdesk.example")
    as_ada.post(reverse("settings:address_delete", args=[address.pk]))
    assert not OwnAddress.objects.filter(address="old@helpdesk.example").exists()


def test_a_redirect_works_once_the_mail_that_checks_it_came_in(as_ada: Client, mailbox: Mailbox) -> None:
    # U22
    address = Address.objects.create(mailbox=mailbox, address="sales@helpdesk.example")
    assert "Not checked" in as_ada.get(reverse("settings:mailboxes")).content.decode()
    as_ada.post(reverse("settings:address_check", args=[address.pk]))
    check = Outbox.objects.get()
    assert (check.recipient, check.kind) == ("sales@helpdesk.example", Outbox.Kind.REDIRECT_CHECK)
    arrive(mail(message_id=f"<{check.token}@helpdesk.example>", From=SUPPORT, to="sales@helpdesk.example"))
    address.refresh_from_db()
    assert address.verified_at
    assert "Not checked" not in as_ada.get(reverse("settings:mailboxes")).content.decode()


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize(
    ("change", "checked"), [({"name": "Sales"}, True), ({"address": "new@helpdesk.example"}, False)]
)
def test_another_address_is_another_redirect(
    as_ada: Client, mailbox: Mailbox, change: dict[str, str], checked: bool
) -> None:
    # U22
    address = Address.objects.create(mailbox=mailbox, address="sales@helpdesk.example", verified_at=timezone.now())
    form = {"address": "sales@helpdesk.example", "mailbox": mailbox.pk} | change
    assert as_ada.post(reverse("settings:address", args=[address.pk]), form).status_code == 302
    address.refresh_from_db()
    assert bool(address.verified_at) == checked


def test_the_mailboxes_own_address_has_no_redirect_to_check(as_ada: Client, mailbox: Mailbox) -> None:
    main = Address.objects.get(is_main=True)
    assert as_ada.post(reverse("settings:address_check", args=[main.pk])).status_code == 404


def test_a_queue_chooses_the_addresses_it_handles(as_ada: Client, mailbox: Mailbox, queue: Queue) -> None:
    # T22
    sales = Address.objects.create(mailbox=mailbox, address="sales@helpdesk.example", queue=queue)
    as_ada.post(
        reverse("settings:queue_add"),
        {
            "name": "Sales",
            "language": "de",
            "time_zone": "Europe/Berlin",
            "unknown_senders": "accept",
            "bulk_mail": "ticket",
            "default_priority": 2,
            "sender": "mailbox",
            "addresses": [sales.pk],
        },
    )
    made = Queue.objects.get(name="Sales")
    assert list(made.addresses.all()) == [sales]
    assert [address.address for address in queue.addresses.all()] == ["support@helpdesk.example"]


def test_a_queue_without_addresses_says_that_no_mail_becomes_its_tickets(as_ada: Client, queue: Queue) -> None:
    # T22
    assert "only mail to addresses that are not set up here" in as_ada.get(reverse("settings:queues")).content.decode()
    Queue.objects.create(name="Sales")
    assert "no mail becomes its tickets" in as_ada.get(reverse("settings:queues")).content.decode()


# -- The check of a redirect, and the default sender ----------------------------------------------------------------


@pytest.fixture
def sales(mailbox: Mailbox, queue: Queue) -> Address:
    return Address.objects.create(mailbox=mailbox, address="sales@helpdesk.example", name="Sales", queue=queue)


def check(as_ada: Client, sales: Address, *, minutes: int = 0) -> Outbox:
    """A check that was sent so many minutes ago."""
    as_ada.post(reverse("settings:address_check", args=[sales.pk]))
    sent = timezone.now() - timedelta(minutes=minutes)
    found = Outbox.objects.get(kind=Outbox.Kind.REDIRECT_CHECK)
    Outbox.objects.filter(pk=found.pk).update(state=Outbox.State.SENT, sent_at=sent, sent_from=SUPPORT)
    return found


def arrive_as(sender: str, sent: Outbox) -> InboundEmail:
    return arrive(mail(message_id=f"<{sent.token}@helpdesk.example>", From=sender, to="sales@helpdesk.example"))


@pytest.mark.parametrize(("minutes", "said"), [(1, "On its way"), (7, "Not arrived yet")])
def test_a_check_that_has_not_arrived_says_since_when(as_ada: Client, sales: Address, minutes: int, said: str) -> None:
    # U22
    check(as_ada, sales, minutes=minutes)
    page = as_ada.get(reverse("settings:mailboxes")).content.decode()
    assert said in page
    assert f"{minutes} minute" in page
    assert ("Is the redirect switched on" in page) == (minutes == 7)


def test_a_check_that_could_not_be_delivered_says_why(as_ada: Client, sales: Address) -> None:
    # U22
    check(as_ada, sales)
    Outbox.objects.update(state=Outbox.State.FAILED, error="550 No such user")
    page = as_ada.get(reverse("settings:mailboxes")).content.decode()
    assert "Not delivered" in page
    assert "550 No such user" in page


def test_a_check_under_the_addresses_own_name_was_forwarded(as_ada: Client, sales: Address) -> None:
    # U24
    assert arrive_as("sales@helpdesk.example", check(as_ada, sales)).outcome == "loop"
    sales.refresh_from_db()
    assert (sales.verified_at, bool(sales.forwards_since)) == (None, True)
    page = as_ada.get(reverse("settings:mailboxes")).content.decode()
    assert "Redirect the" in page
    assert "mail flow rule" in page


def test_a_check_under_another_name_shows_that_the_server_replaces_the_sender(as_ada: Client, sales: Address) -> None:
    # U08
    assert arrive_as("desk.account@gmail.com", check(as_ada, sales)).outcome == "redirect_check"
    assert "as if written by desk.account@gmail.com" in as_ada.get(reverse("settings:mailboxes")).content.decode()
    page = as_ada.get(reverse("settings:mailbox", args=[sales.mailbox_id])).content.decode()
    assert "arrived as if written by desk.account@gmail.com" in page


def test_only_a_checked_address_becomes_the_default_sender(as_ada: Client, mailbox: Mailbox, sales: Address) -> None:
    # U14, U17
    url = reverse("settings:address_default", args=[sales.pk])
    assert "Check the redirect" in as_ada.post(url, follow=True).content.decode()
    assert identity(mailbox).author.address == SUPPORT
    arrive_as(SUPPORT, check(as_ada, sales))
    as_ada.post(url)
    found = identity(mailbox)
    assert (found.author.address, found.author.name) == ("sales@helpdesk.example", "Sales")
    assert (found.reply_to.address, found.envelope_from, found.sender) == ("sales@helpdesk.example", SUPPORT, "")
    as_ada.post(reverse("settings:address_default", args=[Address.objects.get(is_main=True).pk]))
    assert identity(mailbox).author.address == SUPPORT


def test_an_address_that_is_changed_is_no_default_sender_any_more(
    as_ada: Client, mailbox: Mailbox, sales: Address
) -> None:
    # U14
    Address.objects.filter(pk=sales.pk).update(verified_at=timezone.now(), is_default=True)
    form = {"address": "new@helpdesk.example", "mailbox": mailbox.pk}
    as_ada.post(reverse("settings:address", args=[sales.pk]), form)
    assert identity(mailbox).author.address == SUPPORT


@pytest.mark.parametrize(
    ("account", "server", "said"),
    [
        (SUPPORT, "smtp.helpdesk.example", ""),
        ("support", "smtp.helpdesk.example", ""),
        ("it@helpdesk.example", "smtp.helpdesk.example", "not the account that is fetched"),
        (SUPPORT, "smtp.gmail.com", "Gmail puts the account"),
        (SUPPORT, "smtp.office365.com", "Microsoft 365 refuses mail"),
    ],
)
def test_an_account_that_may_not_write_as_ours_is_warned_about(
    mailbox: Mailbox, sales: Address, account: str, server: str, said: str
) -> None:
    # U08
    mailbox.smtp_host, mailbox.smtp_username = server, account
    warnings = sending_warnings(mailbox, list(mailbox.addresses.all()))
    assert [said in each for each in warnings] == ([True] if said else [])


def identity(mailbox: Mailbox) -> Identity:
    """Sent in the name of a mail of no ticket leaves."""
    return Identities.load().of(Outbox(kind=Outbox.Kind.NEW_MESSAGE, recipient="carla@acme.example", token="t"))
