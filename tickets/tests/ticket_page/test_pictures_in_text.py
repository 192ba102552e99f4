"""Pictures in what agents write: kept with the draft, sent in the mail, shown on the page and in the portal."""

import re
import struct
from collections.abc import Callable
from email import message_from_bytes
from typing import TYPE_CHECKING
from zlib import compress, crc32

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import expect

from helpdesk.tests.browser.axe import violations
from mailboxes.sending.identities import Identity, Name
from mailboxes.sending.message import compose
from recipients.models import User
from tickets.models import Attachment, Comment, Draft, Outbox, Ticket
from tickets.tests.conftest import MakeComment, OpenPage
from tickets.tests.ticket_page.test_in_browser import editor

if TYPE_CHECKING:
    from playwright.sync_api import Page

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff"
    "3f0005fe02fea735819a0000000049454e44ae426082"
)
#: 200 pixels wide, one high.
_CHUNKS = ((b"IHDR", struct.pack(">IIBBBBB", 200, 1, 8, 0, 0, 0, 0)), (b"IDAT", compress(bytes(201))), (b"IEND", b""))
WIDE = PNG[:8] + b"".join(
    struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data)) for kind, data in _CHUNKS
)
SUPPORT = Name("Support", "support@desk.example")
US = Identity(SUPPORT, SUPPORT, "", SUPPORT.address, "desk.example")


def kept(client: Client, ticket: Ticket, content: bytes = PNG, type: str = "image/png") -> str:
    """The Content-ID of a picture that was put into the text."""
    file = SimpleUploadedFile("screen.png", content, type)
    response = client.post(f"/tickets/{ticket.number}/draft/files/", {"in_text": "1", "files": file})
    assert response.status_code == 200
    return str(response.json()["cid"])


def send(client: Client, ticket: Ticket, html: str) -> Comment:
    last = ticket.comments.order_by("pk").last()
    data = {"kind": "reply", "html": html, "seen": last.pk if last else 0}
    assert client.post(f"/tickets/{ticket.number}/send/", data).status_code == 302
    return ticket.comments.filter(kind="agent").latest("pk")


def test_a_picture_stands_in_the_text_on_the_page_in_the_mail_and_in_the_portal(
    as_anna: Client, ticket: Ticket, enter: Callable[[str], Client]
) -> None:
    cid = kept(as_anna, ticket)
    assert as_anna.get(f"/tickets/pictures/{cid}/")["Content-Type"] == "image/png"
    page = f"/tickets/{ticket.number}/"
    as_anna.post(f"{page}draft/", {"kind": "reply", "html": f'<p>See <img src="cid:{cid}"></p>'})
    assert 'name="kept"' not in as_anna.get(page).content.decode()  # it is in the text, not below it
    comment = send(as_anna, ticket, f'<p>See <img src="cid:{cid}" alt="the screen" width="640"> there.</p>')
    file = comment.attachments.get()
    assert (file.inline, file.cid) == (True, cid)
    shown = as_anna.get(page).content.decode()
    assert f'src="/tickets/{ticket.number}/attachments/{file.pk}/?show=1"' in shown
    assert 'class="attachments" aria-label="Attachments"' not in shown
    mail = message_from_bytes(compose(Outbox.objects.get(comment=comment), US))
    parts = {part.get_content_type(): part for part in mail.walk()}
    assert parts["image/png"]["Content-ID"] == f"<{cid}>"
    assert "multipart/related" in parts
    assert f"cid:{cid}" in parts["text/html"].get_payload(decode=True).decode()
    Comment.objects.filter(pk=comment.pk).update(message_id="left@desk.example")
    visitor = enter("carla@acme.example")
    (address,) = re.findall(
        r'<img[^>]* src="([^"]+)"', visitor.get(f"/portal/tickets/{ticket.number}/").content.decode()
    )
    assert visitor.get(address).status_code == 200
    assert b"".join(visitor.get(address)) == PNG


def test_a_picture_alone_is_a_message_and_one_that_was_taken_out_is_not_sent(as_anna: Client, ticket: Ticket) -> None:
    stays, goes = kept(as_anna, ticket), kept(as_anna, ticket)
    comment = send(as_anna, ticket, f'<p><img src="cid:{stays}"></p>')
    assert [file.cid for file in comment.attachments.all()] == [stays]
    assert not Attachment.objects.filter(cid=goes).exclude(draft=None).exists()


def test_undo_brings_the_picture_back_into_the_text(as_anna: Client, ticket: Ticket) -> None:
    cid = kept(as_anna, ticket)
    comment = send(as_anna, ticket, f'<p><img src="cid:{cid}"></p>')
    as_anna.post(f"/tickets/{ticket.number}/messages/{comment.pk}/undo/")
    assert f"cid:{cid}" in Draft.objects.get().html
    assert as_anna.get(f"/tickets/pictures/{cid}/").status_code == 200


def test_no_picture_of_another_server_comes_with_pasted_text(as_anna: Client, ticket: Ticket) -> None:
    comment = send(as_anna, ticket, '<p>a<img src="https://spy.example/x.gif"><img src="data:image/png;base64,x">b</p>')
    assert "img" not in comment.html


def test_only_pictures_go_into_the_text_and_only_their_writer_sees_them(
    as_anna: Client, ticket: Ticket, ada: User
) -> None:
    svg = SimpleUploadedFile("x.svg", b"<svg/>", "image/svg+xml")
    response = as_anna.post(f"/tickets/{ticket.number}/draft/files/", {"in_text": "1", "files": svg})
    assert response.status_code == 415
    cid = kept(as_anna, ticket)
    other = Client()
    other.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert other.get(f"/tickets/pictures/{cid}/").status_code == 404


#: Pastes, then drops a picture of 2000 pixels, as the clipboard and the desktop give them.
BRING = """async (place) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 2000, height: 40 });
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const data = new DataTransfer();
    data.items.add(new File([blob], "image.png", { type: "image/png" }));
    place.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    const { left, top } = place.firstElementChild.getBoundingClientRect();
    const at = { clientX: left + 5, clientY: top + 5, bubbles: true, cancelable: true };
    place.dispatchEvent(new DragEvent("drop", { dataTransfer: data, ...at }));
}"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_is_pasted_and_dropped_stands_in_the_text_and_is_small(open_page: OpenPage, ticket: Ticket) -> None:
    page: Page = open_page(f"/tickets/{ticket.number}/")
    editor(page).fill("Look here.")
    editor(page).evaluate(BRING)
    pictures = editor(page).locator("img[src*='/tickets/pictures/']")
    expect(pictures).to_have_count(2)
    expect(pictures.first).to_have_js_property("naturalWidth", 1600)
    expect(page.locator("[data-files] li")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+Enter")
    sent = page.locator(".message.from-agent img")
    expect(sent).to_have_count(2)
    expect(sent.first).to_have_js_property("naturalWidth", 1600)
    assert {file.inline for file in Attachment.objects.filter(comment__kind="agent")} == {True}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pictures_are_seen_large_one_after_the_other(
    open_page: OpenPage, ticket: Ticket, make_comment: MakeComment, make_file: Callable[..., Attachment]
) -> None:
    message = make_comment(ticket, "Two photos.")
    for name in ("first.png", "second.png"):
        make_file(message, name, PNG, "image/png")
    mail = make_comment(ticket, "A plan.", html='<p>A plan: <img src="cid:plan" alt="the plan" width="40"></p>')
    make_file(mail, "plan.png", WIDE, "image/png", inline=True, cid="plan")
    page = open_page(f"/tickets/{ticket.number}/")
    page.get_by_role("link", name="first.png").first.click()
    large = page.get_by_role("dialog", name="first.png")
    expect(large).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="second.png").get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".lightbox")).to_be_hidden()
    in_mail = page.frame_locator(".mail-frame").get_by_role("button", name="the plan")
    in_mail.press("Enter")
    expect(page.get_by_role("dialog", name="the plan").get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(in_mail).to_be_focused()
