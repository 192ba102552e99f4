"""Can a customer use the portal: read, answer and ask, on any screen, in light and dark?"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Route, expect
from pytest_django.live_server_helper import LiveServer

from helpdesk.tests.browser.axe import violations_in_any_light
from helpdesk.tests.browser.windows import OpenPage, windows
from recipients.models import Customer, Recipient, User
from tickets.models import Attachment, Comment, Queue, Ticket, TicketSettings
from tickets.tests.conftest import Enter, MakeComment, MakeTicket, complaint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def open_portal(browser: Browser, live_server: LiveServer, enter: Enter, carla: Customer) -> Iterator[OpenPage]:
    """Opens an address as Carla in a window of its own; afterwards no page may have complained on its console."""
    session = enter("carla@acme.example").cookies[settings.SESSION_COOKIE_NAME].value
    with windows(browser, live_server.url, complaint, session) as opened:
        yield opened


@pytest.fixture
def ticket(
    make_ticket: MakeTicket,
    make_comment: MakeComment,
    make_file: Callable[..., Attachment],
    carla: Customer,
    anna: User,
    queue: Queue,
) -> Ticket:
    """A request with everything that its page can show, among others."""
    TicketSettings.objects.create(pk=1, undo_seconds=0)
    for name in ("Sales", "Billing"):
        Queue.objects.create(name=name, in_portal=True)
    for n, status in enumerate(("waiting", "solved", "closed")):
        make_ticket(
            f"An earlier question {n}, with a subject that is rather long for such a small screen", status=status
        )
    ticket = make_ticket("Invoice 2024-118", customer=carla)
    written = Recipient.objects.known("carla@acme.example")
    asked = make_comment(ticket, "Where is it?\n> before", reply="Where is it?", quoted="> before", recipient=written)
    make_file(asked, "a very long name of a photograph of a letter that was lost.png", b"PNG", "image/png")
    html = "<p>Here it is:</p><ul><li>one</li></ul>"
    make_comment(ticket, "Here", kind="agent", agent=anna, html=html, author_name="Anna Berg")
    return ticket


@pytest.mark.parametrize("width", [1440, 360])
def test_every_page_is_accessible_on_every_screen(open_portal: OpenPage, ticket: Ticket, width: int) -> None:
    pages = ("/portal/", "/portal/?text=nowhere", f"/portal/tickets/{ticket.number}/", "/portal/tickets/new/")
    for path in pages:
        page = open_portal(path, width, reduced_motion="reduce")
        assert violations_in_any_light(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_customer_answers_with_a_file_and_says_that_it_is_solved(
    open_portal: OpenPage, ticket: Ticket, tmp_path: Path
) -> None:
    page = open_portal("/portal/")
    page.get_by_role("link", name="Invoice 2024-118").click()
    page.get_by_label("Your message").fill("Thank you.")
    (tmp_path / "letter.txt").write_text("content")
    page.locator("input[type=file]").set_input_files(tmp_path / "letter.txt")
    expect(page.get_by_label("Remove letter.txt")).to_be_visible()
    page.get_by_label("Your message").press("Control+Enter")
    expect(page.locator(".message").last).to_contain_text("Thank you.")
    expect(page.locator(".message").last).to_contain_text("letter.txt")
    assert Comment.objects.get(in_portal=True).attachments.get().name == "letter.txt"
    page.get_by_role("button", name="Mark as solved").click()
    expect(page.get_by_text("If you write again, we will reopen it.")).to_be_visible()
    ticket.refresh_from_db()
    assert ticket.status == "solved"


def test_a_file_chosen_before_the_script_is_there_is_attached(
    open_portal: OpenPage, ticket: Ticket, tmp_path: Path
) -> None:
    page = open_portal("about:blank")
    held: list[Route] = []
    page.route("**/js/composer.js", lambda route: held.append(route))
    with page.expect_request("**/js/composer.js"):
        page.goto(f"/portal/tickets/{ticket.number}/", wait_until="commit")
    (tmp_path / "letter.txt").write_text("content")
    page.locator("input[type=file]").set_input_files(tmp_path / "letter.txt")
    held.pop().continue_()
    expect(page.get_by_label("Remove letter.txt")).to_be_visible()
    page.get_by_label("Your message").fill("Here is the letter.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message").last).to_contain_text("letter.txt")


def test_everything_works_without_scripts(open_portal: OpenPage, ticket: Ticket) -> None:
    page = open_portal("/portal/tickets/new/", java_script_enabled=False)
    page.get_by_label("Department").select_option("Sales")
    page.get_by_label("Subject").fill("Scanner")
    page.get_by_label("Your message").fill("It does not scan.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Scanner")).to_be_visible()
    page.get_by_label("Your message").fill("One more thing.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message")).to_have_count(2)
    page.get_by_role("link", name="Requests", exact=True).click()
    page.get_by_label("Search your requests").fill("scan")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("[data-row]")).to_have_count(1)


def test_a_forum_is_read_and_written_on_every_screen(
    open_portal: OpenPage, enter: Enter, carla: Customer, queue: Queue
) -> None:
    # U25
    for name in ("Club of those who own a machine", "Клуб"):
        Queue.objects.create(name=name, forum=Queue.Forum.EVERYONE)
    page = open_portal("/portal/")
    page.get_by_role("link", name="Topics").click()
    page.get_by_role("link", name="New topic").first.click()
    page.get_by_label("Subject").fill("Paper jam in a machine that is rather new, and other things that never end")
    page.get_by_label("Your message").fill("It jams.")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".message")).to_contain_text("It jams.")
    page.get_by_label("Your message").fill("And again.")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".message").last).to_contain_text("And again.")
    page.get_by_role("button", name="Unfollow").click()
    expect(page.get_by_role("button", name="Follow", exact=True)).to_be_visible()
    topic = Ticket.objects.get(is_topic=True)
    paths = ("/portal/topics/", "/portal/topics/?text=nowhere", topic.portal_path, "/portal/topics/new/")
    for path in paths:
        page = open_portal(path, reduced_motion="reduce")
        for width in (1440, 360):
            page.set_viewport_size({"width": width, "height": 900})
            assert violations_in_any_light(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") == width, path
