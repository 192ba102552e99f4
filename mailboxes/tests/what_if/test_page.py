"""Does the page "What would happen?" answer for a mail and for an address, within what its reader may see?"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mailboxes.models import InboundEmail, Mailbox
from mailboxes.tests.mails import arrive, mail
from recipients.models import Customer, Partner, Recipient, RecognitionSettings, User
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
URL = "/mail/what-if/"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def mailbox(support: Mailbox) -> Mailbox:
    return support


def test_an_address_is_answered_step_by_step(as_anna: Client, mailbox: Mailbox, carla: Customer) -> None:
    html = as_anna.get(URL, {"address": "Carla@Acme.example"}).content.decode()
    assert "It would open a new ticket." in html
    assert "Carla Conti, because carla@acme.example is one of their addresses." in html
    assert "Is the sender banned?" in html
    assert "Request received" in html
    assert not Ticket.objects.exists()
    assert not InboundEmail.objects.exists()
    assert not Recipient.objects.exists()


@pytest.mark.parametrize(
    ("about", "repair"),
    [
        ({"subject": "[EXTERNAL] Printer"}, "The label [EXTERNAL] in the subject was ignored."),
        ({"text": "The printer \x1b$B%3!<%R!<\x1b(B", "content_type": ""}, "The charset was guessed (ISO-2022-JP)."),
        ({"date": "nonsense"}, "The date of the mail cannot be right; it was ignored."),
    ],
)
def test_repairs_are_named(as_anna: Client, mailbox: Mailbox, about: dict[str, str], repair: str) -> None:
    answer = as_anna.post(URL, {"file": SimpleUploadedFile("mail.eml", mail(**about)), "source": ""})
    assert f"<li>{repair}</li>" in answer.content.decode()


def test_repairs_are_named_in_the_readers_language(as_anna: Client, mailbox: Mailbox) -> None:
    raw = mail(subject="[EXTERN] Drucker").decode()
    shown = as_anna.post(URL, {"source": raw}, headers={"accept-language": "de"}).content.decode()
    assert "Die Markierung [EXTERN] im Betreff wurde nicht beachtet." in shown


def test_a_mail_that_is_read_as_it_came_says_nothing_of_repairs(as_anna: Client, mailbox: Mailbox) -> None:
    assert "How it was read" not in as_anna.post(URL, {"source": mail().decode()}).content.decode()
    assert "How it was read" not in as_anna.get(URL, {"address": "carla@acme.example"}).content.decode()


@pytest.mark.parametrize("counts", [True, False])
def test_the_reason_says_that_the_sender_is_not_verified_only_if_it_is_so(
    as_ada: Client, mailbox: Mailbox, acme: Customer, counts: bool
) -> None:
    RecognitionSettings.objects.create(pk=1, domain_counts_as_valid=counts)
    why = "Acme GmbH, because only this customer uses the domain acme.example"
    reason = why + ("." if counts else "; the sender is not verified.")
    assert reason in as_ada.get(URL, {"address": "new@acme.example"}).content.decode()
    row = arrive(mail(From="new@acme.example"), mailbox=mailbox)
    assert reason in as_ada.get(f"/mail/log/{row.pk}/").content.decode()
    answer = as_ada.post(URL, {"source": mail(From="newer@acme.example", subject=f"[#{row.ticket_number}]").decode()})
    assert reason in answer.content.decode()


def test_what_is_no_address_is_said_and_kept(as_anna: Client, mailbox: Mailbox) -> None:
    answer = as_anna.get(URL, {"address": "carla"})
    assert answer.status_code == 422
    assert "“carla” is not an email address." in answer.content.decode()
    assert 'value="carla"' in answer.content.decode()


def test_a_mail_is_uploaded_or_pasted(as_anna: Client, mailbox: Mailbox, carla: Customer) -> None:
    raw = mail(From="mallory@evil.example", subject="Hello")
    uploaded = as_anna.post(URL, {"file": SimpleUploadedFile("mail.eml", raw), "source": ""}).content.decode()
    pasted = as_anna.post(URL, {"source": raw.decode()}).content.decode()
    for html in (uploaded, pasted):
        assert "No customer: mallory@evil.example is not known yet." in html
        assert "To verify" in html
    assert not Ticket.objects.exists()


def test_neither_file_nor_text_is_no_mail(as_anna: Client, mailbox: Mailbox) -> None:
    answer = as_anna.post(URL, {"source": " "})
    assert (answer.status_code, b"Choose a file, or paste" in answer.content) == (422, True)


@pytest.mark.parametrize(("dmarc", "state"), [("pass", "ok"), ("fail", "failed"), ("", "asked")])
def test_a_sender_nobody_vouches_for_is_not_ticked_off(
    as_anna: Client, mailbox: Mailbox, dmarc: str, state: str
) -> None:
    Mailbox.objects.update(authentication="observe", authserv_id="mx.helpdesk.example")
    headers = {"authentication_results": f"mx.helpdesk.example; dmarc={dmarc}"} if dmarc else {}
    page = as_anna.post(URL, {"source": mail(From="carla@acme.example", **headers).decode()})
    states = {step.label: step.state for step in page.context["text"].steps}
    assert (states["Is it authentic?"], states["Paired address"]) == (state, "asked")


def test_a_mail_of_the_log_is_for_administrators(
    client: Client, as_ada: Client, mailbox: Mailbox, carla: Customer, anna: User
) -> None:
    row = arrive(mail(subject="Printer"))
    html = as_ada.get(URL, {"log": row.pk}).content.decode()
    assert "It would open a new ticket." in html
    assert as_ada.get(reverse("mailboxes:log_detail", args=[row.pk])).content.count(b"what-if/?log=") == 1
    assert as_ada.get(URL, {"log": "x"}).status_code == 404
    client.force_login(anna, backend=BACKEND)
    assert client.get(URL, {"log": row.pk}).status_code == 404


def test_tickets_and_customers_out_of_sight_are_not_named(
    client: Client, mailbox: Mailbox, carla: Customer, acme: Customer, anna: User, main_partner: Partner
) -> None:
    # R30
    ticket = arrive(mail(subject="Secret merger")).ticket
    assert ticket
    anna.partner = main_partner
    anna.save()
    client.force_login(anna, backend=BACKEND)
    reply = mail(subject=f"Re: [#{ticket.number}] Secret merger", From="mallory@evil.example")
    html = client.post(URL, {"source": reply.decode()}).content.decode()
    assert "It would join a ticket that you cannot see." in html
    assert f"#{ticket.number}" not in html.replace(f"[#{ticket.number}] Secret merger", "")
    for sender in ("carla@acme.example", "somebody@acme.example"):
        html = client.get(URL, {"address": sender}).content.decode()
        assert "a customer you cannot see" in html
        assert "Carla Conti" not in html
        assert "Acme GmbH" not in html


def test_a_mail_the_parser_cannot_read_has_an_answer(as_anna: Client, mailbox: Mailbox) -> None:
    html = as_anna.post(URL, {"file": SimpleUploadedFile("mail.eml", b"\xff\x00\x80"), "source": ""}).content.decode()
    assert "It would open a new ticket." in html


def test_visitors_sign_in_first(client: Client, mailbox: Mailbox) -> None:
    assert client.get(URL).status_code == 302
