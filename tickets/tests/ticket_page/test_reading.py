"""The ticket page shows what was said: messages, files, quotes, and what happened between them."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recipients.models import Recipient, User
from tickets.models import Attachment, Comment, Event, Outbox, Ticket
from tickets.tests.conftest import MakeComment
from tickets.tests.ticket_page.conftest import said
from tickets.ticket_page.conversation.messages import Message
from tickets.ticket_page.conversation.page import conversation


def test_quoted_text_is_folded_and_present(show: Callable[[], str], ticket: Ticket, make_comment: MakeComment) -> None:
    """L37"""
    make_comment(ticket, "Thanks\n> before", reply="Thanks", quoted="> before")
    shown = show()
    assert '<div class="plain" dir="auto">Thanks</div>' in shown
    assert '<details class="quoted">' in shown
    assert "&gt; before" in shown


def test_plain_text_cannot_become_markup(show: Callable[[], str], ticket: Ticket, make_comment: MakeComment) -> None:
    make_comment(ticket, '<script>alert(1)</script> see https://a.example/?x="y&z. Or <b>mail</b> me@b.example')
    shown = show()
    assert "<script>alert" not in shown
    assert '<a href="https://a.example/?x=" rel="noopener noreferrer nofollow" target="_blank">' in shown
    assert '<a href="mailto:me@b.example"' in shown


def test_a_held_message_waits_for_a_decision(
    as_anna: Client, show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    """L29"""
    held = make_comment(ticket, "Pay me", is_held=True, held_reason="Mallory is a stranger.", author_name="Mallory")
    assert "Mallory is a stranger." in show()
    address = f"/tickets/{ticket.number}/messages/{held.pk}"
    accepted = as_anna.post(f"{address}/accept/")
    assert accepted["Location"].endswith(f"#message-{held.pk}")  # not to the top of a long conversation
    assert "The message was accepted." in show()
    held.refresh_from_db()
    assert not held.is_held
    assert "no longer held" in said(as_anna, f"{address}/reject/", {})


def test_a_rejected_message_stays_visible_to_agents(
    as_anna: Client, show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    held = make_comment(ticket, "Pay me", is_held=True, held_reason="A stranger.")
    assert said(as_anna, f"/tickets/{ticket.number}/messages/{held.pk}/reject/", {}) == "The message was rejected."
    assert "Rejected." in show()


def test_machines_look_different_from_people(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    make_comment(ticket, "I am away.", kind="automatic")
    make_comment(ticket, "x", kind="bounce", reply="boss@acme.example does not exist.", quoted="550 5.1.1")
    shown = show()
    assert "is-automatic" in shown
    assert "Automatic reply" in shown
    assert "is-bounce" in shown
    assert "boss@acme.example" in shown


def test_events_stand_between_the_messages_and_many_are_folded(
    show: Callable[[], str], ticket: Ticket, anna: User, make_comment: MakeComment
) -> None:
    ticket.set_status("waiting", by=anna)
    assert "<strong>Anna Berg</strong> set the status to Waiting" in show()
    ticket.set_priority(4, by=anna)
    ticket.assign(anna, by=anna)
    ticket.set_tags(["invoice", "vip"], by=anna)
    make_comment(ticket, "Hello?")
    shown = show()
    assert "4 changes" in shown
    assert "added invoice, vip" in shown
    assert "took the ticket" in shown


def test_a_long_ticket_opens_with_its_newest_messages(as_anna: Client, long_ticket: Ticket) -> None:
    newest = as_anna.get(f"/tickets/{long_ticket.number}/")
    assert numbers(newest) == [*range(100, 120)]
    earlier = as_anna.get(f"/tickets/{long_ticket.number}/?before={newest.context['conversation'].earlier}")
    assert numbers(earlier) == [*range(80, 100)]
    assert "Show the newest messages" in earlier.content.decode()
    everything = as_anna.get(f"/tickets/{long_ticket.number}/?all")
    assert numbers(everything) == [*range(120)]
    shown = everything.content.decode()
    assert 'id="composer"' in shown
    assert "Show earlier messages" not in shown
    assert 'class="fold"' not in shown


def numbers(page: HttpResponse) -> list[int]:
    """Of the messages on the page of the long ticket."""
    return [int(number) for number in re.findall(r'dir="auto">Message number (\d+)', page.content.decode())]


@pytest.mark.parametrize(("wanted", "first", "has_composer"), [(3, 0, False), (60, 51, False), (101, 100, True)])
def test_an_address_of_a_message_shows_the_page_with_it(
    as_anna: Client, long_ticket: Ticket, wanted: int, first: int, has_composer: bool
) -> None:
    page = as_anna.get(long_ticket.comments.order_by("created_at", "pk")[wanted].get_absolute_url())
    assert wanted in numbers(page)
    assert numbers(page)[0] == first
    assert ('id="composer"' in page.content.decode()) is has_composer
    assert numbers(as_anna.get(f"/tickets/{long_ticket.number}/?message=99999999")) == [*range(100, 120)]


def test_a_long_history_opens_with_its_newest_events(as_anna: Client, ticket: Ticket, anna: User) -> None:
    rows = [Event(ticket=ticket, kind=Event.Kind.TAGS, agent=anna, data={"added": [f"t{n}"]}) for n in range(120)]
    Event.objects.bulk_create(rows)
    address = f"/tickets/{ticket.number}/history/"
    first = as_anna.get(address)
    assert len(first.context["events"]) == 50
    second = as_anna.get(f"{address}?before={first.context['earlier']}")
    third = as_anna.get(f"{address}?before={second.context['earlier']}")
    told = [event.text for page in (first, second, third) for event in page.context["events"]]
    everything = as_anna.get(f"{address}?all").context
    assert [event.text for event in everything["events"]] == told
    assert len(told) >= 120
    assert third.context["earlier"] is everything["earlier"] is None


def test_the_page_asks_the_same_number_of_questions_however_long_the_ticket(
    as_anna: Client, ticket: Ticket, long_ticket: Ticket, make_file: Callable[..., Attachment]
) -> None:
    def queries(number: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_anna.get(f"/tickets/{number}/").status_code == 200
        return len(captured)

    for comment in long_ticket.comments.all()[100:]:
        make_file(comment, "a.txt", b"x", "text/plain")
    assert queries(long_ticket.number) <= queries(ticket.number) + 1 <= 23


@pytest.fixture
def mail(ticket: Ticket, make_comment: MakeComment, make_file: Callable[..., Attachment]) -> Comment:
    """A mail with an inline picture, a remote one, and a quote at its end."""
    html = (
        '<p>New <b>text</b></p><img src="cid:logo@acme" alt="Logo"><img data-remote-src="https://spy.example/p.gif">'
        "<details><blockquote><p>Old text</p></blockquote></details>"
    )
    comment = make_comment(ticket, "New text", html=html, subject="Picture")
    make_file(comment, "logo.png", b"\x89PNG\r\n\x1a\n", "image/png", inline=True, cid="logo@acme")
    return comment


def body(client: Client, comment: Comment, query: str = "") -> str:
    response = client.get(f"/tickets/{comment.ticket_id}/messages/{comment.pk}/body/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_html_stands_in_a_sandboxed_frame_with_a_policy_of_its_own(
    as_anna: Client, show: Callable[[], str], mail: Comment
) -> None:
    shown = show()
    assert 'sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in shown
    assert "<b>text</b>" not in shown
    policy = as_anna.get(f"/tickets/{mail.ticket_id}/messages/{mail.pk}/body/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "img-src 'self' data:;" in policy
    assert "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox" in policy


def test_remote_pictures_are_blocked_until_the_agent_asks(
    as_anna: Client, show: Callable[[], str], mail: Comment
) -> None:
    assert "Pictures from other servers are not shown" in show()
    assert ' src="https://spy.example' not in body(as_anna, mail)
    assert ' src="https://spy.example/p.gif" referrerpolicy="no-referrer"' in body(as_anna, mail, "?images=1")
    asked = as_anna.get(f"/tickets/{mail.ticket_id}/messages/{mail.pk}/body/?images=1")
    assert "img-src 'self' data: https: http:" in asked["Content-Security-Policy"]


def test_inline_pictures_are_shown_in_the_text_and_not_listed_again(
    as_anna: Client, show: Callable[[], str], mail: Comment
) -> None:
    picture = mail.attachments.get()
    assert f'src="/tickets/{mail.ticket_id}/attachments/{picture.pk}/?show=1"' in body(as_anna, mail)
    assert "logo.png" not in show()


def test_a_quote_at_the_end_of_a_mail_is_folded(as_anna: Client, mail: Comment) -> None:
    shown = body(as_anna, mail)
    assert shown.index("New <b>text</b>") < shown.index('<details><summary title="Show quoted text"')
    assert shown.index("•••</summary>") < shown.index("Old text")


@pytest.mark.parametrize(
    ("type_", "query", "disposition", "shown_as"),
    [
        ("application/pdf", "", "attachment", "application/octet-stream"),
        ("application/pdf", "?show=1", "inline", "application/pdf"),
        ("image/png", "?show=1", "inline", "image/png"),
        ("audio/mpeg", "?show=1", "inline", "audio/mpeg"),
        ("image/svg+xml", "?show=1", "attachment", "application/octet-stream"),
        ("text/html", "?show=1", "attachment", "application/octet-stream"),
    ],
)
def test_a_file_is_only_shown_if_it_is_harmless(
    as_anna: Client,
    ticket: Ticket,
    make_file: Callable[..., Attachment],
    type_: str,
    query: str,
    disposition: str,
    shown_as: str,
) -> None:
    first = ticket.comments.first()
    assert first
    file = make_file(first, 'Räch"nung.pdf', b"content", type_)
    response = as_anna.get(f"/tickets/{ticket.number}/attachments/{file.pk}/{query}")
    assert b"".join(response.streaming_content) == b"content"  # type: ignore[attr-defined]
    assert response["Content-Disposition"].startswith(disposition)
    assert response["Content-Type"] == shown_as
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_lost_file_is_a_page_and_no_crash(
    as_anna: Client, ticket: Ticket, make_file: Callable[..., Attachment], settings: object
) -> None:
    first = ticket.comments.first()
    assert first
    file = make_file(first, "a.txt", b"content", "text/plain")
    Path(settings.MEDIA_ROOT, file.path).unlink()  # type: ignore[attr-defined]
    assert as_anna.get(f"/tickets/{ticket.number}/attachments/{file.pk}/").status_code == 404


def test_a_confirmation_does_not_make_a_customers_message_a_sent_one(
    show: Callable[[], str], ticket: Ticket, anna: User
) -> None:
    comment = ticket.comments.get()
    ticket.outbox.create(
        kind=Outbox.Kind.REQUEST_RECEIVED, state=Outbox.State.SENT, recipient="carla@acme.example", comment=comment
    )
    assert "message-meta" in show()
    assert conversation(ticket, by=anna).entries[0].delivery == ""  # type: ignore[union-attr]


def test_what_a_message_caused_follows_that_message(ticket: Ticket, make_comment: MakeComment, anna: User) -> None:
    """Of two mails of one fetch the second was there before the first one was processed."""
    answer, held = make_comment(ticket, "Thursday is fine."), make_comment(ticket, "Pay me", is_held=True)
    data = {"before": "waiting", "after": "open"}
    Event.objects.create(ticket=ticket, kind="status", comment=answer, data=data)
    entries = conversation(ticket, by=anna).entries
    said = [entry.comment.text if isinstance(entry, Message) else entry.events[0].text for entry in entries]
    assert said == ["Where is my invoice?", "Thursday is fine.", "set the status to Open", held.text]


def test_a_new_message_announces_itself(as_anna: Client, ticket: Ticket, make_comment: MakeComment) -> None:
    seen = ticket.comments.get().pk
    assert "new message" not in as_anna.get(f"/tickets/{ticket.number}/news/?seen={seen}").content.decode()
    make_comment(ticket, "Hello?")
    assert "1 new message. Show it." in as_anna.get(f"/tickets/{ticket.number}/news/?seen={seen}").content.decode()


def test_pictures_are_small_pictures_and_sound_can_be_played(
    show: Callable[[], str], mail: Comment, make_file: Callable[..., Attachment]
) -> None:
    photo = make_file(mail, "leak.jpg", b"x", "image/jpeg")
    make_file(mail, "msg0007.wav", b"x", "audio/x-wav")
    plan = make_file(mail, "plan.svg", b"x", "image/svg+xml")
    huge = make_file(mail, "huge.png", b"x", "image/png")
    Attachment.objects.filter(pk=huge.pk).update(size=20_000_000)
    shown = show()
    where = f"/tickets/{mail.ticket_id}/attachments/"
    assert [f'<img src="{where}{each.pk}/?show=1"' in shown for each in (photo, plan, huge)] == [True, False, False]
    assert shown.count("<audio") == 1
    assert f'href="{where}{plan.pk}/" download' in shown


def test_all_files_of_a_message_come_in_one_archive(
    as_anna: Client, show: Callable[[], str], mail: Comment, make_file: Callable[..., Attachment]
) -> None:
    address = f"/tickets/{mail.ticket_id}/messages/{mail.pk}/files.zip"
    for name, content in (("a.txt", b"one"), ("a.txt", b"two"), ("../b.txt", b"three")):
        make_file(mail, name, content, "text/plain")
    lost = make_file(mail, "lost.txt", b"four", "text/plain")
    default_storage.delete(lost.path)
    assert address in show()
    response = as_anna.get(address)
    assert response["Content-Disposition"].startswith("attachment")
    with ZipFile(BytesIO(b"".join(response.streaming_content))) as archive:  # type: ignore[attr-defined]
        packed = {name: archive.read(name) for name in archive.namelist()}
    assert packed == {"a.txt": b"one", "3 a.txt": b"two", ".._b.txt": b"three"}  # not the picture in the text


def test_a_banned_requester_is_named_above_the_composer(as_anna: Client, ticket: Ticket) -> None:
    assert "is banned" not in as_anna.get(ticket.get_absolute_url()).content.decode()
    Recipient.objects.filter(pk=ticket.requester_id).update(banned=True)
    page = as_anna.get(ticket.get_absolute_url()).content.decode()
    assert page.index("</strong> is banned: replies from there") < page.index('id="composer"')


def test_the_newest_message_is_near_where_nobody_has_answered(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    for number in range(12):
        make_comment(ticket, f"Message {number}")
    assert show().count('class="fold"') == 13 - 8
