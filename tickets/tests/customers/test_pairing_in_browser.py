"""Can an agent pair, ban and undo in a browser, with a dialog that says what happens, on any screen?"""

import pytest
from playwright.sync_api import expect

from helpdesk.tests.browser.axe import violations, violations_in_any_light
from helpdesk.tests.browser.windows import undo
from recipients.decisions import actions
from recipients.models import Customer, DenyRule, Recipient, User
from tickets.customers import pairing
from tickets.models import Queue, Ticket
from tickets.tests.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tickets(queue: Queue, acme: Customer, carla: Customer, anna: User) -> list[Ticket]:
    """Two tickets of a stranger, and a list with every mark."""
    u = Recipient.objects.known("u@z.example", "Ugo")
    for address in ("banned@x.example", "shared@w.example", "boss@acme.example", "paired@y.example"):
        Recipient.objects.known(address, address.split("@")[0].title())
    actions.ban(Recipient.objects.filter(address="banned@x.example"), by=anna)
    actions.share(Recipient.objects.filter(address="shared@w.example"), by=anna)
    actions.pair(Recipient.objects.filter(address="paired@y.example"), acme, by=anna)
    DenyRule.objects.create(how=DenyRule.How.ENDS, text="@x.example")
    return [
        Ticket.objects.create(queue=queue, requester=u, subject=f"Question {n}", bare_subject=f"question {n}")
        for n in (1, 2)
    ]


def test_an_address_is_paired_in_a_dialog_and_undone_by_the_toast(  # R03, R05
    open_page: OpenPage, tickets: list[Ticket], acme: Customer
) -> None:
    page = open_page("/recipients/?text=u@z")
    page.get_by_role("link", name="Pair", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Assign all: the 2 tickets without a customer follow")
    dialog.get_by_role("searchbox").fill("acme")
    dialog.get_by_text("Acme GmbH", exact=True).click()
    dialog.get_by_role("button", name="Pair", exact=True).click()
    expect(page.locator("tbody tr")).to_contain_text("Acme GmbH")
    expect(page.locator(".toast:not([hidden])")).to_contain_text(
        "u@z.example is paired with Acme GmbH. 2 tickets moved along."
    )
    undo(page)
    expect(page.locator(".toast:not([hidden])")).to_contain_text("Undone. 2 tickets are as they were before.")
    expect(page.locator("tbody tr")).not_to_contain_text("Acme GmbH")
    assert not Ticket.objects.filter(customer=acme).exists()


@pytest.mark.parametrize("answer", ["Yes", "No", "Cancel"])
def test_changing_the_customer_asks_about_the_pair_in_a_dialog(  # R11, R12, SC23
    open_page: OpenPage, tickets: list[Ticket], acme: Customer, anna: User, answer: str
) -> None:
    lead = Customer.objects.create(name="Lena Lead", kind="lead")
    pairing.pair(Recipient.objects.filter(address="u@z.example"), lead, by=anna)
    page = open_page(f"/tickets/{tickets[1].pk}/")
    page.get_by_text("Sender and customer").click()
    page.get_by_role("link", name="Change customer").last.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("acme")
    dialog.get_by_role("listitem").filter(has_text="Acme GmbH").get_by_role("link", name="Choose").first.click()
    expect(dialog.get_by_role("heading", name="Change pair for recipient")).to_be_visible()
    expect(dialog).to_contain_text("u@z.example is paired with Lena Lead.")
    expect(dialog).to_contain_text("Question 1")
    dialog.get_by_role("link" if answer == "Cancel" else "button", name=answer, exact=True).click()
    expect(dialog).to_be_hidden()
    if answer != "Cancel":
        expect(page.locator(".toast:not([hidden])")).to_be_visible()
    given = [Ticket.objects.get(pk=ticket.pk).customer for ticket in tickets]
    paired = Recipient.objects.get(address="u@z.example").customer
    expected = {"Yes": ([lead, acme], acme), "No": ([lead, acme], lead), "Cancel": ([lead, lead], lead)}
    assert (given, paired) == expected[answer]


def test_many_are_banned_after_a_confirmation(open_page: OpenPage, tickets: list[Ticket]) -> None:  # R09
    page = open_page("/recipients/")
    page.get_by_role("checkbox", name="Select all rows of this page").check()
    page.locator(".bulk-bar").get_by_role("button", name="Ban", exact=True).click()
    expect(page.get_by_role("heading", name="Ban: 5 addresses")).to_be_visible()
    page.get_by_role("button", name="Ban", exact=True).click()
    expect(page.locator(".toast:not([hidden])").first).to_contain_text("4 addresses are banned.")
    assert Recipient.objects.filter(banned=True).count() == 5


def test_the_menu_of_a_row_offers_what_can_be_done_with_its_address(  # R01, R09, R10, R14
    open_page: OpenPage, tickets: list[Ticket], anna: User
) -> None:
    page, listed = open_page("/recipients/?sort=address", 360, reduced_motion="reduce"), "/recipients/?sort=address"
    offered = {
        "banned@x.example": "Mark as shared|Mark as a form|Edit sender name|Open the tickets|History|Unban",
        "paired@y.example": "Unpair|Mark as shared|Mark as a form|Edit sender name|Open the tickets|History|Ban",
        "shared@w.example": "Mark as not shared|Mark as a form|Edit sender name|Open the tickets|History|Ban",
        "u@z.example": "Mark as shared|Mark as a form|Edit sender name|Open the tickets|History|Ban",
    }
    for address, items in offered.items():
        page.get_by_label(f"More actions for {address}").press("Enter")
        menu = page.locator("details[open] > .menu-panel")
        expect(menu.locator(".menu-item")).to_have_text(items.split("|"))
    box = menu.bounding_box()  # that of the last row is not cut off by the table either
    assert box
    assert 0 <= box["x"] <= 360 - box["width"]
    assert 0 <= box["y"] <= page.evaluate("innerHeight") - box["height"]
    assert violations(page) == []
    u = Recipient.objects.get(address="u@z.example")
    expect(menu.get_by_role("link", name="History")).to_have_attribute("href", f"/recipients/{u.pk}/")
    expect(menu.get_by_role("link", name="tickets")).to_have_attribute("href", f"/tickets/?view=all&requester={u.pk}")
    menu.get_by_role("link", name="Edit sender name").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Ugo Unger")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("tbody")).to_contain_text("Ugo Unger")
    page.get_by_label("More actions for u@z.example").click()
    page.locator("details[open]").get_by_role("button", name="Ban", exact=True).click()
    expect(page.locator(".toast:not([hidden])").first).to_contain_text("u@z.example is banned.")
    assert page.url.endswith(listed)
    u.refresh_from_db()
    assert (u.name, u.banned) == ("Ugo Unger", True)


def test_it_works_without_scripts(open_page: OpenPage, tickets: list[Ticket], acme: Customer) -> None:
    page = open_page("/recipients/?text=u@z", java_script_enabled=False)
    expect(page.get_by_label("More actions for u@z.example")).to_be_hidden()  # the page of the address has them
    page.get_by_role("link", name="Pair", exact=True).click()
    page.get_by_role("searchbox").fill("acme")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_text("Acme GmbH", exact=True).click()
    page.get_by_role("button", name="Pair", exact=True).click()
    expect(page.locator(".toast:not([hidden])")).to_contain_text("u@z.example is paired with Acme GmbH.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast:not([hidden])")).to_contain_text("Undone.")


@pytest.mark.parametrize("width", [1440, 360])
def test_the_pages_are_accessible_on_any_screen(
    open_page: OpenPage, tickets: list[Ticket], acme: Customer, anna: User, width: int
) -> None:
    u = Recipient.objects.get(address="u@z.example")
    pairing.pair(Recipient.objects.filter(pk=u.pk), acme, by=anna)
    paths = ("/recipients/", f"/recipients/{u.pk}/", f"/recipients/pair/?selected={u.pk}&text=a", "/customers/import/")
    for path in paths:
        page = open_page(path, width, reduced_motion="reduce")
        assert violations_in_any_light(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
