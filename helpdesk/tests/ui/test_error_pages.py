"""Does whoever meets an error read what it is, in their language and under the name they know, with a way on?"""

from collections.abc import Callable

import pytest
from django.db import OperationalError
from django.test import Client

from recipients.models import Branding
from recipients.tests.portal import come_in
from tickets.portal import topic_views

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de"}


@pytest.fixture
def brightwater(db: None) -> None:
    Branding(pk=1, name="Brightwater", colour="#1d4ed8").save()
    Branding.load().keep()


def shown(response: object, status: int) -> str:
    assert response.status_code == status  # type: ignore[attr-defined]
    text = str(response.content.decode())  # type: ignore[attr-defined]
    assert text.count("<h1>") == 1
    assert "Traceback" not in text
    return text


def test_a_page_that_is_not_there_is_the_organisations_in_the_portal_alone(brightwater: None, client: Client) -> None:
    portal = shown(client.get("/portal/nothing/", **GERMAN), 404)
    assert 'lang="de"' in portal
    assert "· Brightwater</title>" in " ".join(portal.split())
    assert 'class="button" href="/portal/"' in portal
    assert "--accent" in portal
    ours = shown(client.get("/nothing/"), 404)
    assert "Brightwater" not in ours
    assert 'class="button" href="/"' in ours


def test_a_form_of_a_session_that_is_over_says_what_to_do(brightwater: None) -> None:
    checked = Client(enforce_csrf_checks=True)
    text = shown(checked.post("/portal/sign-in/", {"address": "carla@acme.example"}, **GERMAN), 403)
    assert "Brightwater" in text
    assert "CSRF verification" not in text
    assert "laden Sie die Seite neu" in text


def test_the_address_of_a_button_says_that_nothing_was_changed(brightwater: None, client: Client) -> None:
    response = client.get("/portal/sign-out/", **GERMAN)
    assert "Nichts wurde geändert" in shown(response, 405)
    assert response["Allow"] == "POST"
    assert client.head("/portal/sign-out/").content == b""


def test_more_than_is_taken_and_what_is_no_request_are_told_apart(
    brightwater: None, client: Client, settings: object
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000  # type: ignore[attr-defined]
    text = shown(client.post("/portal/sign-in/", {"address": "x" * 2000}, **GERMAN), 413)
    assert "zu viel auf einmal" in text
    assert "Brightwater" in text
    assert "Helpdesk" in shown(client.get("/tickets/", HTTP_HOST="elsewhere.example"), 400)


def test_a_fault_of_ours_is_told_without_the_database(
    brightwater: None, client: Client, monkeypatch: pytest.MonkeyPatch, carla: object
) -> None:
    come_in(client, "carla@acme.example")

    def breaks(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(topic_views, "forums_for", breaks)
    client.raise_request_exception = False
    text = shown(client.get("/portal/topics/", **GERMAN), 500)
    for said in ('lang="de"', "Brightwater", "Etwas ist schiefgegangen", 'href="/portal/"'):
        assert said in text
    assert "closed the connection" not in text
    lost: Callable[[], None] = breaks
    monkeypatch.setattr(Branding, "kept", lost)
    assert "Support" in shown(client.get("/portal/topics/"), 500)
