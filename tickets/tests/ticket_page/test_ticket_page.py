"""The ticket page: what is shown of each message, who wrote it, and every change that can be made beside it."""

import datetime as dt
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recipients.matching.validity import Validity
from recipients.models import Customer, CustomerAddress, Recipient, User
from tickets.customers.assignment import change_customer
from tickets.models import Attachment, Comment, Draft, Event, Outbox, Queue, Ticket
from tickets.tests import mails
from tickets.tests.conftest import NOBODY, MakeComment, MakeTicket
from tickets.text import references
from tickets.ticket_page.messages import Message, conversation

FAILED = {"trusted": True, "spf": "fail", "dkim": "", "dmarc": "fail", "authserv_id": "mx.helpdesk.example"}
PASSED = {"trusted": True, "spf": "pass", "dkim": "pass", "dmarc": "pass", "authserv_id": "mx.helpdesk.example"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def show(as_anna: Client, ticket: Ticket) -> Callable[[], str]:
    """Opens the ticket and returns the page."""

    def opened(query: str = "") -> str:
        response = as_anna.get(f"/tickets/{ticket.number}/{query}")
        assert response.status_code == 200
        return response.content.decode()

    return opened


def said(client: Client, address: str, data: dict[str, object]) -> str:
    """What the page says after a form was sent."""
    response = client.post(address, data, follow=True)
    assert response.status_code == 200
    return " ".join(str(message) for message in response.context["messages"])


# -- Who wrote -----------------------------------------------------------------------------------------------------


def test_the_customer_is_explained_in_one_sentence(show: Callable[[], str]) -> None:
    # S40
    assert "Carla Conti, because carla@acme.example is one of their addresses." in show()


def test_an_authorised_domain_is_named(as_anna: Client, make_ticket: MakeTicket, acme: Customer) -> None:
    ticket = make_ticket(customer=acme)
    ticket.match = ticket.match | {"step": "authorised_domain", "evidence": "miodominio.com"}
    ticket.save()
    page = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert "Acme GmbH, because carla@acme.example is authorised by miodominio.com." in page


def test_candidates_are_offered_and_chosen_by_a_click(as_anna: Client, make_ticket: MakeTicket, acme: Customer) -> None:
    candidate = {"customer": acme.pk, "name": "Acme GmbH", "step": "domain", "evidence": "acme.example"}
    ticket = make_ticket()
    ticket.match = NOBODY | {"reason": "ambiguous", "candidates": [candidate | {"rejected": "ambiguous"}]}
    ticket.save()
    page = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    assert "No customer: more than one is possible for carla@acme.example. Please choose." in page
    assert "Acme GmbH: more than one is possible" in page
    assert said(as_anna, f"/tickets/{ticket.number}/customer/", {"customer": acme.pk}) == "The customer was changed."
    ticket.refresh_from_db()
    assert (ticket.customer, ticket.validity) == (acme, Validity.VALID)
    assert "because an agent chose it" in as_anna.get(f"/tickets/{ticket.number}/").content.decode()


@pytest.mark.parametrize(
    ("fields", "badge"),
    [
        ({"match": {"customer": 0, "step": "exact"}}, "Registered address"),
        ({"match": {"customer": 0, "step": "pairing"}}, "Paired address"),
        ({"match": {"customer": 0, "step": "authorised_address"}}, "Authorised sender"),
        ({"match": {"customer": 0, "step": "domain"}}, "Recognised by domain"),
        ({"match": NOBODY}, "Unknown sender"),
        ({"match": {"customer": 0, "step": "exact"}, "verdict": FAILED}, "Failed authentication"),
    ],
)
def test_each_message_shows_the_class_of_its_sender(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment, fields: dict[str, object], badge: str
) -> None:
    """A06"""
    make_comment(ticket, "Hello", author_address="other@acme.example", **fields)
    assert badge in show()


def test_the_primary_address_is_told_from_the_others(show: Callable[[], str], ticket: Ticket) -> None:
    """A06: sensitive requests must come from the primary address."""
    assert "Primary address" in show()
    CustomerAddress.objects.update(is_primary=False)
    assert "Primary address" not in show()


def test_another_reply_to_is_shown_beside_the_sender(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    """L27"""
    assert "asks for answers to" not in show()
    make_comment(ticket, "Hi", reply_to_address="money@evil.example")
    assert "asks for answers to <strong>money@evil.example</strong>" in show()


def test_the_verdict_of_the_mail_server_is_told(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    make_comment(ticket, "Hi", verdict=PASSED)
    assert "mx.helpdesk.example says it is authentic: SPF pass, DKIM pass, DMARC pass." in show()


def test_a_corrected_name_shows_in_old_messages(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment
) -> None:
    """R14"""
    make_comment(ticket, "Hi", author_name="C. C.", recipient=ticket.requester)
    Recipient.objects.filter(pk=ticket.requester_id).update(name="Carla Conti-Rossi")
    assert "Carla Conti-Rossi" in show()
    assert "C. C." not in show()


# -- What was said -------------------------------------------------------------------------------------------------


def test_quoted_text_is_folded_and_present(show: Callable[[], str], ticket: Ticket, make_comment: MakeComment) -> None:
    """L37"""
    make_comment(ticket, "Thanks\n> before", reply="Thanks", quoted="> before")
    shown = show()
    assert '<div class="plain">Thanks</div>' in shown
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
    assert "not held any more" in said(as_anna, f"{address}/reject/", {})


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
    assert "assigned the ticket to Anna Berg" in shown


def test_a_long_ticket_opens_with_its_newest_messages(as_anna: Client, long_ticket: Ticket) -> None:
    newest = as_anna.get(f"/tickets/{long_ticket.number}/")
    shown = newest.content.decode()
    assert "Message number 119" in shown
    assert "Message number 070" in shown
    assert "Message number 069" not in shown
    earlier = as_anna.get(f"/tickets/{long_ticket.number}/?before={newest.context['conversation'].earlier}")
    shown = earlier.content.decode()
    assert "Message number 069" in shown
    assert "Message number 020" in shown
    assert "Message number 070" not in shown
    assert "Show the newest messages" in shown


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


# -- Mail as it came -----------------------------------------------------------------------------------------------


@pytest.fixture
def mail(ticket: Ticket, make_comment: MakeComment, make_file: Callable[..., Attachment]) -> Comment:
    """A mail with an inline picture, a remote one, and a quote at its end."""
    html = (
        '<p>New <b>text</b></p><img src="cid:logo@acme" alt="Logo"><img data-remote-src="https://spy.example/p.gif">'
        '<blockquote class="gmail_quote"><p>Old text</p></blockquote>'
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
    assert shown.index("New <b>text</b>") < shown.index("<details>") < shown.index("Old text")


@pytest.mark.parametrize(
    "attribution",
    [
        '<div class="moz-cite-prefix">Am 03.03.2026 um 10:00 schrieb Anna Berg:<br></div>',
        '<p>Il giorno mar 3 mar 2026 alle ore 10:00 <b>Anna</b> &lt;<a href="x">a@b.example</a>&gt; ha scritto:</p>',
        "W dniu 3.03.2026 o 10:00, Anna Berg pisze:<br>",
        "2026年3月3日(火) 10:00 Anna Berg:<div><br></div>",
        "<div><span>03.03.2026 10:00, Anna Berg пишет:</span><br><br></div>&nbsp;",
        '<div><br><blockquote type="cite">On 3 Mar 2026, at 10:00, Anna Berg wrote:<br><br></blockquote></div>',
    ],
)
def test_the_line_that_introduces_a_quote_is_folded_with_it(as_anna: Client, mail: Comment, attribution: str) -> None:
    html = f"<div>Thank you!</div>{attribution}<blockquote>It is repaired.</blockquote>"
    Comment.objects.filter(pk=mail.pk).update(html=html)
    shown = body(as_anna, mail)
    assert "<div>Thank you!</div><details>" in shown
    assert shown.endswith(f"{attribution}<blockquote>It is repaired.</blockquote></details></body></html>")


@pytest.mark.parametrize(
    "last",
    [
        "<p>Please come at 10:00.</p>",
        "<p>At 10:00 it said:<br>see below</p>",
        "<p>Hello</p><div>It happened at 10:00, see:<div>the log</div></div>",
        "<p>You asked:</p>",
    ],
)
def test_an_authors_own_last_line_stays_outside_of_the_fold(as_anna: Client, mail: Comment, last: str) -> None:
    Comment.objects.filter(pk=mail.pk).update(html=f"{last}<blockquote>It is repaired.</blockquote>")
    assert f"{last}<details>" in body(as_anna, mail)


def test_a_line_that_begins_outside_of_what_ends_before_the_quote_stays(as_anna: Client, mail: Comment) -> None:
    html = "<div>Hello, <p>on 3.3.2026 Anna wrote:</p></div><blockquote>It is repaired.</blockquote>"
    Comment.objects.filter(pk=mail.pk).update(html=html)
    assert "wrote:</p></div><details>" in body(as_anna, mail)


def test_a_quote_with_an_answer_below_stays_open(as_anna: Client, mail: Comment) -> None:
    """L37"""
    Comment.objects.filter(pk=mail.pk).update(html="<p>Hi</p><blockquote>Question?</blockquote><p>Answer.</p>")
    assert "<details>" not in body(as_anna, mail)


def test_a_mail_that_is_nothing_but_a_quote_stays_open(as_anna: Client, mail: Comment) -> None:
    Comment.objects.filter(pk=mail.pk).update(html="<blockquote>All there is</blockquote>")
    assert "<details>" not in body(as_anna, mail)


@pytest.mark.parametrize(
    ("type_", "query", "disposition", "shown_as"),
    [
        ("application/pdf", "", "attachment", "application/octet-stream"),
        ("application/pdf", "?show=1", "inline", "application/pdf"),
        ("image/png", "?show=1", "inline", "image/png"),
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


# -- Answering -----------------------------------------------------------------------------------------------------


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


def test_a_message_that_has_left_cannot_be_undone(as_anna: Client, send: Callable[..., object], ticket: Ticket) -> None:
    send(text="Here it is.")
    comment = ticket.comments.get(kind="agent")
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - dt.timedelta(hours=1))
    assert "already left" in said(as_anna, f"/tickets/{ticket.number}/messages/{comment.pk}/undo/", {})
    assert ticket.comments.filter(pk=comment.pk).exists()


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


def test_whoever_gets_the_answers_is_shown_with_the_address(show: Callable[[], str], ticket: Ticket) -> None:
    """A name can be anybody's: a second "Carla Conti" must not look like the first."""
    ticket.participants.add(Recipient.objects.known("mallory@stranger.example", "Carla Conti"))
    assert '<br><span class="muted">mallory@stranger.example</span>' in show()


def test_no_pasted_address_is_swallowed_by_the_name_of_the_next(send: Callable[..., object], ticket: Ticket) -> None:
    send(text="Hi", cc="boss@acme.example Tom Weber <tom@acme.example>")
    assert not ticket.participants.exists()


def test_a_confirmation_does_not_make_a_customers_message_a_sent_one(show: Callable[[], str], ticket: Ticket) -> None:
    comment = ticket.comments.get()
    ticket.outbox.create(
        kind=Outbox.Kind.REQUEST_RECEIVED, state=Outbox.State.SENT, recipient="carla@acme.example", comment=comment
    )
    assert "message-meta" in show()
    assert conversation(ticket).entries[0].delivery == ""  # type: ignore[union-attr]


def test_what_a_message_caused_follows_that_message(ticket: Ticket, make_comment: MakeComment) -> None:
    """Of two mails of one fetch the second was there before the first one was processed."""
    answer, held = make_comment(ticket, "Thursday is fine."), make_comment(ticket, "Pay me", is_held=True)
    data = {"before": "waiting", "after": "open"}
    Event.objects.create(ticket=ticket, kind="status", comment=answer, data=data)
    entries = conversation(ticket).entries
    said = [entry.comment.text if isinstance(entry, Message) else entry.events[0].text for entry in entries]
    assert said == ["Where is my invoice?", "Thursday is fine.", "set the status to Open", held.text]


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
        ({"text": "Kept text", "cc": "nonsense"}, "This is not an e-mail address"),
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
    monkeypatch.setattr("tickets.drafts.files.MAX_FILES_SIZE", 1000)
    response = send(text="See file.", files=[SimpleUploadedFile("a.bin", b"x" * 2000)])
    shown = response.content.decode()  # type: ignore[attr-defined]
    assert "a message takes 1000\xa0bytes" in shown
    assert "See file." in shown
    assert "attach the files again" in shown


def test_with_htmx_only_the_error_comes_back_so_that_files_stay(send: Callable[..., object], ticket: Ticket) -> None:
    response = send(text="", headers=HTMX)
    assert response.status_code == 422  # type: ignore[attr-defined]
    shown = response.content.decode()  # type: ignore[attr-defined]
    assert "Write a message first." in shown
    assert "<html" not in shown
    assert "<textarea" not in shown


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
    assert "Ada Root has this ticket open, too." in as_anna.get(f"/tickets/{ticket.number}/").content.decode()


def test_a_new_message_announces_itself(as_anna: Client, ticket: Ticket, make_comment: MakeComment) -> None:
    seen = ticket.comments.get().pk
    assert "new message" not in as_anna.get(f"/tickets/{ticket.number}/news/?seen={seen}").content.decode()
    make_comment(ticket, "Hello?")
    assert "1 new message. Show it." in as_anna.get(f"/tickets/{ticket.number}/news/?seen={seen}").content.decode()


# -- Changing ------------------------------------------------------------------------------------------------------


def properties(ticket: Ticket, **changed: object) -> dict[str, object]:
    """The form beside the ticket, as it stands or with changes."""
    values: dict[str, object] = {
        "status": ticket.status,
        "priority": ticket.priority,
        "queue": ticket.queue_id,
        "assignee": ticket.assignee_id or "",
        "tags": "",
    }
    return values | changed


def test_properties_are_changed_and_only_those_that_differ(as_anna: Client, ticket: Ticket, anna: User) -> None:
    address = f"/tickets/{ticket.number}/properties/"
    assert said(as_anna, address, properties(ticket)) == ""
    assert not Event.objects.exists()
    data = properties(ticket, status="waiting", priority=4, assignee=anna.pk, tags="vip, invoice,, vip")
    told = "Status: Waiting · Priority: Urgent · Assignee: Anna Berg · Tags: vip, invoice"
    assert said(as_anna, address, data) == told
    ticket.refresh_from_db()
    assert (ticket.status, ticket.priority, ticket.assignee) == ("waiting", 4, anna)
    assert set(ticket.tags.values_list("name", flat=True)) == {"vip", "invoice"}


def test_only_those_who_may_see_the_ticket_can_get_it(as_anna: Client, ticket: Ticket, main_partner: object) -> None:
    """R31"""
    ben = User.objects.create_user("ben@helpdesk.example", "x", first_name="Ben", partner=main_partner)
    response = as_anna.post(f"/tickets/{ticket.number}/properties/", properties(ticket, assignee=ben.pk))
    assert response.status_code == 422
    assert "Select a valid choice" in response.content.decode()
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_with_htmx_only_the_right_side_comes_back(as_anna: Client, ticket: Ticket) -> None:
    response = as_anna.post(f"/tickets/{ticket.number}/properties/", properties(ticket, status="solved"), headers=HTMX)
    shown = response.content.decode()
    assert 'id="panel"' in shown
    assert 'data-mark="check"' in shown
    assert "Status: Solved" in shown
    assert "<html" not in shown


def test_moving_a_ticket_out_of_sight_leads_to_the_list(as_anna: Client, ticket: Ticket) -> None:
    sales = Queue.objects.create(name="Sales")
    address = f"/tickets/{ticket.number}/properties/"
    assert "belongs to others now" in said(as_anna, address, properties(ticket, queue=sales.pk))
    assert as_anna.get(f"/tickets/{ticket.number}/").status_code == 404


def test_the_customer_is_searched_and_changed(
    as_anna: Client, make_ticket: MakeTicket, acme: Customer, carla: Customer
) -> None:
    ticket = make_ticket()
    address = f"/tickets/{ticket.number}/customer/"
    for text in ("acme gmb", "office@acme.example"):
        assert f'value="{acme.pk}"' in as_anna.get(address, {"text": text}).content.decode()
    assert "No customer is called" in as_anna.get(address, {"text": "nobody"}).content.decode()
    assert said(as_anna, address, {"customer": acme.pk}) == "The customer was changed."
    assert "Customer now" in as_anna.get(address, {"text": "acme gmb"}).content.decode()
    said(as_anna, address, {"customer": ""})
    ticket.refresh_from_db()
    assert ticket.customer is None


def test_customers_of_other_partners_cannot_be_chosen(
    as_anna: Client, anna: User, ticket: Ticket, acme: Customer, carla: Customer, main_partner: object
) -> None:
    """R30"""
    Customer.objects.filter(pk=carla.pk).update(partner=main_partner)
    User.objects.filter(pk=anna.pk).update(partner=main_partner)
    address = f"/tickets/{ticket.number}/customer/"
    assert f'value="{acme.pk}"' not in as_anna.get(address, {"text": "acme"}).content.decode()
    assert as_anna.post(address, {"customer": acme.pk}).status_code == 404


def test_people_in_copy_are_changed(as_anna: Client, ticket: Ticket) -> None:
    address = f"/tickets/{ticket.number}/participants/"
    assert said(as_anna, address, {"addresses": "boss@acme.example\nchief@acme.example"}).startswith("The people")
    assert ticket.participants.count() == 2
    assert "not an e-mail address" in said(as_anna, address, {"addresses": "nonsense"})
    assert ticket.participants.count() == 2


def test_answers_to_the_old_subject_and_to_the_new_one_find_the_ticket(  # R29
    as_anna: Client, queue: Queue, carla: Customer
) -> None:
    ticket = mails.take(mails.mail("carla@acme.example", "Printer", mid="first@acme.example")).ticket
    address = f"/tickets/{ticket.number}/subject/"
    assert 'value="Printer"' in as_anna.get(address).content.decode()
    empty = as_anna.post(address, {"subject": " "})
    assert (empty.status_code, "This field is required" in empty.content.decode()) == (422, True)
    assert said(as_anna, address, {"subject": "Printer"}) == ""
    assert "The subject was changed" in said(as_anna, address, {"subject": "Printer on floor 2"})
    assert "<h1>Printer on floor 2</h1>" in as_anna.get(f"/tickets/{ticket.number}/").content.decode()
    seen = ticket.comments.get().pk
    as_anna.post(f"/tickets/{ticket.number}/send/", {"html": "<p>Which one?</p>", "kind": "reply", "seen": seen})
    answer = Outbox.objects.get(comment__kind="agent", recipient="carla@acme.example")
    assert "Printer on floor 2" in answer.subject
    assert mails.reply_to(answer, sender="carla@acme.example").ticket == ticket
    again = mails.mail("carla@acme.example", "Re: Printer", answers="first@acme.example")
    assert mails.take(again).ticket == ticket


def test_a_ticket_is_merged_and_says_where_it_goes_on(
    as_anna: Client, ticket: Ticket, make_ticket: MakeTicket, show: Callable[[], str]
) -> None:
    survivor = make_ticket("The same again")
    address = f"/tickets/{ticket.number}/merge/"
    assert "no ticket with this number" in as_anna.post(address, {"number": "999"}).content.decode()
    assert "into itself" in as_anna.post(address, {"number": str(ticket.number)}).content.decode()
    assert "Enter a whole number" in as_anna.post(address, {"number": "abc"}).content.decode()
    assert "was merged into this ticket" in said(as_anna, address, {"number": f"#{survivor.number}"})
    shown = show()
    assert f"It goes on as #{survivor.number}." in shown
    assert "data-composer" not in shown
    assert "Merged with" in as_anna.get(f"/tickets/{survivor.number}/").content.decode()


def test_follow_ups_and_other_tickets_are_linked(
    as_anna: Client, ticket: Ticket, make_ticket: MakeTicket, show: Callable[[], str]
) -> None:
    later = make_ticket("Once more", follow_up_of=ticket)
    shown = show()
    assert "Followed by" in shown
    assert "Other tickets" in shown
    assert f"#{later.number} Once more" in shown
    assert "Follows" in as_anna.get(f"/tickets/{later.number}/").content.decode()


def test_the_history_tells_everything(as_anna: Client, ticket: Ticket, anna: User, acme: Customer) -> None:
    ticket.set_status("solved", by=anna)
    change_customer(ticket, acme, by=anna)
    Event.objects.create(ticket=ticket, kind="opened", recipient=ticket.requester, data={})
    shown = as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "set the status to Solved" in shown
    assert "changed the customer from Carla Conti to Acme GmbH" in shown
    assert re.search(r"<strong>Carla Conti</strong>\s+opened the ticket", shown)


def test_the_history_names_the_mails_that_were_not_written(as_anna: Client, queue: Queue) -> None:
    Recipient.objects.known("gone@x.example").mark_undeliverable("No such user.")
    ticket = mails.take(mails.mail("gone@x.example")).ticket
    shown = as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "Not written to gone@x.example: Mail to this address could not be delivered." in shown


def test_the_history_tells_of_mails_for_a_reason_of_the_future(as_anna: Client, ticket: Ticket) -> None:
    Event.objects.create(ticket=ticket, kind="opened", data={"withheld": [["a@b.example", "full_moon"]]})
    assert "Not written to a@b.example: full_moon" in as_anna.get(f"/tickets/{ticket.number}/history/").content.decode()


@pytest.mark.parametrize("name", ["", "{address}"])  # some mail programs make a name of the address
def test_our_signed_reply_address_is_shown_as_the_plain_one(
    show: Callable[[], str], ticket: Ticket, make_comment: MakeComment, name: str
) -> None:
    token = references.new_token(ticket.number, settings.REFERENCE_KEYS)
    address = references.reply_address("support@helpdesk.example", token)
    to = [{"name": name.format(address=address), "address": address}, {"name": "", "address": "+49@sms.example"}]
    make_comment(ticket, "Thank you!", to=to)
    assert "to support@helpdesk.example, +49@sms.example" in show()
