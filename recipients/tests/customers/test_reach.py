"""Does whoever works for one partner take nothing that customers of another have? By every form, import and button."""

import html
import importlib
import pkgutil
import re
from collections.abc import Callable

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

import mailboxes
import recipients
import tickets
from recipients.models import AuthorisedSender, Customer, CustomerAddress, Partner, Recipient, Role, User
from recipients.models.reach import beyond
from recipients.tests.users.test_user_pages import typed
from tickets.models import Comment, Queue, Ticket

pytestmark = pytest.mark.django_db

REFUSED = "cannot be used here. Ask a colleague who sees every partner."
NORTH_S, SOUTH_S = "tina@tundra.example", "maya@blue.example"


@pytest.fixture
def north(db: None) -> Partner:
    return Partner.objects.create(name="North")


@pytest.fixture
def ben(north: Partner, queue: Queue) -> User:
    """Ben, agent of North."""
    user = User.objects.create_user("ben@helpdesk.example", first_name="Ben", partner=north)
    user.queues.add(queue)
    return user


@pytest.fixture
def as_ben(client: Client, ben: User) -> Client:
    client.force_login(ben, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def trap(north: Partner) -> Customer:
    """A customer of North."""
    made = Customer.objects.create(name="Trap Ltd", is_company=True, partner=north)
    CustomerAddress.objects.create(customer=made, address=NORTH_S, is_primary=True)
    return made


@pytest.fixture
def blue(db: None) -> Customer:
    """A customer of South, with a registered, a paired and a listed address and a listed domain."""
    made = Customer.objects.create(name="Blue Harbour", is_company=True, partner=Partner.objects.create(name="South"))
    CustomerAddress.objects.create(customer=made, address=SOUTH_S, is_primary=True)
    Recipient.objects.create(address="paired@postbox.example", customer=made)
    AuthorisedSender.objects.create(customer=made, value="listed@agency.example", kind="address")
    AuthorisedSender.objects.create(customer=made, value="cargo.example", kind="domain")
    return made


def management(lines: int, there: int = 0) -> dict[str, int]:
    """What the form says of the lines with further addresses."""
    return {"addresses-TOTAL_FORMS": lines, "addresses-INITIAL_FORMS": there}


def registers(browser: Client, trap: Customer, entry: str) -> str:
    values = {"name": "New", "kind": "customer", "email": entry, **management(0)}
    return browser.post(reverse("customers:add"), values, follow=True).content.decode()


def registers_another(browser: Client, trap: Customer, entry: str) -> str:
    lines = {**management(1, trap.addresses.filter(is_primary=False).count()), "addresses-0-address": entry}
    values = {"name": "Trap Ltd", "kind": "customer", "is_company": "on", "email": NORTH_S, **lines}
    return browser.post(reverse("customers:edit", args=[trap.pk]), values, follow=True).content.decode()


def lists(browser: Client, trap: Customer, entry: str) -> str:
    page = reverse("customers:authorised", args=[trap.pk])
    return browser.post(page, {"senders": entry}, follow=True).content.decode()


def imports(browser: Client, trap: Customer, entry: str) -> str:
    preview = browser.post(
        reverse("customers:import"), {"file": SimpleUploadedFile("c.csv", f"name,email\nNew,{entry}".encode())}
    )
    browser.post(reverse("customers:import"), {"token": preview.context["token"], "name": "c.csv", "do": "import"})
    return preview.content.decode()


def imports_another(browser: Client, trap: Customer, entry: str) -> str:
    text = f"email,name,addresses\n{NORTH_S},Trap Ltd,{entry}"
    preview = browser.post(reverse("customers:import"), {"file": SimpleUploadedFile("c.csv", text.encode())})
    browser.post(reverse("customers:import"), {"token": preview.context["token"], "name": "c.csv", "do": "import"})
    return preview.content.decode()


def confirms(browser: Client, trap: Customer, entry: str) -> str:
    listed = AuthorisedSender(customer=trap, kind="address" if "@" in entry else "domain", value=entry)
    listed.unconfirmed_since = trap.created_at
    listed.save()
    return browser.post(reverse("customers:listed_confirm", args=[trap.pk, listed.pk]), follow=True).content.decode()


def accepts_and_pairs(browser: Client, trap: Customer, entry: str) -> str:
    ticket = Ticket.objects.create(subject="Invoice", queue=Queue.objects.get(), customer=trap)
    writer, _made = Recipient.objects.get_or_create(address=entry)
    held = Comment.objects.create(ticket=ticket, recipient=writer, text="Let me in", is_held=True, kind="customer")
    page = reverse("tickets:accept_and_pair", args=[ticket.pk, held.pk])
    return browser.post(page, follow=True).content.decode()


DOORS: dict[Callable[[Client, Customer, str], str], str] = {
    registers: "addresses",
    registers_another: "addresses",
    imports: "addresses",
    imports_another: "addresses",
    accepts_and_pairs: "addresses",
    lists: "both",
    confirms: "both",
}
THEIRS = [SOUTH_S, "paired@postbox.example", "listed@agency.example"]
DOMAINS = ["blue.example", "mail.blue.example", "cargo.example"]


def holders(entry: str) -> set[str]:
    """Who has `entry` now, whether by registration, pairing or list."""
    registered = Customer.objects.filter(addresses__address=entry)
    paired = Customer.objects.filter(paired_recipients__address=entry)
    confirmed = AuthorisedSender.objects.filter(value=entry, unconfirmed_since__isnull=True)
    return {each.name for each in (*registered, *paired, *(row.customer for row in confirmed))}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_what_a_customer_of_another_partner_has_is_refused_in_one_sentence(
    as_ben: Client, trap: Customer, blue: Customer, door: Callable[[Client, Customer, str], str]
) -> None:
    for entry in [*THEIRS, *(DOMAINS if DOORS[door] == "both" else [])]:
        before = holders(entry)
        told = door(as_ben, trap, entry)
        assert f"{entry} {REFUSED}" in told, entry
        assert "Blue Harbour" not in told
        assert "South" not in told
        assert holders(entry) == before


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_what_is_nobody_s_is_taken(
    as_ben: Client, trap: Customer, blue: Customer, door: Callable[[Client, Customer, str], str]
) -> None:
    for entry in ["new@nobody.example", *(["nobody.example"] if DOORS[door] == "both" else [])]:
        assert REFUSED not in door(as_ben, trap, entry)
        assert holders(entry)


def test_who_sees_every_partner_is_not_asked(as_anna: Client, anna: User, trap: Customer, blue: Customer) -> None:
    assert REFUSED not in registers(as_anna, trap, SOUTH_S)
    assert holders(SOUTH_S) == {"New", "Blue Harbour"}
    assert beyond([SOUTH_S], anna) == {}


def test_what_the_customer_has_already_stays(as_ben: Client, ben: User, trap: Customer, blue: Customer) -> None:
    for address in (SOUTH_S, NORTH_S):
        CustomerAddress.objects.get_or_create(customer=trap, address=address)
    assert REFUSED not in registers_another(as_ben, trap, SOUTH_S)
    assert holders(SOUTH_S) == {"Trap Ltd", "Blue Harbour"}
    AuthorisedSender.objects.create(customer=trap, value="cargo.example", kind="domain")
    assert REFUSED not in lists(as_ben, trap, "cargo.example, new@nobody.example")


def test_an_address_that_both_have_is_decided_by_others(as_ben: Client, trap: Customer, blue: Customer) -> None:
    CustomerAddress.objects.create(customer=trap, address=SOUTH_S)
    both = Recipient.objects.create(address=SOUTH_S)
    for verb in ("ban", "share", "unpair", "pair"):
        values = {"selected": both.pk, "confirmed": "1", "customer": trap.pk}
        as_ben.post(f"/recipients/{verb}/", values)
        both.refresh_from_db()
        assert (both.banned, both.shared, both.customer) == (False, False, None), verb


def test_a_user_of_theirs_does_not_sign_in_with_another_partners_address(
    client: Client, ben: User, blue: Customer
) -> None:
    User.objects.filter(pk=ben.pk).update(role=Role.ADMINISTRATOR)
    client.force_login(ben, backend="allauth.account.auth_backends.AuthenticationBackend")
    told = client.post(reverse("settings:user_add"), typed(email=SOUTH_S)).content.decode()
    assert REFUSED in told
    assert not User.objects.filter(email=SOUTH_S).exists()


def test_nobody_writes_in_the_name_of_a_customer(as_ben: Client, ben: User, blue: Customer) -> None:
    as_ben.post(reverse("profile"), {"time_zone": "UTC", "sender_email": SOUTH_S})
    ben.refresh_from_db()
    assert ben.sender_email == ""


def test_nobody_makes_another_partners_customer_the_requester_of_a_ticket(
    as_ben: Client, trap: Customer, blue: Customer
) -> None:
    asked = Recipient.objects.create(address=NORTH_S)
    ticket = Ticket.objects.create(subject="Invoice", queue=Queue.objects.get(), customer=trap, requester=asked)
    page = reverse("tickets:requester", args=[ticket.pk])
    for entry in THEIRS:
        assert REFUSED in html.unescape(as_ben.post(page, {"address": entry}, follow=True).content.decode())
        ticket.refresh_from_db()
        assert (ticket.requester, ticket.customer) == (asked, trap)
    as_ben.post(page, {"address": "new@elsewhere.example"})
    ticket.refresh_from_db()
    assert ticket.requester.address == "new@elsewhere.example"


#: Forms with a field for an address or a domain: which of the tests here or elsewhere opens them, or why none must.
KNOWN = {
    "CustomerForm": "registers; the billing address is never recognised",
    "AddressForm": "registers_another, and that of the portal's sign-in page, which tells nothing",
    "AuthorisedForm": "lists",
    "UserForm": "test_a_user_of_theirs_does_not_sign_in_with_another_partners_address",
    "ProfileForm": "test_nobody_writes_in_the_name_of_a_customer",
    "ForgottenPasswordForm": "tells nothing",
    "PasswordSignInForm": "tells nothing",
    "ComposerForm": "whom one message is sent to in copy: gives nobody anything",
    "ParticipantsForm": "whom messages are sent to in copy: gives nobody anything",
    "RequesterForm": "test_nobody_makes_another_partners_customer_the_requester_of_a_ticket",
    "NewTicketForm": "whom a message is sent to: gives nobody anything",
    "RecognitionForm": "for administrators of Any",
    "TicketSettingsForm": "for administrators of Any",
    "MailboxForm": "for administrators of Any",
    "QueueForm": "for administrators of Any",
    "NewQueueForm": "for administrators of Any",
}
_NAMED = re.compile(r"e?mail|address|domain|sender|^cc$|^to$|recipient")


def test_every_form_that_names_an_address_or_a_domain_is_known_here() -> None:
    for room in (recipients, tickets, mailboxes):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if "forms" in module.name and ".tests" not in module.name:
                importlib.import_module(module.name)
    found = {
        form.__name__
        for form in _below(forms.BaseForm)
        if form.__module__.split(".")[0] in ("recipients", "tickets", "mailboxes")
        and ".tests" not in form.__module__
        and any(_NAMED.search(name) for name in getattr(form, "base_fields", ()))
    }
    assert found == set(KNOWN)


def _below(kind: type) -> set[type]:
    return {each for child in kind.__subclasses__() for each in (child, *_below(child))}
