"""Is nothing lost that was typed or attached? Not by an error, an undo, a reload or another ticket in between."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from helpdesk import limits
from recipients.models import Customer, User
from tickets import tasks
from tickets.conversation.replying import add_note
from tickets.models import Attachment, Category, Comment, Draft, Event, Outbox, Queue, Ticket
from tickets.tests.conftest import MakeTicket
from tickets.tests.mails import mail, take

pytestmark = pytest.mark.django_db
NEW = "/tickets/new/"


def a_file(name: str = "plan.pdf", content: bytes = b"%PDF plan") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


@pytest.fixture
def ada_s(ada: User) -> Client:
    """A browser of Ada's own."""
    client = Client()
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def bytes_kept(settings: LazySettings) -> Callable[[], int]:
    """How many different files the storage holds."""
    return lambda: sum(path.is_file() for path in Path(settings.MEDIA_ROOT).rglob("*"))


def attach(client: Client, ticket: Ticket, *files: SimpleUploadedFile) -> list[int]:
    """Attaches files as the composer does while one writes; their ids, as the form names them."""
    response = client.post(f"/tickets/{ticket.number}/draft/files/", {"files": list(files)})
    assert response.status_code == 200
    kept = Attachment.objects.order_by("-pk")[: len(files)]
    for each in kept:
        assert f'name="kept" value="{each.pk}"' in response.content.decode()
    return sorted(each.pk for each in kept)


def send(client: Client, ticket: Ticket, **fields: object) -> object:
    data = {"kind": "reply", "text": "Here it is.", "seen": ticket.comments.latest("pk").pk}
    return client.post(f"/tickets/{ticket.number}/send/", data | fields)


def shown(client: Client, address: str) -> str:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    return response.content.decode()


# -- On a ticket ------------------------------------------------------------------------------------------------------


def test_a_file_attached_while_writing_is_there_after_a_reload_and_goes_with_the_answer(
    as_anna: Client, ticket: Ticket, make_ticket: MakeTicket
) -> None:
    kept = attach(as_anna, ticket, a_file(), a_file("terms.txt", b"terms"))
    page = shown(as_anna, f"/tickets/{ticket.number}/")
    assert "Remove plan.pdf, 9\xa0bytes" in page
    assert re.search(r">\s*Draft saved\s*<time", page)
    assert "plan.pdf" not in shown(as_anna, f"/tickets/{make_ticket('Another').number}/")
    assert send(as_anna, ticket, kept=kept, files=[a_file("third.txt", b"3")]).status_code == 302  # type: ignore[attr-defined]
    comment = ticket.comments.get(kind="agent")
    assert [file.name for file in comment.attachments.all()] == ["plan.pdf", "terms.txt", "third.txt"]
    assert [file.name for file in Outbox.objects.get().attachments.all()] == ["plan.pdf", "terms.txt", "third.txt"]
    assert not Draft.objects.exists()


def test_undoing_a_send_brings_the_files_back(as_anna: Client, ticket: Ticket) -> None:
    send(as_anna, ticket, kept=attach(as_anna, ticket, a_file()))
    comment = ticket.comments.get(kind="agent")
    page = as_anna.post(f"/tickets/{ticket.number}/messages/{comment.pk}/undo/", follow=True).content.decode()
    assert "It is in the composer again." in page
    assert "Here it is.</textarea>" in page
    assert "Remove plan.pdf" in page
    send(as_anna, ticket, kept=list(Attachment.objects.values_list("pk", flat=True)))
    assert [file.read() for file in ticket.comments.get(kind="agent").attachments.all()] == [b"%PDF plan"]


def test_what_was_typed_after_sending_stays_when_the_message_comes_back(as_anna: Client, ticket: Ticket) -> None:
    send(as_anna, ticket, text="First.")
    as_anna.post(f"/tickets/{ticket.number}/draft/", {"kind": "reply", "text": "Second."})
    as_anna.post(f"/tickets/{ticket.number}/messages/{ticket.comments.get(kind='agent').pk}/undo/")
    assert "First.\n\nSecond.</textarea>" in shown(as_anna, f"/tickets/{ticket.number}/")


def test_an_error_keeps_the_files_that_came_with_the_form(as_anna: Client, ticket: Ticket) -> None:
    response = send(as_anna, ticket, cc="nonsense", files=[a_file()])
    assert response.status_code == 422  # type: ignore[attr-defined]
    page = response.content.decode()  # type: ignore[attr-defined]
    assert "Remove plan.pdf" in page
    assert "attach the files again" not in page
    page = shown(as_anna, f"/tickets/{ticket.number}/")
    assert "Remove plan.pdf" in page
    assert "Here it is.</textarea>" in page


def test_letting_a_file_go_without_scripts_loses_nothing_else(as_anna: Client, ticket: Ticket) -> None:
    first, second = attach(as_anna, ticket, a_file(), a_file("terms.txt", b"terms"))
    response = as_anna.post(
        f"/tickets/{ticket.number}/draft/files/{first}/",
        {"kind": "reply", "text": "Half a thought", "kept": [first, second], "files": [a_file("third.txt", b"3")]},
    )
    assert response["Location"] == f"/tickets/{ticket.number}/"
    page = shown(as_anna, response["Location"])
    assert "Half a thought</textarea>" in page
    assert "plan.pdf" not in page
    assert "Remove terms.txt" in page
    assert "Remove third.txt" in page


def test_a_draft_of_files_alone_is_one(as_anna: Client, ticket: Ticket) -> None:
    kept = attach(as_anna, ticket, a_file())
    as_anna.post(f"/tickets/{ticket.number}/draft/", {"kind": "reply", "text": "  "})
    assert "Remove plan.pdf" in shown(as_anna, f"/tickets/{ticket.number}/")
    send(as_anna, ticket, text="", kept=kept)
    assert ticket.comments.get(kind="agent").attachments.count() == 1


def test_all_files_of_a_message_together_have_a_limit(
    as_anna: Client, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MESSAGE_FILES_BYTES", replace(limits.MESSAGE_FILES_BYTES, amount=1000))
    kept = attach(as_anna, ticket, a_file("half.bin", b"x" * 600))
    response = as_anna.post(f"/tickets/{ticket.number}/draft/files/", {"files": a_file("rest.bin", b"y" * 500)})
    assert response.status_code == 422
    assert "a message can hold 1000\xa0bytes" in response.content.decode()
    response = send(as_anna, ticket, kept=kept, files=[a_file("rest.bin", b"y" * 500)])
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert Attachment.objects.get().name == "half.bin"


def test_a_message_never_leaves_without_a_file_that_its_form_showed(as_anna: Client, ticket: Ticket) -> None:
    (kept,) = attach(as_anna, ticket, a_file())
    as_anna.post(f"/tickets/{ticket.number}/draft/files/{kept}/", {"kind": "reply", "text": "x"})  # in another window
    response = send(as_anna, ticket, kept=[kept])
    assert "A file is no longer attached." in response.content.decode()  # type: ignore[attr-defined]
    assert not ticket.comments.filter(kind="agent").exists()


def test_nobody_sends_or_sees_the_files_of_anothers_draft(
    as_anna: Client, ada_s: Client, ticket: Ticket, anna: User
) -> None:
    (kept,) = attach(as_anna, ticket, a_file())
    assert "plan.pdf" not in shown(ada_s, f"/tickets/{ticket.number}/")
    assert send(ada_s, ticket, kept=[kept]).status_code == 422  # type: ignore[attr-defined]
    ada_s.post(f"/tickets/{ticket.number}/draft/files/{kept}/", {"kind": "reply", "text": "x"})
    assert ada_s.get(f"/tickets/{ticket.number}/attachments/{kept}/").status_code == 404
    assert Attachment.objects.get().draft == Draft.objects.get(author=anna)


# -- A new ticket -----------------------------------------------------------------------------------------------------


def typed(queue: Queue, **fields: object) -> dict[str, object]:
    return {
        "key": "form-1",
        "to": "carla@acme.example",
        "queue": queue.pk,
        "subject": "Your contract",
        "text": "Please sign it.\n\nThank you.",
    } | fields


def undo(client: Client) -> tuple[str, str]:
    """Takes the newest message back; where that leads, and what is there."""
    comment = Comment.objects.latest("pk")
    response = client.post(f"/tickets/{comment.ticket_id}/messages/{comment.pk}/undo/", follow=True)
    return response.redirect_chain[-1][0], response.content.decode()


def test_undoing_a_first_message_leads_back_to_the_filled_form_and_leaves_no_ticket(
    as_anna: Client, queue: Queue, carla: Customer, ada: User
) -> None:
    other = Queue.objects.create(name="Finance")
    queue.agents.model.objects.get(email="anna@helpdesk.example").queues.add(other)
    as_anna.post(NEW, typed(other, files=a_file()))
    number = Ticket.objects.get().number
    address, page = undo(as_anna)
    assert not Ticket.objects.exists()
    assert set(Outbox.objects.values_list("state", flat=True)) == {"cancelled"}  # staff has not heard of it either
    assert address.startswith(f"{NEW}?draft=")
    assert "the ticket no longer exists" in page
    for kept in ("carla@acme.example", "Your contract", "Please sign it.\n\nThank you.", "Remove plan.pdf"):
        assert kept in page
    assert f'<option value="{other.pk}" selected>' in page
    key = Draft.objects.get().key
    as_anna.post(NEW, typed(queue, key=key, kept=list(Attachment.objects.values_list("pk", flat=True))))
    ticket = Ticket.objects.get()
    assert ticket.number > number  # never used twice
    assert [file.read() for file in ticket.comments.get().attachments.all()] == [b"%PDF plan"]
    assert not Draft.objects.exists()


@pytest.mark.parametrize("happened", ["note", "assigned", "draft"])
def test_a_ticket_on_which_something_happened_meanwhile_stays(
    as_anna: Client, queue: Queue, carla: Customer, ada: User, happened: str
) -> None:
    as_anna.post(NEW, typed(queue))
    ticket = Ticket.objects.get()
    if happened == "note":
        add_note(ticket, by=ada, html="<p>Mine.</p>")
    elif happened == "assigned":
        ticket.assign(ada, by=ada)
    else:
        Draft.objects.create(ticket=ticket, author=ada, html="<p>I was about to write</p>")
    comment = ticket.comments.get(kind="agent")
    page = as_anna.post(f"/tickets/{ticket.pk}/messages/{comment.pk}/undo/", follow=True).content.decode()
    assert "It is in the composer again." in page
    assert "Please sign it." in page
    assert Ticket.objects.get() == ticket
    assert Event.objects.filter(ticket=ticket, kind=Event.Kind.SEND_CANCELLED).exists()


def test_an_answer_on_a_ticket_that_came_by_mail_is_undone_on_its_page(
    as_anna: Client, queue: Queue, carla: Customer
) -> None:
    ticket = take(mail("carla@acme.example")).ticket
    send(as_anna, ticket)
    address, _page = undo(as_anna)
    assert address == f"/tickets/{ticket.number}/"


def test_a_new_ticket_that_was_not_sent_is_offered_and_goes_on_or_is_discarded(
    as_anna: Client, ada_s: Client, queue: Queue
) -> None:
    assert as_anna.post("/tickets/new/draft/", typed(queue)).status_code == 204
    as_anna.post("/tickets/new/draft/files/", {"key": "form-1", "files": a_file()})
    page = shown(as_anna, NEW)
    assert "You have started these and not sent them:" in page
    assert "Please sign it." not in page
    assert "Your contract" not in shown(ada_s, NEW)
    page = shown(as_anna, f"{NEW}?draft=form-1")
    assert "Please sign it." in page
    assert "Remove plan.pdf" in page
    assert "You have started these" not in page
    as_anna.post("/tickets/new/draft/discard/", {"key": "form-1"})
    assert "Your contract" not in shown(as_anna, NEW)


def test_an_agent_says_what_a_new_ticket_is_about_and_undoing_keeps_it(as_anna: Client, queue: Queue) -> None:
    # T16
    assert 'name="category"' not in shown(as_anna, NEW)  # there is none to choose
    usual, chosen = Category.objects.create(name="Usual"), Category.objects.create(name="Printers")
    queue.default_category = usual
    queue.save()
    as_anna.post(NEW, typed(queue, key="form-1"))
    assert Ticket.objects.latest("pk").category == usual
    refused = as_anna.post(NEW, typed(queue, key="form-2", text="", category=chosen.pk)).content.decode()
    assert f'<option value="{chosen.pk}" selected>' in refused
    assert re.search(r'<textarea[^>]*name="text"[^>]*aria-invalid="true"', refused)
    as_anna.post(NEW, typed(queue, key="form-2", category=chosen.pk))
    assert Ticket.objects.latest("pk").category == chosen
    _address, page = undo(as_anna)
    assert f'<option value="{chosen.pk}" selected>' in page


def test_an_error_in_a_new_ticket_keeps_its_files(as_anna: Client, queue: Queue) -> None:
    response = as_anna.post(NEW, typed(queue, to="nonsense@", files=a_file()))
    assert response.status_code == 422
    assert "Remove plan.pdf" in response.content.decode()
    (kept,) = Attachment.objects.all()
    response = as_anna.post(f"/tickets/new/draft/files/{kept.pk}/", typed(queue, kept=[kept.pk]))
    page = shown(as_anna, response["Location"])
    assert "plan.pdf" not in page
    assert "Please sign it." in page


def test_a_form_of_a_new_ticket_that_is_sent_twice_is_one_ticket_and_one_mail(
    as_anna: Client, ada_s: Client, queue: Queue, carla: Customer
) -> None:
    as_anna.post("/tickets/new/draft/files/", {"key": "form-1", "files": a_file()})
    form = typed(queue, kept=[Attachment.objects.get().pk])
    first, second = (as_anna.post(NEW, form) for _time in range(2))
    ticket = Ticket.objects.get()
    assert first["Location"] == second["Location"] == f"/tickets/{ticket.number}/"
    assert ticket.comments.get().attachments.count() == 1
    assert Outbox.objects.filter(kind="new_message").count() == 1
    assert not Draft.objects.exists()
    ada_s.post(NEW, typed(queue))  # a form of somebody else's that is called alike
    as_anna.post(NEW, typed(queue, key="form-2"))
    assert Ticket.objects.count() == 3


def test_what_was_changed_in_a_form_that_was_sent_before_is_in_the_composer(
    as_anna: Client, queue: Queue, carla: Customer
) -> None:
    as_anna.post(NEW, typed(queue))
    editor = {"html": "<p>Please sign it.</p><p></p><p>Thank you.</p>", "text": ""}
    assert "This form was already sent." not in as_anna.post(NEW, typed(queue, **editor), follow=True).content.decode()
    editor["html"] = "<p>Please sign it <b>today</b>.</p>"
    page = as_anna.post(NEW, typed(queue, **editor), follow=True).content.decode()
    assert "This form was already sent." in page
    assert "Please sign it today.</textarea>" in page
    assert Comment.objects.get().text == "Please sign it.\n\nThank you."


# -- How much ----------------------------------------------------------------------------------------------------------


def test_an_agent_has_so_many_drafts_and_bytes_of_files(
    as_anna: Client, ada_s: Client, queue: Queue, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "AGENT_DRAFTS", replace(limits.AGENT_DRAFTS, amount=2))
    monkeypatch.setattr(limits, "AGENT_DRAFTS_BYTES", replace(limits.AGENT_DRAFTS_BYTES, amount=1000))
    attach(as_anna, ticket, a_file("half.bin", b"x" * 600))
    form = {"key": "form-1", "files": a_file("rest.bin", b"y" * 600)}
    refused = as_anna.post("/tickets/new/draft/files/", form)
    assert refused.status_code == 422
    assert "may total 1000\xa0bytes" in refused.content.decode()
    for key in ("form-2", "form-3"):
        ada_s.post("/tickets/new/draft/", typed(queue, key=key))
        as_anna.post("/tickets/new/draft/", typed(queue, key=key))
    assert "You had more than 2 unsent messages" in shown(as_anna, NEW)
    assert "You had more than" not in shown(ada_s, NEW)
    assert set(Draft.objects.values_list("key", flat=True)) == {"form-2", "form-3"}
    assert Draft.objects.count() == 4


def test_no_more_is_taken_from_an_agent_than_a_message_holds(
    as_anna: Client, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is more is left out while it comes in, so that it fills no disk for a moment."""
    monkeypatch.setattr(limits, "MESSAGE_FILES_BYTES", replace(limits.MESSAGE_FILES_BYTES, amount=1000))
    response = send(as_anna, ticket, files=[a_file("large.bin", b"x" * 200_000)])
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert [handler.exceeded for handler in response.wsgi_request.upload_handlers[:1]] == [True]  # type: ignore[attr-defined]
    assert "Here it is.</textarea>" in response.content.decode()  # type: ignore[attr-defined]


# -- What is left behind ----------------------------------------------------------------------------------------------


def test_files_that_were_let_go_are_deleted_with_their_bytes(
    as_anna: Client, ticket: Ticket, bytes_kept: Callable[[], int]
) -> None:
    first, second = attach(as_anna, ticket, a_file("a.txt", b"same"), a_file("b.txt", b"other"))
    add_note(ticket, by=User.objects.get(email="anna@helpdesk.example"), html="<p>x</p>", files=[a_note_file()])
    assert bytes_kept() == 2
    for kept in (first, second):
        as_anna.post(f"/tickets/{ticket.number}/draft/files/{kept}/", {"kind": "reply", "text": "x"})
    tasks.tidy_drafts()
    assert bytes_kept() == 1  # the note has the same bytes as the first file
    assert [file.read() for file in Attachment.objects.all()] == [b"same"]


def a_note_file() -> object:
    from tickets.drafts.files import Upload

    return Upload("c.txt", "text/plain", b"same")


def test_a_draft_nobody_touches_for_ninety_days_is_given_up(
    as_anna: Client, ticket: Ticket, bytes_kept: Callable[[], int]
) -> None:
    kept = attach(as_anna, ticket, a_file())
    Draft.objects.update(updated_at=timezone.now() - dt.timedelta(days=89))
    tasks.tidy_drafts()
    assert (Draft.objects.count(), bytes_kept()) == (1, 1)
    assert send(as_anna, ticket, kept=kept).status_code == 302  # type: ignore[attr-defined]
    attach(as_anna, ticket, a_file("other.txt", b"other"))
    Draft.objects.update(updated_at=timezone.now() - dt.timedelta(days=91))
    tasks.tidy_drafts()
    assert not Draft.objects.exists()
    assert bytes_kept() == 1  # what was sent


def test_many_unused_files_are_deleted_in_turns(
    as_anna: Client, ticket: Ticket, bytes_kept: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.drafts.file_cleanup.BATCH", 2)
    attach(as_anna, ticket, *(a_file(f"{n}.txt", b"%d" % n) for n in range(5)))
    Draft.objects.all().delete()
    tasks.tidy_drafts()
    assert (Attachment.objects.count(), bytes_kept()) == (0, 0)


@pytest.mark.parametrize("key", ["%00", "a%00b", "%ED%A0%80", "<b>"])
def test_a_key_in_the_address_reaches_the_database_clean(as_anna: Client, key: str) -> None:
    shown = as_anna.get(f"/tickets/new/?draft={key}")
    assert shown.status_code == 200
    assert re.fullmatch(r"[\w-]*", shown.context["key"], re.ASCII)


def test_what_another_window_has_kept_is_not_overwritten_unasked(as_anna: Client, ticket: Ticket) -> None:
    address = f"/tickets/{ticket.number}/draft/"
    first = as_anna.post(address, {"kind": "reply", "text": "First window.", "known": ""})
    again = as_anna.post(address, {"kind": "reply", "text": "First window, more.", "known": first["X-Draft"]})
    assert (first.status_code, again.status_code) == (204, 204)
    assert as_anna.post(address, {"kind": "reply", "text": "Second window.", "known": ""}).status_code == 409
    assert as_anna.post(address, {"kind": "reply", "text": "", "known": first["X-Draft"]}).status_code == 409
    assert "First window, more." in Draft.objects.get().html
    shown = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert f'name="known" value="{again["X-Draft"]}"' in shown
    assert as_anna.post(address, {"kind": "reply", "text": "Second window."}).status_code == 204  # who asks for it
    assert "Second window." in Draft.objects.get().html


def test_a_part_of_a_page_is_no_sign_in_page(as_anna: Client, ticket: Ticket) -> None:
    as_anna.logout()
    address = f"/tickets/{ticket.number}/send/"
    assert as_anna.post(address, {"text": "Hello"}, headers={"HX-Request": "true"}).status_code == 401
    assert as_anna.post(address, {"text": "Hello"}).status_code == 302
