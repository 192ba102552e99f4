"""Does the demo mail client show what people received, and answer as mail programs do?"""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import include, path

from helpdesk import urls
from helpdesk.demo import people, postoffice, story
from helpdesk.demo.mails import LEAK, Mail
from helpdesk.demo.postoffice import PostOffice
from mailboxes.parsing import parse
from recipients.tasks import send_sign_in_link

urlpatterns = [*urls.urlpatterns, path("demo/mail/", include("helpdesk.demo.urls"))]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

CARLA = "/demo/mail/carla@acme.example/"


@pytest.fixture
def office(tmp_path: Path, settings: LazySettings) -> Iterator[PostOffice]:
    settings.DEMO = True
    started = PostOffice(tmp_path / "mail", people.DOMAIN, people.everybody(), lambda: None).start()
    with postoffice.opened(started):
        yield started


@pytest.fixture
def answer(office: PostOffice) -> Mail:
    """What the helpdesk wrote to Carla: a mail with HTML, a picture in it, and a reply address of its own."""
    mail = Mail(
        people.MAIN_ADDRESS,
        "Anna Berg",
        "carla@acme.example",
        "[#1] Leak",
        LEAK.text,
        html=LEAK.html,
        files=LEAK.files,
        headers={"Reply-To": "support+1-token@brightwater.example", "References": "<first@acme.example>"},
    )
    story.post(office, mail)
    return mail


def test_a_mailbox_shows_the_mails_and_who_has_any(client: Client, answer: Mail) -> None:
    page = client.get(CARLA).content.decode()
    assert "[#1] Leak" in page
    assert 'src="/demo/mail/carla@acme.example/0/html/"' in page
    assert '<span class="truncate">Carla Conti</span><span class="count">1</span>' in page


def test_a_look_for_news_is_answered_only_if_there_are_some(client: Client, answer: Mail) -> None:
    htmx = {"HX-Request": "true"}
    assert client.get(f"{CARLA}?known=1", headers=htmx).status_code == 204
    news = client.get(f"{CARLA}?known=0", headers=htmx).content.decode()
    assert "[#1] Leak" in news
    assert "<html" not in news


def test_the_mail_stands_in_a_frame_without_scripts(client: Client, answer: Mail) -> None:
    response = client.get(f"{CARLA}0/html/")
    assert "sandbox" in response["Content-Security-Policy"]
    assert "script" not in response["Content-Security-Policy"]
    assert "/demo/mail/carla@acme.example/0/files/0/" in response.content.decode()
    picture = client.get(f"{CARLA}0/files/0/")
    assert (picture["Content-Type"], picture.content) == ("image/png", LEAK.files[0].content)


def test_a_reply_goes_where_it_was_asked_to_and_names_what_it_answers(
    client: Client, office: PostOffice, answer: Mail
) -> None:
    form = client.get(f"{CARLA}0/reply/").context["form"]
    sent = client.post(f"{CARLA}0/reply/", {**form.initial, "text": "Thank you!"})
    assert sent.status_code == 302
    mail = parse(office.messages(postoffice.HELPDESK)[-1])
    original = parse(office.messages("carla@acme.example")[-1])
    assert [each.address for each in mail.to] == ["support+1-token@brightwater.example"]
    assert mail.in_reply_to == (original.message_id,)
    assert mail.references == ("first@acme.example", original.message_id)
    assert mail.subject == "Re: [#1] Leak"


def test_a_wrong_address_is_named_and_nothing_is_sent(client: Client, office: PostOffice) -> None:
    response = client.post(f"{CARLA}write/", {"sender": "carla", "to": people.MAIN_ADDRESS, "text": "Hello"})
    assert response.status_code == 422
    assert "Enter a valid email address" in response.content.decode()
    assert office.messages(postoffice.HELPDESK) == []


def test_whoever_was_written_to_can_be_read(client: Client, office: PostOffice) -> None:
    story.post(office, Mail(people.MAIN_ADDRESS, "", "someone@new.example", "Hello", "A new one"))
    page = client.get("/demo/mail/").content.decode()
    assert "someone@new.example" in page
    assert "A new one" in client.get("/demo/mail/someone@new.example/").content.decode()


@pytest.mark.parametrize("address", ["9/html/", "9/reply/", "0/files/9/"])
def test_what_is_not_there_is_not_found(client: Client, answer: Mail, address: str) -> None:
    assert client.get(f"{CARLA}{address}").status_code == 404


def test_mail_of_our_own_is_announced_and_not_kept(tmp_path: Path) -> None:
    arrived = threading.Event()
    folder = tmp_path / "mail"
    with PostOffice(folder, people.DOMAIN, people.everybody(), arrived.set) as office:
        story.post(office, LEAK)
        assert arrived.wait(timeout=60)
        story.post(office, Mail("a@b.example", "", "carla@acme.example", "Kept", "…"))
    with PostOffice(folder, people.DOMAIN, people.everybody(), lambda: None) as office:
        assert office.messages(postoffice.HELPDESK) == []
        assert [parse(raw).subject for raw in office.messages("carla@acme.example")] == ["Kept"]


def test_the_sign_in_page_of_the_demo_signs_in_by_one_button(client: Client, office: PostOffice) -> None:
    people.create_everything(office)
    page = client.get("/accounts/login/").content.decode()
    assert 'aria-label="Sign in as Anna"' in page
    response = client.post("/accounts/login/", {"login": people.ANNA.email, "password": postoffice.PASSWORD})
    assert response.status_code == 302
    people.create_everything(office)  # twice makes nothing twice
    assert client.get("/tickets/").status_code == 200


def test_a_customer_of_the_demo_comes_into_the_portal_by_the_link_in_her_mailbox(
    client: Client, office: PostOffice, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "mailboxes.sending.mail_backend.MailboxBackend"
    people.create_everything(office)
    assert people.VISITOR in client.get("/portal/sign-in/").content.decode()
    send_sign_in_link(people.VISITOR, "en", "/portal/account/edit/")
    (received,) = [parse(raw) for raw in office.messages(people.VISITOR)]
    assert (received.is_automatic, received.author.address) == (True, people.MAIN_ADDRESS)
    path = received.text.partition(settings.SITE_URL)[2].split()[0]
    assert path in received.html
    assert client.post(path, follow=True).redirect_chain[0] == ("/portal/account/edit/", 302)
    assert "Whose details?" in client.get("/portal/account/edit/").content.decode()  # hers, or her company's
