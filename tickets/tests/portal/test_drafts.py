"""Is nothing lost in the portal that a visitor typed or attached?"""

import re
from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from helpdesk import limits
from recipients.models import Customer, CustomerAddress
from tickets import tasks
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
        assert "a message can hold 293.0" in response.content.decode()
    assert Attachment.objects.count() == 1


def test_who_is_not_signed_in_or_may_not_see_the_ticket_keeps_nothing(
    enter: Enter, ticket: Ticket, client: Client
) -> None:
    stranger = enter("mallory@evil.example")
    for path in ("draft/", "draft/files/", "draft/files/1/"):
        assert client.post(f"/portal/tickets/{ticket.number}/{path}", {"text": "x"}).status_code == 302
        assert stranger.post(f"/portal/tickets/{ticket.number}/{path}", {"text": "x"}).status_code == 404
    assert not Draft.objects.exists()


def begin(client: Client, key: str, **fields: object) -> int:
    """Types a new request, and chooses files for it; the status of the upload, 0 without one."""
    client.post("/portal/tickets/new/draft/", {"key": key, "subject": key, "text": "Typed."})
    return client.post("/portal/tickets/new/draft/files/", {"key": key, **fields}).status_code if fields else 0


def test_a_visitor_has_so_many_drafts_and_is_told_when_the_oldest_goes(enter: Enter, ticket: Ticket) -> None:
    client = enter(CARLA)
    for number in range(limits.VISITOR_DRAFTS.amount + 1):
        assert "was discarded" not in page(client, "/portal/")
        begin(client, f"k{number}", files=a_file(content=b"%d" % number))
    assert "You had more than 5 unsent messages. The oldest was discarded." in page(client, "/portal/")
    assert list(Draft.objects.order_by("pk").values_list("key", flat=True)) == ["k1", "k2", "k3", "k4", "k5"]
    tasks.tidy_drafts()
    assert Attachment.objects.count() == 5  # the files of the one that is gone are, too


def test_the_files_of_all_drafts_of_a_visitor_have_a_limit(
    enter: Enter, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "VISITOR_DRAFTS_BYTES", replace(limits.VISITOR_DRAFTS_BYTES, amount=1000))
    client, other = enter(CARLA), enter("mallory@evil.example")
    assert begin(client, "a", files=a_file(content=b"x" * 600)) == 200
    assert begin(client, "b", files=a_file(content=b"y" * 600)) == 422
    answer = client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": "", "files": a_file(content=b"z" * 600)})
    assert answer.status_code == 302  # a message that leaves at once needs no room
    answer = client.post(
        "/portal/tickets/new/", {"key": "b", "subject": "", "text": "x", "files": a_file(content=b"z" * 600)}
    )
    assert answer.status_code == 422
    assert "may total 1000\xa0bytes. Send the messages, or remove some files." in answer.content.decode()
    assert begin(other, "a", files=a_file(content=b"x" * 600)) == 200  # each has their own
    assert sorted(Attachment.objects.filter(comment=None).values_list("size", flat=True)) == [600, 600]


def test_a_visitor_who_uploads_and_takes_out_again_and_again_has_to_wait(
    enter: Enter, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "VISITOR_UPLOADS", replace(limits.VISITOR_UPLOADS, amount=1000))
    client, other, path = enter(CARLA), enter("mallory@evil.example"), "/portal/tickets/new/draft/files/"
    assert begin(client, "a", files=a_file(content=b"x" * 600)) == 200
    client.post(f"{path}{Attachment.objects.get().pk}/", {"key": "a", "text": "x"})
    answer = client.post(path, {"key": "a", "files": a_file(content=b"y" * 600)})
    assert (answer.status_code, "reached the upload limit for this hour" in answer.content.decode()) == (422, True)
    assert begin(other, "a", files=a_file(content=b"y" * 600)) == 200


def test_the_files_that_visitors_have_not_sent_have_a_limit_in_total_with_those_let_go(
    enter: Enter, ticket: Ticket, monkeypatch: pytest.MonkeyPatch, as_anna: Client
) -> None:
    monkeypatch.setattr(limits, "VISITORS_DRAFTS_BYTES", replace(limits.VISITORS_DRAFTS_BYTES, amount=1000))
    carla, other, path = enter(CARLA), enter("mallory@evil.example"), "/portal/tickets/new/draft/files/"
    assert begin(carla, "a", files=a_file(content=b"x" * 600)) == 200
    carla.post(f"{path}{Attachment.objects.get().pk}/", {"key": "a", "text": "x"})  # which lies there still
    answer = other.post(path, {"key": "b", "files": a_file(content=b"y" * 600)})
    assert (answer.status_code, "No more files can be uploaded" in answer.content.decode()) == (422, True)
    assert (
        as_anna.post(f"/tickets/{ticket.number}/draft/files/", {"files": a_file(content=b"x" * 600)}).status_code == 200
    )
    tasks.tidy_drafts()
    assert begin(other, "b", files=a_file(content=b"y" * 600)) == 200


def test_a_half_written_topic_and_an_answer_in_one_are_kept_with_their_files(
    enter: Enter, ticket: Ticket, queue: Queue
) -> None:
    """Each form brings back its own: a topic is no request, and what somebody else began is nobody's. U25."""
    forum = Queue.objects.create(name="Club", forum=Queue.Forum.EVERYONE, confirmation=False)
    Queue.objects.create(name="Another club", forum=Queue.Forum.EVERYONE)
    client, path = enter(CARLA), "/portal/topics/new/"
    key = key_of(page(client, path))
    client.post(f"{path}draft/files/", {"key": key, "files": a_file()})
    typed = {"key": key, "subject": "Grinder", "text": "Which one?", "forum": forum.pk}
    assert client.post(f"{path}draft/", typed).status_code == 204
    shown = page(client, path)
    for kept in ("Grinder", "Which one?", "Remove plan.pdf", f'value="{forum.pk}" selected', "Draft saved"):
        assert kept in shown
    assert "Grinder" not in page(client, "/portal/tickets/new/")
    begin(client, "k1")
    assert "k1" not in page(client, path)
    kept = Attachment.objects.get().pk
    refused = client.post(path, {**typed, "key": key_of(shown), "subject": "", "kept": kept})
    assert (refused.status_code, "Remove plan.pdf" in refused.content.decode()) == (422, True)
    assert client.post(path, {**typed, "key": key_of(shown), "kept": kept}).status_code == 302
    topic = Ticket.objects.get(is_topic=True)
    assert [file.name for file in topic.comments.get().attachments.all()] == ["plan.pdf"]
    assert "Grinder" not in page(client, path)

    answer = f"/portal/topics/{topic.number}/"
    assert client.post(f"{answer}draft/", {"text": "The small"}).status_code == 204
    client.post(f"{answer}draft/files/", {"files": a_file("terms.txt")})
    shown = page(client, answer)
    assert "The small" in shown
    gone = Attachment.objects.get(name="terms.txt")
    assert client.post(f"{answer}draft/files/{gone.pk}/", {"text": "The small"})["Location"] == f"{answer}#answer"
    assert client.post(f"{answer}reply/", {"text": "The small one.", "key": key_of(shown)}).status_code == 302
    begin(client, "k2")
    client.post(f"{path}draft/", {"key": "topicx", "subject": "Bin"})
    assert client.post(f"{path}draft/discard/", {"key": "topicx"})["Location"] == "/portal/topics/"
    assert sorted(Draft.objects.values_list("key", flat=True)) == ["k1", "k2"]


def test_who_is_not_of_the_forum_keeps_nothing_in_it(enter: Enter, ticket: Ticket) -> None:
    forum = Queue.objects.create(name="Club", forum=Queue.Forum.CHOSEN)
    topic = Ticket.objects.create(subject="Grinder", queue=forum, is_topic=True)
    assert enter(CARLA).post(f"/portal/topics/{topic.number}/draft/", {"text": "x"}).status_code == 404
    assert enter(CARLA).post(f"/portal/topics/{topic.number}/draft/files/", {"files": a_file()}).status_code == 404
    assert not Draft.objects.exists()
