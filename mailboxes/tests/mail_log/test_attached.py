"""Are attached mails and invitations read where they are attached, as safely as the mails that bring them?"""

from email.message import EmailMessage

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.inbound.pipeline import deliver
from mailboxes.inbound.take_in import take_in
from mailboxes.models import Mailbox, save_with_address
from recipients.models import User
from tickets.models import Attachment, Queue

pytestmark = pytest.mark.django_db

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(4) + b"IHDR" + b"IDAT"
CALENDAR = """BEGIN:VCALENDAR\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:1@acme.example\r
SUMMARY:Test of the new machine\r
DTSTART:20260710T080000Z\r
DTEND:20260710T093000Z\r
LOCATION:3rd floor\r
ORGANIZER;CN=Maya Olsen:mailto:maya@acme.example\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def mailbox(queue: Queue) -> Mailbox:
    mailbox = Mailbox(name="Support", imap_host="127.0.0.1", imap_port=9, imap_username="support", imap_password="x")
    save_with_address(mailbox, "support@helpdesk.example", queue)
    return mailbox


def letter(subject: str, html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Olaf <olaf@supplier.example>", "carla@acme.example", subject
    mail.set_content(f"{subject} as text")
    if html:
        mail.add_alternative(html, subtype="html")
        mail.get_payload()[1].add_related(PNG, "image", "png", cid="<logo>")  # type: ignore[union-attr,index]
    return mail


def received(mailbox: Mailbox, *attached: EmailMessage | str) -> list[Attachment]:
    """The files of the message that a mail with `attached` became."""
    mail = letter("Look at this")
    mail.replace_header("To", "support@helpdesk.example")
    for each in attached:
        if isinstance(each, str):
            mail.add_attachment(each, subtype="calendar", filename="invite.ics")
        else:
            mail.add_attachment(each)
    row = take_in(mail.as_bytes(), mailbox=mailbox)
    deliver(row)
    row.refresh_from_db()
    assert row.comment
    return list(row.comment.attachments.order_by("pk"))


def test_an_attached_mail_is_read_in_its_frame_with_its_files(as_anna: Client, anna: User, mailbox: Mailbox) -> None:
    inner = letter("The invoice", '<p onclick="x()">Pay <img src="cid:logo"><script>alert(1)</script>soon</p>')
    deepest = letter("The contract")
    middle = letter("The offer")
    middle.add_attachment(deepest)
    inner.add_attachment(middle)
    inner.add_attachment(b"rows", "text", "csv", filename="rows.csv")
    file = received(mailbox, inner)[0]
    page, body = reverse("mailboxes:attached", args=[file.pk]), reverse("mailboxes:attached_body", args=[file.pk])
    ticket = as_anna.get(f"/tickets/{file.comment.ticket_id}/").content.decode()  # type: ignore[union-attr]
    assert f'href="{page}"' in ticket

    html = as_anna.get(page).content.decode()
    assert "olaf@supplier.example" in html
    assert "rows.csv" in html
    framed = as_anna.get(body)
    assert "script-src" not in framed["Content-Security-Policy"]
    assert framed["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Pay" in framed.content.decode()
    assert "data:image/png;base64," in framed.content.decode()
    assert "alert" not in framed.content.decode()
    assert "onclick" not in framed.content.decode()

    listed = as_anna.get(page).context["shown"].files
    mail, rows = (next(each for each in listed if each.file.name.endswith(end)) for end in (".eml", ".csv"))
    kept = as_anna.get(reverse("mailboxes:attached_file", args=[file.pk, rows.place]))
    assert (kept.content, kept["Content-Type"]) == (b"rows", "application/octet-stream")
    assert "The offer as text" in as_anna.get(f"{page}?way={mail.way}").content.decode()
    within = as_anna.get(f"{page}?way={mail.way}").context["shown"].files[0]
    assert "The contract as text" in as_anna.get(f"{page}?way={within.way}").content.decode()

    for wrong in (f"{within.way}.0", "9", str(rows.place), "x", "-1", "1" * 5000):
        assert as_anna.get(f"{page}?way={wrong}").status_code == 404, wrong
    anna.queues.clear()
    for address in (page, body, reverse("mailboxes:attached_file", args=[file.pk, rows.place])):
        assert as_anna.get(address).status_code == 404


def test_an_invitation_says_its_time_in_the_zone_of_its_reader(as_anna: Client, anna: User, mailbox: Mailbox) -> None:
    anna.time_zone = "America/New_York"
    anna.save()
    file = received(mailbox, CALENDAR)[0]
    html = as_anna.get(reverse("mailboxes:attached", args=[file.pk])).content.decode()
    for said in ("Invitation: Test of the new machine", "04:00", "05:30", "3rd floor", "Maya Olsen"):
        assert said in html
    for moment in ("00010101T000000Z", "99991231T235959Z"):  # no clock has the day before, or after
        file = received(mailbox, CALENDAR.replace("DTSTART", f"DTSTART:{moment}\r\nX-OTHER", 1))[0]
        html = as_anna.get(reverse("mailboxes:attached", args=[file.pk])).content.decode()
        assert "When:" in html
    broken = received(mailbox, "BEGIN:VCALENDAR\r\nnothing")[0]
    html = as_anna.get(reverse("mailboxes:attached", args=[broken.pk])).content.decode()
    assert "There is no invitation in this file" in html


def test_a_conversation_says_what_is_invited_to_and_what_is_cancelled(as_anna: Client, mailbox: Mailbox) -> None:
    file = received(mailbox, CALENDAR.replace("REQUEST", "CANCEL"))[0]
    address = reverse("mailboxes:attached", args=[file.pk])
    assert f'hx-get="{address}"' in as_anna.get(f"/tickets/{file.comment.ticket_id}/").content.decode()  # type: ignore[union-attr]

    card = as_anna.get(address, headers={"HX-Request": "true"}).content.decode()
    for said in ("Cancelled: Test of the new machine", "mark danger", "3rd floor", "in your time zone"):
        assert said in card
    assert "<html" not in card
