"""Is nothing lost in the portal that a visitor typed or attached?"""

import re

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recipients.models import Customer, CustomerAddress
from tickets.models import Attachment, Comment, Draft, Queue, Ticket
from tickets.tests.conftest import Enter
from tickets.tests.mails import mail, take

pytestmark = pytest.mark.django_db
CARLA = "carla@acme.example"


@pytest.fixture
def ticket(queue: Queue, carla: Customer) -> Ticket:
    return take(mail(CARLA)).ticket


def a_file(name: str = "plan.pdf", content: bytes = b"%PDF plan") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def key_of(text: str) -> str:
    return re.findall(r'name="key" value="(\w+)"', text)[0]


def test_files_survive_an_error_and_a_reload_and_go_with_the_answer(enter: Enter, ticket: Ticket) -> None:
    client, path = enter(CARLA), f"/portal/tickets/{ticket.number}/"
    assert client.post(f"{path}draft/files/", {"files": a_file()}).status_code == 200
    response = client.post(f"{path}reply/", {"text": "y" * 100_001, "files": a_file("terms.txt")})
    assert response.status_code == 422
    assert "attach the files again" not in response.content.decode()
    shown = page(client, path)
    for kept in ("Remove plan.pdf", "Remove terms.txt", "y" * 100):
        assert kept in shown
    kept = list(Attachment.objects.order_by("pk").values_list("pk", flat=True))
    form = {"text": "Here.", "kept": kept, "key": key_of(shown)}
    for _time in range(2):  # the second sending of the same form makes nothing new, and says nothing wrong
        assert client.post(f"{path}reply/", form).status_code == 302
    comment = Comment.objects.get(in_portal=True)
    assert [file.name for file in comment.attachments.all()] == ["plan.pdf", "terms.txt"]
    assert not Draft.objects.exists()


def test_a_file_is_let_go_without_scripts(enter: Enter, ticket: Ticket) -> None:
    client, path = enter(CARLA), f"/portal/tickets/{ticket.number}/"
    client.post(f"{path}draft/files/", {"files": [a_file(), a_file("terms.txt")]})
    gone = Attachment.objects.get(name="plan.pdf")
    response = client.post(f"{path}draft/files/{gone.pk}/", {"text": "Typed", "files": a_file("third.txt")})
    assert response["Location"] == f"{path}#answer"
    shown = page(client, path)
    assert "plan.pdf" not in shown
    for kept in ("Typed", "Remove terms.txt", "Remove third.txt"):
        assert kept in shown


def test_a_new_request_goes_on_where_it_was_left_or_is_discarded(enter: Enter, queue: Queue, carla: Customer) -> None:
    client, path = enter(CARLA), "/portal/tickets/new/"
    key = key_of(page(client, path))
    assert client.post(f"{path}draft/", {"key": key, "subject": "Printer", "text": "It burns."}).status_code == 204
    client.post(f"{path}draft/files/", {"key": key, "files": a_file()})
    shown = page(client, path)
    assert key_of(shown) == key
    for kept in ("Printer", "It burns.", "Remove plan.pdf"):
        assert kept in shown
    client.post(f"{path}draft/discard/", {"key": key})
    assert "Printer" not in page(client, path)
    response = client.post(path, {"key": "k1", "subject": "", "text": "Kept", "files": a_file()})
    assert "Remove plan.pdf" in response.content.decode()
    kept = Attachment.objects.get(draft__key="k1").pk
    for _time in range(2):
        client.post(path, {"key": "k1", "subject": "Printer", "text": "It burns.", "kept": kept})
    assert [file.name for file in Comment.objects.get(in_portal=True).attachments.all()] == ["plan.pdf"]


def test_a_draft_is_its_writers_alone(enter: Enter, ticket: Ticket, acme: Customer, as_anna: Client) -> None:
    """The company's reader sees the ticket, and agents do, but not what Carla has not sent."""
    CustomerAddress.objects.create(customer=acme, address="boss@acme.example")
    carla, boss, path = enter(CARLA), enter("boss@acme.example"), f"/portal/tickets/{ticket.number}/"
    carla.post(f"{path}draft/", {"text": "Half a thought"})
    carla.post(f"{path}draft/files/", {"files": a_file()})
    kept = Attachment.objects.get()
    for shown in (page(boss, path), page(as_anna, f"/tickets/{ticket.number}/")):
        assert "Half a thought" not in shown
        assert "plan.pdf" not in shown
        assert "is writing" not in shown
    assert boss.post(f"{path}reply/", {"text": "Mine", "kept": kept.pk, "key": "k"}).status_code == 422
    boss.post(f"{path}draft/files/{kept.pk}/", {"text": "Mine"})
    assert boss.get(f"{path}files/{kept.pk}/").status_code == 404
    kept.refresh_from_db()
    assert kept.draft


def test_the_portal_keeps_no_more_than_one_message_takes(enter: Enter, ticket: Ticket, settings: LazySettings) -> None:
    settings.MAX_MESSAGE_BYTES = 400_000  # which leaves 300,000 for files
    client, path = enter(CARLA), f"/portal/tickets/{ticket.number}/draft/files/"
    assert client.post(path, {"files": a_file(content=b"x" * 200_000)}).status_code == 200
    for size in (200_000, 1_000_000):
        response = client.post(path, {"files": a_file(content=b"x" * size)})
        assert response.status_code == 422
        assert "a message takes 293.0" in response.content.decode()
    assert Attachment.objects.count() == 1


def test_who_is_not_signed_in_or_may_not_see_the_ticket_keeps_nothing(
    enter: Enter, ticket: Ticket, client: Client
) -> None:
    stranger = enter("mallory@evil.example")
    for path in ("draft/", "draft/files/", "draft/files/1/"):
        assert client.post(f"/portal/tickets/{ticket.number}/{path}", {"text": "x"}).status_code == 302
        assert stranger.post(f"/portal/tickets/{ticket.number}/{path}", {"text": "x"}).status_code == 404
    assert not Draft.objects.exists()
