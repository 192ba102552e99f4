"""Does a domain or an address that a customer lists count, wait, and give way to whose it is?"""

import re

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from helpdesk import limits
from helpdesk.tests.tokens import without_tokens
from mailboxes.tests.mails import arrive, mail
from recipients.customers import authorised
from recipients.matching.directory import look_up, look_up_many, match_sender
from recipients.models import (
    AuthorisedSender,
    AuthorisedSendersChange,
    Customer,
    CustomerAddress,
    Partner,
    RecognitionSettings,
    User,
)
from recipients.tests.portal import come_in
from tickets.intake.reply_policy import _of_customer
from tickets.models import Queue

pytestmark = pytest.mark.django_db


def company(name: str, address: str) -> Customer:
    made = Customer.objects.create(name=name, is_company=True)
    CustomerAddress.objects.create(customer=made, address=address, is_primary=True)
    return made


@pytest.fixture
def mallory(db: None) -> Customer:
    return company("Mallory Ltd", "mallory@evil.example")


@pytest.fixture
def wait(db: None) -> None:
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"listed_senders_wait": True})


def lists(customer: Customer, text: str) -> str:
    """What the portal's page says when the customer saves `text`."""
    browser = Client()
    come_in(browser, customer.email)
    page = reverse("portal_account:edit_customer", args=[customer.pk])
    said = browser.post(page, {"senders": text}, follow=True).content.decode()
    return " ".join(without_tokens(said).split())


def detail(customer: Customer) -> str:
    return reverse("customers:detail", args=[customer.pk])


def decide(browser: Client, customer: Customer, answer: str, entry: str = "bigcorp.example") -> str:
    sender = customer.authorised_senders.get(value=entry)
    page = reverse(f"customers:listed_{answer}", args=[customer.pk, sender.pk])
    return browser.post(page, follow=True).content.decode()


def unconfirmed(customer: Customer) -> list[str]:
    return [each.value for each in customer.authorised_senders.all() if each.unconfirmed_since]


# -- What is theirs -------------------------------------------------------------------------------------------------


def test_a_domain_without_a_tie_is_unconfirmed_and_one_with_a_tie_is_not(acme: Customer, carla: Customer) -> None:
    CustomerAddress.objects.create(customer=carla, address="carla@conti.example")
    guest = Customer.objects.create(name="Guest", company=acme, added_automatically=True)
    CustomerAddress.objects.create(customer=guest, address="guest@bigcorp.example", is_primary=True)
    assert "Added" in lists(acme, "acme.example, conti.example, bigcorp.example, tech@agency.example")
    assert unconfirmed(acme) == ["tech@agency.example", "bigcorp.example"]


def test_an_address_of_theirs_or_at_their_domain_is_not_unconfirmed(acme: Customer, carla: Customer) -> None:
    """A provider's domain is nobody's, even if the company has its mailbox there."""
    for address in ("acme@gmail.com", "carla@conti.example"):
        CustomerAddress.objects.create(customer=acme if "acme" in address else carla, address=address)
    assert "Added" in lists(acme, "new@acme.example, carla@conti.example, acme@gmail.com, ben@gmail.com")
    assert unconfirmed(acme) == ["ben@gmail.com"]
    lists(carla, "carla@conti.example, carla@acme.example, new@acme.example")
    assert unconfirmed(carla) == ["new@acme.example"]  # where she works; a colleague's question is not hers to read


def test_a_persons_own_mailbox_does_not_make_the_domain_theirs(db: None) -> None:
    joe = Customer.objects.create(name="Joe")
    CustomerAddress.objects.create(customer=joe, address="joe@bigcorp.example", is_primary=True)
    lists(joe, "bigcorp.example")
    assert unconfirmed(joe) == ["bigcorp.example"]


def test_what_an_agent_enters_is_confirmed_and_what_the_customer_listed_stays_unconfirmed(
    as_anna: Client, mallory: Customer
) -> None:
    lists(mallory, "bigcorp.example")
    as_anna.post(reverse("customers:authorised", args=[mallory.pk]), {"senders": "bigcorp.example, agency.example"})
    assert unconfirmed(mallory) == ["bigcorp.example"]
    assert authorised.written(mallory) == "agency.example, bigcorp.example"


def test_a_strangers_own_address_counts_at_once_and_everything_says_who_said_so(
    as_anna: Client, mallory: Customer
) -> None:
    # A09 as written
    lists(mallory, "ben@gmail.com")
    ticket = arrive(mail(From="Ben <ben@gmail.com>")).ticket
    assert ticket is not None
    assert (ticket.customer, ticket.validity) == (mallory, "valid")
    html = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert "ben@gmail.com was listed by the customer in the portal on" in html
    assert "The customer listed it in the portal; no agent has confirmed it." in html
    assert "Listed by the customer in the portal on" in as_anna.get(detail(mallory)).content.decode()
    assert "Mallory Ltd" in as_anna.get("/customers/?senders=unconfirmed").content.decode()


def test_a_strangers_own_address_waits_if_the_settings_say_so_until_an_agent_confirms_it(
    as_anna: Client, mallory: Customer, wait: None
) -> None:
    assert "These take effect once we have approved them: ben@gmail.com." in lists(mallory, "ben@gmail.com")
    ticket = arrive(mail(From="Ben <ben@gmail.com>")).ticket
    assert ticket is not None
    assert (ticket.customer, ticket.validity) == (None, "to_verify")
    html = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert "No customer: a customer listed ben@gmail.com or its domain in the portal, awaiting approval" in html
    assert f'href="{detail(mallory)}"' in html
    assert f'name="customer" value="{mallory.pk}"' not in html
    told = decide(as_anna, mallory, "confirm", "ben@gmail.com")
    assert "Confirmed: ben@gmail.com may write for Mallory Ltd." in told
    assert match_sender("ben@gmail.com").customer == mallory.pk


# -- Counts at once, or waits ---------------------------------------------------------------------------------------


@time_machine.travel("2026-11-03 10:00", tick=True)
def test_it_counts_at_once_and_everything_says_who_said_so(
    as_anna: Client, mallory: Customer, capsys: pytest.CaptureFixture[str]
) -> None:
    # A09, A10
    lists(mallory, "bigcorp.example")
    ticket = arrive(mail(From="Ben <ben@bigcorp.example>")).ticket
    assert ticket is not None
    assert (ticket.customer, ticket.validity) == (mallory, "valid")
    said = "bigcorp.example was listed by the customer in the portal on 3 Nov 2026 and not confirmed by an agent."
    assert said in " ".join(as_anna.get(f"/tickets/{ticket.number}/").content.decode().split())
    call_command("explain", "someone@bigcorp.example")
    assert said in capsys.readouterr().out
    html = as_anna.get(detail(mallory)).content.decode()
    assert "Not confirmed" in html
    assert "Listed by the customer in the portal on 3 Nov 2026, not confirmed by an agent." in html


def test_it_waits_if_the_settings_say_so_and_everything_says_that_it_waits(
    as_anna: Client, mallory: Customer, wait: None, capsys: pytest.CaptureFixture[str]
) -> None:
    told = lists(mallory, "bigcorp.example")
    assert "These take effect once we have approved them: bigcorp.example." in told
    assert "Awaits our approval and has no effect until then." in told  # on the account page, to which saving leads
    ticket = arrive(mail(From="Ben <ben@bigcorp.example>")).ticket
    assert ticket is not None
    assert (ticket.customer, ticket.validity) == (None, "to_verify")
    why = "No customer: a customer listed ben@bigcorp.example or its domain in the portal, awaiting approval"
    html = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert why in html
    assert f'href="{detail(mallory)}"' in html
    assert f'name="customer" value="{mallory.pk}"' not in html  # not by one click: Ben may have nothing to do with them
    call_command("explain", "ben@bigcorp.example")
    said = capsys.readouterr().out
    assert why in said
    assert "Mallory Ltd: the customer listed it, awaiting approval" in said
    assert "1 customer has listed senders that await approval." in as_anna.get("/customers/").content.decode()
    listed = as_anna.get("/customers/?senders=unconfirmed").content.decode()
    assert "Mallory Ltd" in listed
    assert "It is waiting" in as_anna.get(detail(mallory)).content.decode()


def test_what_would_happen_says_that_it_waits(superuser: User, client: Client, mallory: Customer, wait: None) -> None:
    lists(mallory, "bigcorp.example")
    client.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    html = client.get(reverse("mailboxes:what_if"), {"address": "ben@bigcorp.example"}).content.decode()
    assert "awaiting approval" in html


def test_a_confirmed_domain_counts_and_the_customer_is_told(
    as_anna: Client, anna: User, mallory: Customer, wait: None
) -> None:
    lists(mallory, "bigcorp.example")
    assert "Confirmed: bigcorp.example may write for Mallory Ltd." in decide(as_anna, mallory, "confirm")
    assert match_sender("ben@bigcorp.example").customer == mallory.pk
    change = AuthorisedSendersChange.objects.first()
    assert change is not None
    assert (change.confirmed, change.added, change.by) == (["bigcorp.example"], [], anna)
    html = " ".join(as_anna.get(detail(mallory)).content.decode().split())
    assert "confirmed bigcorp.example" in html
    assert "Listed by the customer in the portal" not in html
    assert "await approval" not in as_anna.get("/customers/").content.decode()


def test_a_removed_domain_is_gone_and_a_second_answer_changes_nothing(as_anna: Client, mallory: Customer) -> None:
    lists(mallory, "bigcorp.example")
    sender = mallory.authorised_senders.get()
    for answer, text in (("remove", "Removed: bigcorp.example"), ("confirm", "nothing was changed")):
        page = reverse(f"customers:listed_{answer}", args=[mallory.pk, sender.pk])
        assert text in as_anna.post(page, follow=True).content.decode()
    assert not mallory.authorised_senders.exists()
    assert AuthorisedSendersChange.objects.count() == 2


def test_only_who_may_see_the_customer_decides_and_only_about_what_is_unconfirmed(
    as_anna: Client, anna: User, mallory: Customer
) -> None:
    lists(mallory, "bigcorp.example")
    sender = mallory.authorised_senders.get()
    page = reverse("customers:listed_confirm", args=[mallory.pk, sender.pk])
    assert as_anna.get(page).status_code == 405
    User.objects.filter(pk=anna.pk).update(partner=Partner.objects.create(name="South"))
    assert as_anna.post(page).status_code == 404
    assert Client().post(page).url.startswith("/accounts/login/")
    assert unconfirmed(mallory) == ["bigcorp.example"]
    User.objects.filter(pk=anna.pk).update(partner=None)
    AuthorisedSender.objects.update(unconfirmed_since=None)
    as_anna.post(reverse("customers:listed_remove", args=[mallory.pk, sender.pk]))
    assert mallory.authorised_senders.exists()


def test_the_setting_explains_the_risk_and_a_change_shows_the_tickets_first(
    superuser: User, client: Client, queue: Queue, mallory: Customer
) -> None:
    lists(mallory, "bigcorp.example")
    ticket = arrive(mail(From="Ben <ben@bigcorp.example>")).ticket
    assert ticket is not None
    client.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = reverse("settings:recognition")
    assert "a customer who lists a domain or an address that is not theirs gets" in client.get(page).content.decode()
    typed = {"preference": "company", "allowed_kinds": ["customer", "lead"], "listed_senders_wait": "on"}
    shown = client.post(page, typed)
    assert "1 ticket of the last 30 days would be matched differently" in shown.content.decode()
    assert not RecognitionSettings.load().listed_senders_wait
    seen = re.search(r'name="seen" value="(\w+)"', shown.content.decode())
    assert seen
    client.post(page, {**typed, "seen": seen[1]})
    assert RecognitionSettings.load().listed_senders_wait
    assert match_sender("ben@bigcorp.example").customer is None


@pytest.mark.parametrize("entry", ["bigcorp.example", "ben@bigcorp.example"])
def test_who_waits_is_not_related_to_the_customers_tickets(mallory: Customer, entry: str) -> None:
    lists(mallory, entry)

    def related() -> bool:
        return any(rows.exists() for rows in _of_customer(mallory, "ben@bigcorp.example", by_domain=True))

    assert related()
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"listed_senders_wait": True})
    assert not related()


# -- Nobody takes away anything from anybody ------------------------------------------------------------------------


def test_an_unconfirmed_domain_counts_against_nobody_who_is_known_there(mallory: Customer, anna: User) -> None:
    lists(mallory, "bigcorp.example")
    assert match_sender("ben@bigcorp.example").customer == mallory.pk
    bigcorp = company("Bigcorp", "office@bigcorp.example")
    match = match_sender("ben@bigcorp.example")
    assert (match.customer, match.step) == (bigcorp.pk, "domain")
    lists(bigcorp, "bigcorp.example")  # Mallory, who was first, is not in the way
    match = match_sender("ben@bigcorp.example")
    assert (match.customer, match.step) == (bigcorp.pk, "authorised_domain")
    bigcorp.delete()
    agency = company("Agency's customer", "office@other.example")
    authorised.save(agency, authorised.read("bigcorp.example", agency), by=anna)
    assert match_sender("ben@bigcorp.example").customer == agency.pk


def test_an_unconfirmed_address_counts_against_nobody_who_is_known_there(mallory: Customer, anna: User) -> None:
    lists(mallory, "ben@bigcorp.example, ben@gmail.com")
    bigcorp = company("Bigcorp", "office@bigcorp.example")
    match = match_sender("ben@bigcorp.example")
    assert (match.customer, match.step) == (bigcorp.pk, "domain")
    lists(bigcorp, "ben@bigcorp.example")  # Mallory, who was first, is not in the way
    match = match_sender("ben@bigcorp.example")
    assert (match.customer, match.step) == (bigcorp.pk, "authorised_address")
    assert match_sender("ben@gmail.com").customer == mallory.pk
    authorised.save(bigcorp, authorised.read("ben@gmail.com", bigcorp), by=anna)
    assert match_sender("ben@gmail.com").customer == bigcorp.pk


@pytest.mark.parametrize(
    "entry", ["agency.example", "one@agency.example", "tech@single.example", "new@bigcorp.example", "bigcorp.example"]
)
def test_what_another_customer_has_to_do_with_is_refused_in_one_sentence(
    acme: Customer, mallory: Customer, entry: str
) -> None:
    lists(acme, "agency.example, tech@single.example")
    company("Bigcorp", "office@bigcorp.example")
    told = lists(mallory, entry)
    assert f"“{entry}”: You cannot add it here yourself. Please ask our support team to add it." in told
    assert not mallory.authorised_senders.exists()
    assert "Acme" not in told
    assert "Bigcorp" not in told
    assert "another customer" not in told
    for sender in ("one@agency.example", "tech@single.example"):
        assert match_sender(sender).customer == acme.pk


@pytest.mark.parametrize(
    "entry",
    [
        "mail.bigcorp.example",  # below theirs
        "ops@mail.bigcorp.example",
        "uk.co.example",  # above theirs
        "other.uk.co.example",  # beside theirs
        "blgcorp.example",  # looks like theirs
        "вigcorp.example",
        "anna@blgcorp.example",
        "mail.blgcorp.example",
    ],
)
def test_what_is_of_anothers_organisation_or_looks_like_it_is_refused_too(
    acme: Customer, mallory: Customer, entry: str
) -> None:
    company("Bigcorp", "office@bigcorp.example")
    company("Co", "office@post.uk.co.example")
    told = lists(mallory, entry)
    assert f"“{entry}”: You cannot add it here yourself. Please ask our support team to add it." in told
    assert not mallory.authorised_senders.exists()


def test_the_own_domain_may_be_listed_though_others_are_at_a_part_of_it(acme: Customer, mallory: Customer) -> None:
    company("Laboratory", "office@labs.evil.example")
    assert "Added: evil.example." in lists(mallory, "evil.example")
    assert "You cannot add it here yourself." in lists(mallory, "evil.example, labs.evil.example")


def test_a_list_has_an_end(mallory: Customer) -> None:
    many = ", ".join(f"a{n}.example" for n in range(limits.AUTHORISED_SENDERS.amount + 1))
    assert "A list holds at most 400 entries." in lists(mallory, many)
    assert not mallory.authorised_senders.exists()
    assert "Added:" in lists(mallory, many.rpartition(",")[0])


def test_one_company_and_its_people_may_list_the_same(acme: Customer, carla: Customer) -> None:
    lists(acme, "agency.example")
    assert "Added: agency.example." in lists(carla, "agency.example")
    assert match_sender("tech@agency.example").customer == acme.pk


def test_what_the_list_holds_already_is_not_refused_later(mallory: Customer) -> None:
    lists(mallory, "bigcorp.example")
    company("Bigcorp", "office@bigcorp.example")
    assert "Added: tech@agency.example." in lists(mallory, "bigcorp.example, tech@agency.example")


def test_an_unconfirmed_domain_hides_no_warning_that_it_looks_like_another(acme: Customer, mallory: Customer) -> None:
    now = timezone.now()
    AuthorisedSender.objects.create(customer=mallory, value="acrne.example", kind="domain", unconfirmed_since=now)
    RecognitionSettings.objects.update_or_create(pk=1, defaults={"listed_senders_wait": True})
    match = match_sender("boss@acrne.example")
    assert match.lookalike is not None
    assert match.lookalike.domain == "acme.example"


def test_one_question_answers_for_one_and_for_many(
    mallory: Customer, wait: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lists(mallory, "bigcorp.example, ben@bigcorp.example")
    settings = RecognitionSettings.load()
    with django_assert_num_queries(2):
        one = look_up("ben@bigcorp.example", settings)
        many = look_up_many(["ben@bigcorp.example"], settings)
    assert many == {"ben@bigcorp.example": one}
    assert one.listed_senders_wait
    assert one.authorised_domain[0].unconfirmed_since
    assert one.authorised_address[0].unconfirmed_since


# -- Before, and after a merge --------------------------------------------------------------------------------------


def test_two_customers_who_become_one_keep_what_is_unconfirmed(mallory: Customer, anna: User) -> None:
    from tickets.customers import merge_customers

    other = company("Mallory Inc", "mallory@inc.example")
    lists(other, "bigcorp.example")
    since = other.authorised_senders.get().unconfirmed_since
    done = merge_customers.merge(other, mallory, by=anna).merge
    assert mallory.authorised_senders.get().unconfirmed_since == since
    merge_customers.undo(done, by=anna)
    assert other.authorised_senders.get().unconfirmed_since == since
    done = merge_customers.merge(other, mallory, by=anna).merge
    authorised.confirm(mallory.authorised_senders.get(), by=anna)
    merge_customers.undo(done, by=anna)
    assert other.authorised_senders.get().unconfirmed_since is None
