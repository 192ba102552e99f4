"""Answers, notes and drafts are written on the ticket page, and undone while they have not left."""

import datetime as dt
import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from helpdesk import limits
from recipients.models import Recipient, User
from tickets.conversation.replying import reply
from tickets.models import Comment, Draft, Outbox, Ticket
from tickets.tests.conftest import MakeComment
from tickets.tests.ticket_page.conftest import HTMX, said


@pytest.fixture
def send(as_anna: Client, ticket: Ticket) -> Callable[..., object]:
    """Sends the composer."""

    def sent(*, headers: dict[str, str] | None = None, **fields: object) -> object:
        last = ticket.comments.order_by("pk").last()
        data = {"kind": "reply", "seen": last.pk if last else 0, **fields}
        return as_anna.post(f"/tickets/{ticket.number}/send/", data, headers=headers)

    return sent


def test_a_reply_leaves_by_the_outbox_and_can_be_undone(
    as_anna: Client, send: Callable[..., object], ticket: Ticket, show: Callable[[], str], anna: User
) -> None:
    send(html="<p>Here <b>it</b> is.<script>x</script></p>", then="solved")
    comment = ticket.comments.get(kind="agent")
    assert "script" not in comment.html
    assert Outbox.objects.get(comment=comment).recipient == "carla@acme.example"
    ticket.refresh_from_db()
    assert ticket.status == "solved"
    shown = show()
    assert "The message is on its way." in shown
    assert f'action="/tickets/{ticket.number}/messages/{comment.pk}/undo/"' in shown
    assert "It is in the composer again" in said(as_anna, f"/tickets/{ticket.number}/messages/{comment.pk}/undo/", {})
    ticket.refresh_from_db()
    assert ticket.status == "new"
    assert "Here <b>it</b> is." not in Outbox.objects.filter(state="waiting").values_list("html", flat=True)
    assert "Here it is." in show()


def test_a_note_comes_alone_where_the_page_has_all_else(
    as_anna: Client, send: Callable[..., object], ticket: Ticket, make_comment: MakeComment
) -> None:
    """Not the conversation before it; with a message that the page lacks it is left to the page that comes anew."""
    seen = ticket.comments.get().pk
    added = send(headers=HTMX, kind="note", text="Careful.")
    assert isinstance(added, HttpResponse)
    note = ticket.comments.get(kind="note")
    page = added.content.decode()
    assert (page.count("<article"), page.count(f'id="message-{note.pk}"'), page.count('id="composer"')) == (1, 1, 1)
    assert f'name="seen" id="composer-seen" value="{note.pk}"' in page
    assert f"/news/?seen={note.pk}" in page  # a colleague's would be announced, this one is not
    assert "Where is my invoice?" not in page
    assert "The note was added." in page
    make_comment(ticket, "And this?")
    led = send(headers=HTMX, kind="note", text="More of it.", seen=note.pk)
    assert isinstance(led, HttpResponse)
    assert led.headers["HX-Redirect"] == ticket.comments.filter(kind="note").latest("pk").get_absolute_url()
    assert "HX-Redirect" in send(headers=HTMX, kind="note", text="Once more.", seen=seen).headers  # type: ignore[attr-defined]


def test_a_message_that_has_left_cannot_be_undone(as_anna: Client, send: Callable[..., object], ticket: Ticket) -> None:
    send(text="Here it is.")
    comment = ticket.comments.get(kind="agent")
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - dt.timedelta(hours=1))
    assert "already been sent" in said(as_anna, f"/tickets/{ticket.number}/messages/{comment.pk}/undo/", {})
    assert ticket.comments.filter(pk=comment.pk).exists()


def test_an_answer_that_has_not_left_after_two_minutes_says_so(
    send: Callable[..., object], ticket: Ticket, show: Callable[[], str]
) -> None:
    send(text="Here it is.")
    assert "on its way" in show()
    assert "Not sent yet" not in show()
    Outbox.objects.filter(comment__kind="agent").update(
        created_at=timezone.now() - dt.timedelta(minutes=3), error="Connection refused"
    )
    assert "Not sent yet" in show()
    assert "Connection refused" in show()


def test_a_reply_without_javascript_keeps_its_lines(send: Callable[..., object], ticket: Ticket) -> None:
    send(text="Dear Carla,\n\n1 < 2\nhttps://x.example")
    html = ticket.comments.get(kind="agent").html
    assert "<p>Dear Carla,</p>" in html
    assert "1 &lt; 2<br>" in html


def test_a_note_is_seen_by_agents_alone(send: Callable[..., object], ticket: Ticket, show: Callable[[], str]) -> None:
    send(kind="note", text="Careful.")
    note = ticket.comments.get(kind="note")
    assert not note.is_public
    assert not Outbox.objects.filter(comment=note).exists()
    assert "is-note" in show()


def test_files_go_with_the_message(send: Callable[..., object], ticket: Ticket) -> None:
    files = [SimpleUploadedFile("a.txt", b"one", "text/plain"), SimpleUploadedFile("b.pdf", b"two", "application/pdf")]
    send(text="See files.", files=files)
    comment = ticket.comments.get(kind="agent")
    assert [(file.name, file.type, file.read()) for file in comment.attachments.all()] == [
        ("a.txt", "text/plain", b"one"),
        ("b.pdf", "application/pdf", b"two"),
    ]


def test_people_in_copy_are_those_in_the_field(send: Callable[..., object], ticket: Ticket) -> None:
    ticket.participants.add(Recipient.objects.known("old@acme.example"))
    send(text="Hi", cc="boss@acme.example; Chief@Acme.example")
    addresses = set(ticket.participants.values_list("address", flat=True))
    assert addresses == {"boss@acme.example", "chief@acme.example"}


def test_people_in_copy_may_be_pasted_with_their_names(send: Callable[..., object], ticket: Ticket) -> None:
    send(text="Hi", cc='Tom Weber <tom@acme.example>, "Ada L." <Ada@Acme.example>; boss@acme.example')
    addresses = set(ticket.participants.values_list("address", flat=True))
    assert addresses == {"tom@acme.example", "ada@acme.example", "boss@acme.example"}


def test_no_pasted_address_is_swallowed_by_the_name_of_the_next(send: Callable[..., object], ticket: Ticket) -> None:
    send(text="Hi", cc="boss@acme.example Tom Weber <tom@acme.example>")
    assert not ticket.participants.exists()


def test_quotes_in_quotes_make_no_answer_long(send: Callable[..., object], ticket: Ticket) -> None:
    """Fifty quotes around 90,000 lines: the marks of their depth would be nine million characters, in six seconds."""
    begin = time.process_time()
    send(html="<blockquote>" * 50 + "a<br>" * 89_000)
    assert time.process_time() - begin < 3
    comment = Comment.objects.latest("pk")
    assert comment.agent is not None
    assert len(comment.text) <= 1_000_000
    assert len(comment.html) <= 1_000_000


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"text": "  \n"}, "Write a message first."),
        ({"html": "<p></p>"}, "Write a message first."),
        ({"text": "Kept text", "cc": "nonsense"}, "This is not an email address"),
    ],
)
def test_an_error_names_itself_and_keeps_what_was_typed(
    send: Callable[..., object], ticket: Ticket, fields: dict[str, str], error: str
) -> None:
    response = send(**fields)
    assert response.status_code == 422  # type: ignore[attr-defined]
    shown = response.content.decode()  # type: ignore[attr-defined]
    assert error in shown
    assert fields.get("cc", "") in shown
    assert fields.get("text", "").strip() in shown
    assert not ticket.comments.filter(kind="agent").exists()


def test_too_large_files_are_refused_with_their_size(
    send: Callable[..., object], ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MESSAGE_FILES_BYTES", replace(limits.MESSAGE_FILES_BYTES, amount=1000))
    response = send(text="See file.", files=[SimpleUploadedFile("a.bin", b"x" * 2000)])
    shown = response.content.decode()  # type: ignore[attr-defined]
    assert "a message can hold 1000\xa0bytes" in shown
    assert "See file." in shown
    assert "attach the files again" in shown


def test_with_htmx_only_the_error_comes_back_so_that_files_stay(send: Callable[..., object], ticket: Ticket) -> None:
    response = send(text="", headers=HTMX)
    assert response.status_code == 422  # type: ignore[attr-defined]
    shown = response.content.decode()  # type: ignore[attr-defined]
    assert "Write a message first." in shown
    assert "<html" not in shown
    assert "<textarea" not in shown


def test_of_two_who_answer_at_the_same_moment_one_does(
    send: Callable[..., object], ticket: Ticket, make_comment: MakeComment, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada's answer is stored after Anna's form was looked at, and before the ticket is Anna's to change."""
    changing = Ticket.changing

    def after_ada(it: Ticket) -> object:
        monkeypatch.setattr(Ticket, "changing", changing)
        reply(it, by=ada, html="<p>Ada was faster.</p>")
        return changing(it)

    monkeypatch.setattr(Ticket, "changing", after_ada)
    response = send(text="Here it is.", seen=ticket.comments.get().pk)
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert "Ada Root wrote while you were writing" in response.content.decode()  # type: ignore[attr-defined]
    assert [comment.text for comment in ticket.comments.filter(kind="agent")] == ["Ada was faster."]
    assert Outbox.objects.filter(kind="new_message").count() == 1


def test_a_reply_that_was_overtaken_is_not_sent_unread(
    as_anna: Client, send: Callable[..., object], ticket: Ticket, make_comment: MakeComment
) -> None:
    seen = ticket.comments.get().pk
    make_comment(ticket, "Forget it, I found it.")
    response = send(text="Here it is.", seen=seen)
    shown = response.content.decode()  # type: ignore[attr-defined]
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert "Carla Conti wrote while you were writing" in shown
    assert "Forget it, I found it." in shown
    assert "Here it is." in shown
    assert not ticket.comments.filter(kind="agent").exists()
    send(text="Here it is.", seen=response.context["seen"])  # type: ignore[attr-defined]
    assert ticket.comments.filter(kind="agent").exists()


def test_a_draft_is_kept_restored_and_gone_when_sent(
    as_anna: Client, send: Callable[..., object], ticket: Ticket, show: Callable[[], str], anna: User
) -> None:
    address = f"/tickets/{ticket.number}/draft/"
    data = {"kind": "note", "html": "<p>Half a <i>thought</i></p><script>x</script>", "cc": "boss@acme.example"}
    assert as_anna.post(address, data).status_code == 204
    draft = Draft.objects.get(ticket=ticket, author=anna)
    assert draft.is_note
    assert "script" not in draft.html
    shown = show()
    assert "Half a thought</textarea>" in shown
    assert "boss@acme.example" in shown
    as_anna.post(address, {"kind": "reply", "text": "plain thought"})
    assert "plain thought</textarea>" in show()
    send(text="Whole thought.")
    assert not Draft.objects.exists()
    as_anna.post(address, {"kind": "reply", "text": "again"})
    as_anna.post(address, {"kind": "reply", "text": "   "})
    assert not Draft.objects.exists()


def test_another_agents_draft_is_not_shown_but_that_they_write(
    show: Callable[[], str], ticket: Ticket, ada: User
) -> None:
    Draft.objects.create(ticket=ticket, author=ada, html="<p>secret thought</p>")
    shown = show()
    assert "secret thought" not in shown
    assert "Ada Root is writing" in shown


def test_a_colleague_on_the_page_is_shown(as_anna: Client, ticket: Ticket, ada: User, client: Client) -> None:
    other = Client()
    other.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    other.get(f"/tickets/{ticket.number}/")
    assert "Ada Root is viewing this, too." in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    news = as_anna.get(f"/tickets/{ticket.number}/news/", {"seen": 0}, headers=HTMX).content.decode()
    assert re.search(r'id="presence"[^>]* hx-swap-oob="true">\s*<span class="presence">', news)
    assert "Ada Root is viewing this, too." in news
