"""Are guesses of agents' passwords stopped, without keeping out anybody else, or the owner?"""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.utils import timezone

from conftest import PASSWORD
from helpdesk import limits
from recipients.models import User

pytestmark = pytest.mark.django_db

OFFICE, HOME = "192.0.2.7", "198.51.100.1"
STOPPED = "Too many wrong passwords were entered."
SLOWED = "Too many wrong passwords were entered for this account."


def type_in(name: str, password: str = "wrong", client: str = OFFICE, browser: Client | None = None) -> str:
    """The page that answers; "" if it let somebody in, or asks for a second factor."""
    answer = (browser or Client()).post("/accounts/login/", {"login": name, "password": password}, REMOTE_ADDR=client)
    return "" if answer.status_code == 302 else answer.content.decode()


def guess_from_everywhere(name: str, times: int = limits.SIGN_IN_ACCOUNT.amount) -> None:
    for n in range(times):
        type_in(name, client=f"203.0.113.{n}")


def test_after_eight_wrong_passwords_the_right_one_opens_nothing_from_there(anna: User) -> None:
    for _time in range(8):
        assert STOPPED not in type_in(anna.email)
    assert STOPPED in type_in(anna.email, PASSWORD)
    assert type_in(anna.email, PASSWORD, HOME) == ""
    with time_machine.travel(timezone.now() + limits.SIGN_IN_NAME.time + timedelta(seconds=1)):
        assert type_in(anna.email, PASSWORD) == ""


def test_a_name_is_one_however_it_is_written(anna: User) -> None:
    for name in ("anna@helpdesk.example", "ANNA@helpdesk.example", " Anna@Helpdesk.Example ", "anna@HELPDESK.example"):
        type_in(name)
        type_in(name)
    assert STOPPED in type_in(anna.email, PASSWORD)


def test_mistakes_of_some_do_not_keep_out_others_of_the_same_office(anna: User, ada: User, superuser: User) -> None:
    for user in (anna, ada):
        for _time in range(7):
            type_in(user.email)
    assert type_in(superuser.email, PASSWORD) == ""


def test_a_right_password_takes_no_mistake_back(anna: User) -> None:
    for _time in range(4):
        type_in(anna.email)
        type_in(anna.email)
        type_in(anna.email, PASSWORD)
    assert STOPPED in type_in(anna.email, PASSWORD)


def test_one_guess_from_each_of_many_addresses_slows_down_to_one_a_minute(anna: User) -> None:
    guess_from_everywhere(anna.email)
    assert SLOWED not in type_in(anna.email, client="203.0.113.100")
    assert SLOWED in type_in(anna.email, client="203.0.113.101")
    assert SLOWED in type_in(anna.email, PASSWORD, client="203.0.113.102")


def test_whether_there_is_such_an_account_is_not_told(anna: User) -> None:
    guess_from_everywhere("nobody@helpdesk.example")
    type_in("nobody@helpdesk.example", client="203.0.113.100")
    assert SLOWED in type_in("nobody@helpdesk.example", client="203.0.113.101")


def test_a_browser_in_which_the_owner_signed_in_before_is_not_slowed_down(anna: User, ada: User) -> None:
    known, of_ada = Client(), Client()
    assert type_in(anna.email, PASSWORD, browser=known) == type_in(ada.email, PASSWORD, browser=of_ada) == ""
    for browser in (known, of_ada):
        browser.post("/accounts/logout/")
    guess_from_everywhere(anna.email)
    type_in(anna.email, client="203.0.113.100")
    assert SLOWED in type_in(anna.email, PASSWORD, browser=of_ada)  # known for somebody else's account
    assert "known_browser" in known.cookies
    assert type_in(anna.email, PASSWORD, browser=known) == ""


def test_a_known_browser_guesses_no_more_often_than_any_other(anna: User) -> None:
    known = Client()
    type_in(anna.email, PASSWORD, browser=known)
    known.post("/accounts/logout/")
    for n in range(limits.SIGN_IN_ACCOUNT.amount + 1):
        type_in(anna.email, client=f"203.0.113.{n}", browser=known)
    assert SLOWED in type_in(anna.email, PASSWORD, browser=known)


def test_an_owner_with_a_second_factor_is_not_slowed_down_and_guesses_read_the_same(anna: User) -> None:
    TOTP.activate(anna, generate_totp_secret())
    guess_from_everywhere(anna.email)
    type_in(anna.email, client="203.0.113.100")
    assert SLOWED in type_in(anna.email, client="203.0.113.101")
    assert type_in(anna.email, PASSWORD) == ""


@pytest.mark.usefixtures("worker")
def test_who_chooses_a_new_password_by_the_mailed_link_gets_in_while_others_guess(anna: User) -> None:
    guess_from_everywhere(anna.email)
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": anna.email})
    link = re.search(r"http://localhost:8000(/\S+)", str(mail.outbox[0].body))
    assert link
    page = browser.get(link[1], follow=True)
    new = "an entirely new one"
    browser.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    type_in(anna.email, client="203.0.113.100")
    assert SLOWED in type_in(anna.email, new)
    assert type_in(anna.email, new, browser=browser) == ""


def test_fifty_mistakes_of_one_client_are_enough(anna: User) -> None:
    for n in range(limits.SIGN_IN_CLIENT.amount):
        type_in(f"nobody{n}@helpdesk.example")
    assert "There were too many attempts from your connection." in type_in(anna.email, PASSWORD)
    assert type_in(anna.email, PASSWORD, HOME) == ""


@pytest.mark.usefixtures("worker")
def test_a_new_password_is_mailed_by_the_worker_and_the_page_asks_nothing_about_the_address(
    anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[object] = []
    monkeypatch.setattr(
        "recipients.tasks.send_password_link.apply_async", lambda *values, **options: queued.append(values)
    )
    answers = [Client().post("/accounts/password/reset/", {"email": each}) for each in (anna.email, "no@no.example")]
    assert {answer.status_code for answer in answers} == {302}
    assert len(queued) == 2
    assert not mail.outbox


@pytest.mark.usefixtures("worker")
def test_an_account_gets_three_links_to_a_new_password_an_hour(anna: User) -> None:
    for n in range(6):
        Client().post("/accounts/password/reset/", {"email": anna.email}, REMOTE_ADDR=f"203.0.113.{n}")
    assert len(mail.outbox) == limits.PASSWORD_LINKS.amount
    assert {letter.subject for letter in mail.outbox} == {"A new password for the helpdesk"}


def test_who_sends_the_form_too_often_gets_a_page_that_says_so(client: Client) -> None:
    for n in range(limits.PASSWORD_PAGES.amount):
        client.post("/accounts/login/", {"login": "", "password": str(n)})
    page = client.post("/accounts/login/", {"login": "", "password": "x"})
    assert page.status_code == 429
    assert "There were too many requests for this page from your connection." in page.content.decode()
