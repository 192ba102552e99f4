"""Who is the requester where From is not the author: groups, forwarding mailboxes, forms, agents, several people."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.inbound.pipeline import deliver
from mailboxes.inbound.take_in import take_in
from mailboxes.models import Address, InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import SUPPORT, arrive, mail
from mailboxes.tests.people import authorise, customer, replied, to, trusting, wrote
from mailboxes.what_if.dry_run import dry_run
from recipients.decisions import actions
from recipients.models import Customer, CustomerAddress, Recipient, User
from tickets.conversation.replying import reply
from tickets.customers import pairing
from tickets.models import Outbox, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

BILLING = "billing@helpdesk.example"
NORA = "nora@bank.example"


@pytest.fixture
def billing(support: Mailbox) -> Address:
    """A further address, which should redirect to the mailbox."""
    return Address.objects.create(mailbox=support, address=BILLING, queue=support.addresses.get().queue)


def requester_line(ticket: Ticket) -> str:
    """Name and address of who asks."""
    assert ticket.requester
    return f"{ticket.name_of_requester} <{ticket.requester.display_address}>"


def page(client: Client, ticket: Ticket) -> str:
    return client.get(ticket.get_absolute_url()).content.decode()


# -- Groups and relays ----------------------------------------------------------------------------------------------

GROUPS = {
    "Google, with everything": {
        "From": f"'Nora Lind' via Support <{SUPPORT}>",
        "Reply-To": f"Nora Lind <{NORA}>",
        "X-Original-From": f"Nora Lind <{NORA}>",
        "X-Original-Sender": NORA,
        "Precedence": "list",
        "List-ID": "<support.helpdesk.example>",
    },
    "X-Original-Sender alone": {"From": f"'Nora Lind' via Support <{SUPPORT}>", "X-Original-Sender": NORA},
    "in German": {"From": f"Nora Lind über Support <{SUPPORT}>", "X-Original-Sender": NORA},
    "Reply-To alone, by Mailman": {
        "From": f"Nora Lind via Support <{SUPPORT}>",
        "Reply-To": f"Support <{SUPPORT}>, Nora Lind <{NORA}>",
    },
    "an address with a tag": {
        "From": "'Nora Lind' via Support <support+nora@helpdesk.example>",
        "Reply-To": f"Nora Lind <{NORA}>, support+list@helpdesk.example",
    },
    "a relay of one's own": {"From": f"Website <{SUPPORT}>", "Reply-To": f"=?utf-8?q?Nora_Lind?= <{NORA}>"},
}


@pytest.mark.parametrize("headers", GROUPS.values(), ids=GROUPS)
def test_who_wrote_to_a_group_is_the_requester(as_anna: Client, headers: dict[str, str]) -> None:
    # S34
    customer("Nora Lind", NORA)
    ticket = wrote(headers["From"], **{name: value for name, value in headers.items() if name != "From"})
    assert ticket.requester
    assert (ticket.requester.address, ticket.requester.name) == (NORA, "Nora Lind")
    assert (str(ticket.customer), ticket.validity) == ("Nora Lind", "to_verify")
    assert "Through the group support@helpdesk.example" in page(as_anna, ticket)
    assert to(NORA).kind == Outbox.Kind.REQUEST_RECEIVED


def test_the_second_of_a_group_has_not_the_name_of_the_first(anna: User) -> None:
    for name, address in (("Nora Lind", NORA), ("Olaf Berg", "olaf@bank.example")):
        ticket = wrote(f"'{name}' via Support <{SUPPORT}>", x_original_sender=address, reply_to=address)
    assert requester_line(ticket) == "Olaf Berg <olaf@bank.example>"
    reply(ticket, by=anna, html="<p>Yes.</p>")
    answer = Outbox.objects.get(recipient="olaf@bank.example", kind=Outbox.Kind.NEW_MESSAGE)
    assert answer.recipient_name == "Olaf Berg"


def test_what_vouches_for_the_group_does_not_vouch_for_the_author(support: Mailbox, carla: Customer) -> None:
    trusting(support, "enforce")
    vouched = "mx.helpdesk.example; dmarc=pass header.from=helpdesk.example"
    raw = mail(From=f"Support <{SUPPORT}>", x_original_from="carla@acme.example", authentication_results=vouched)
    row = arrive(raw, mailbox=support)
    assert row.ticket
    assert (row.ticket.customer, row.ticket.validity) == (carla, "to_verify")
    assert not row.ticket.verdict["passed"]


def test_a_dry_run_says_by_way_of_whom(as_anna: Client) -> None:
    raw = mail(From=f"'Nora' via Support <{SUPPORT}>", x_original_sender=NORA).decode()
    shown = as_anna.post("/mail/what-if/", {"source": raw}).content.decode()
    assert "Who wrote it?" in shown
    assert "Nora &lt;nora@bank.example&gt;. Through the group support@helpdesk.example" in shown


def test_an_agents_answer_by_way_of_a_group_is_held(anna: User, carla: Customer) -> None:
    ticket = wrote("carla@acme.example")
    notice = Outbox.objects.get(recipient=anna.email)
    row = replied(f"Support <{SUPPORT}>", ticket, notice, x_original_from=anna.email)
    assert row.outcome == Outcome.HELD


def test_an_answer_by_way_of_a_group_is_its_authors(carla: Customer) -> None:
    ticket = wrote("carla@acme.example")
    row = replied(f"'Carla' via Support <{SUPPORT}>", ticket, x_original_from="Carla Conti <carla@acme.example>")
    assert (row.outcome, row.ticket) == (Outcome.COMMENT, ticket)
    comment = ticket.comments.latest("pk")
    assert (comment.author_address, comment.validity) == ("carla@acme.example", "to_verify")


def test_several_people_in_reply_to_are_nobody() -> None:
    ticket = wrote(f"Support <{SUPPORT}>", reply_to=f"{NORA}, olaf@bank.example")
    assert ticket.requester
    assert ticket.requester.address == SUPPORT


def test_our_own_address_alone_names_nobody_else() -> None:
    ticket = wrote(f"Support <{SUPPORT}>", reply_to=SUPPORT)
    assert ticket.requester
    assert (ticket.requester.address, ticket.verdict["way"]) == (SUPPORT, "")


# -- A mailbox that forwards where it should redirect -------------------------------------------------------------

INLINE = {
    "Gmail": (
        "Fwd: The bill",
        "---------- Forwarded message ---------\nFrom: Nora Lind <nora@bank.example>\nDate: Fri, Nov 27, 2026 at 9:12\n"
        "Subject: The bill\nTo: <billing@helpdesk.example>\n\nIt is too high.",
    ),
    "Outlook in German": (
        "WG: The bill",
        "Von: Nora Lind <nora@bank.example>\nGesendet: Freitag, 27. November 2026 09:12\n"
        "An: billing@helpdesk.example\nBetreff: The bill\n\nIt is too high.",
    ),
    "Thunderbird in Italian": (
        "I: The bill",
        "-------- Messaggio Inoltrato --------\nOggetto: 	The bill\nData: 	Fri, 27 Nov 2026 09:12:00 +0100\n"
        "Mittente: 	Nora Lind <nora@bank.example>\nA: 	billing@helpdesk.example\n\nIt is too high.",
    ),
    "a mail that was a forward itself": (
        "Fwd: Fwd: The bill",
        "---------- Forwarded message ---------\nFrom: Nora Lind <nora@bank.example>\nSubject: The bill\n"
        "To: <billing@helpdesk.example>\n\n---------- Forwarded message ---------\n"
        "From: Olaf Berg <olaf@bank.example>\nSubject: Bill\nTo: <nora@bank.example>\n\nIt is too high.",
    ),
}
ATTACHED = (
    "\r\n--B\r\nContent-Type: message/rfc822\r\n\r\nFrom: Nora Lind <nora@bank.example>\r\n"
    "To: billing@helpdesk.example\r\nSubject: The bill\r\nMessage-ID: <bill@bank.example>\r\n"
    "Content-Type: text/plain\r\n\r\nIt is too high.\r\n--B--"
)


@pytest.mark.parametrize(("subject", "text"), INLINE.values(), ids=INLINE)
def test_who_wrote_what_a_mailbox_forwards_is_the_requester(
    as_anna: Client, billing: Address, subject: str, text: str
) -> None:
    ticket = wrote(f"Billing <{BILLING}>", subject=subject, text=text)
    assert requester_line(ticket) == "Nora Lind <nora@bank.example>"
    assert (ticket.subject, ticket.validity, ticket.addressed_to) == ("The bill", "to_verify", BILLING)
    assert "Forwarded by the mailbox of billing@helpdesk.example" in page(as_anna, ticket)
    assert to(NORA)


def test_a_mail_that_is_forwarded_as_an_attachment_is_read(billing: Address) -> None:
    ticket = wrote(BILLING, subject="The bill", text=ATTACHED, content_type='multipart/mixed; boundary="B"')
    assert requester_line(ticket) == "Nora Lind <nora@bank.example>"
    assert ticket.comments.get().text.strip() == "It is too high."


def test_administrators_learn_once_how_to_make_it_a_redirect(as_ada: Client, billing: Address) -> None:
    # U24
    subject, text = INLINE["Gmail"]
    wrote(BILLING, subject=subject, text=text)
    wrote(BILLING, subject=subject, text=text)
    notice = Outbox.objects.get(subject__startswith=f"{BILLING} forwards its mail")
    assert (notice.recipient, "redirect to" in notice.text) == ("ada@helpdesk.example", True)
    assert "replace the forwarding with a redirect" in " ".join(
        as_ada.get(reverse("settings:mailboxes")).content.decode().split()
    )
    billing.confirm_redirect()
    assert "replace the forwarding" not in as_ada.get(reverse("settings:mailboxes")).content.decode()


def test_our_check_of_a_redirect_that_comes_back_forwarded_says_so(as_ada: Client, billing: Address) -> None:
    as_ada.post(reverse("settings:address_check", args=[billing.pk]))
    check = Outbox.objects.get(kind=Outbox.Kind.REDIRECT_CHECK)
    text = f"---------- Forwarded message ---------\nFrom: <{SUPPORT}>\nSubject: {check.subject}\nTo: <{BILLING}>\n\nA"
    row = arrive(mail(text, From=BILLING, subject=f"Fwd: {check.subject}"))
    assert (row.outcome, row.ticket) == (Outcome.LOOP, None)
    assert "forwards instead of redirecting" in row.reason
    billing.refresh_from_db()
    assert (billing.verified_at, billing.forwards_since is None) == (None, False)
    assert Outbox.objects.filter(subject__startswith=f"{BILLING} forwards its mail").exists()


def test_a_forward_that_does_not_say_who_wrote_it_has_no_requester(as_anna: Client, billing: Address) -> None:
    ticket = wrote(BILLING, subject="Fwd: The bill", text="It is too high.")
    assert ticket.requester is None
    assert "Nobody: the ticket has no requester" in page(as_anna, ticket)


def test_what_a_colleague_writes_from_the_address_is_no_forward(billing: Address) -> None:
    ticket = wrote(BILLING, subject="The printer of the office")
    assert ticket.requester
    assert ticket.requester.address == BILLING
    billing.refresh_from_db()
    assert billing.forwards_since is None


# -- Several people behind one address --------------------------------------------------------------------------------


def test_each_ticket_carries_the_name_that_its_own_mail_gives(as_anna: Client, anna: User) -> None:
    hans = wrote("Hans Wirth <office@lodge.example>")
    lena = wrote("Lena Wirth <office@lodge.example>")
    assert "Lena Wirth" in page(as_anna, lena)
    assert "Hans Wirth" not in page(as_anna, lena)
    history = as_anna.get(reverse("tickets:history", args=[lena.pk])).content.decode()
    assert ("Lena Wirth" in history, "Hans Wirth" in history) == (True, False)
    for ticket, name in ((hans, "Hans Wirth"), (lena, "Lena Wirth")):
        reply(ticket, by=anna, html="<p>Yes.</p>")
        mails = Outbox.objects.filter(ticket=ticket).order_by("pk")
        assert {each.recipient_name for each in mails if not each.to_staff} == {name}
        assert name in mails.get(kind=Outbox.Kind.NEW_TICKET).text


def test_an_answer_goes_to_who_wrote_last(anna: User) -> None:
    ticket = wrote("Hans Wirth <office@lodge.example>")
    replied("Lena Wirth <office@lodge.example>", ticket)
    ticket.refresh_from_db()
    reply(ticket, by=anna, html="<p>Yes.</p>")
    assert Outbox.objects.get(kind=Outbox.Kind.NEW_MESSAGE).recipient_name == "Lena Wirth"


def test_what_an_agent_corrected_holds_for_all_of_them(as_anna: Client, anna: User) -> None:
    # R14
    ticket = wrote("Hans Wirth <office@lodge.example>")
    actions.rename(Recipient.objects.filter(address="office@lodge.example"), "The Lodge", by=anna)
    assert requester_line(wrote("Lena Wirth <office@lodge.example>")) == "The Lodge <office@lodge.example>"
    assert "Hans Wirth" not in page(as_anna, ticket)


# -- Forms --------------------------------------------------------------------------------------------------------

FORM = "form@shop.example"


@pytest.fixture
def form(anna: User) -> Recipient:
    """The address of a contact form, which Anna has marked."""
    recipient = Recipient.objects.create(address=FORM, name="Website")
    pairing.share(Recipient.objects.filter(pk=recipient.pk), by=anna, as_form=True)
    recipient.refresh_from_db()
    return recipient


@pytest.mark.parametrize("more", [{}, {"auto_submitted": "auto-generated"}, {"precedence": "bulk"}])
def test_who_filled_in_a_form_is_the_requester(
    as_anna: Client, form: Recipient, anna: User, more: dict[str, str]
) -> None:
    # S33
    ticket = wrote(f"Website <{FORM}>", reply_to=f"Nora Lind <{NORA}>", **more)
    assert requester_line(ticket) == "Nora Lind <nora@bank.example>"
    assert ticket.validity == "to_verify"
    assert "Through the form form@shop.example" in page(as_anna, ticket)
    assert to(NORA).kind == Outbox.Kind.REQUEST_RECEIVED
    reply(ticket, by=anna, html="<p>These.</p>")
    assert Outbox.objects.filter(recipient=NORA, kind=Outbox.Kind.NEW_MESSAGE).exists()
    assert not Outbox.objects.filter(recipient=FORM).exists()


def test_who_fills_in_a_form_is_recognised_and_to_be_verified(
    support: Mailbox, form: Recipient, carla: Customer
) -> None:
    trusting(support, "observe")
    vouched = "mx.helpdesk.example; dmarc=pass header.from=shop.example"
    ticket = wrote(FORM, reply_to="carla@acme.example", authentication_results=vouched)
    assert (ticket.customer, ticket.validity) == (carla, "to_verify")


@pytest.mark.parametrize("reply_to", ["", FORM, SUPPORT, "nobody", f"{NORA}, olaf@bank.example"])
def test_a_form_that_names_nobody_is_a_shared_address(form: Recipient, reply_to: str) -> None:
    ticket = wrote(f"Website <{FORM}>", reply_to=reply_to)
    assert ticket.requester == form
    assert (ticket.customer, ticket.match["reason"]) == (None, "shared_address")


@pytest.mark.parametrize("banned", [FORM, NORA])
def test_a_ban_of_the_form_or_of_who_fills_it_in_counts(form: Recipient, anna: User, banned: str) -> None:
    Recipient.objects.get_or_create(address=NORA)
    actions.ban(Recipient.objects.filter(address=banned), by=anna)
    raw = mail(From=FORM, reply_to=NORA)
    assert dry_run(raw).decision.outcome == arrive(raw).outcome == Outcome.BANNED


def test_marking_a_form_is_a_click_and_can_be_undone(as_anna: Client, carla: Customer) -> None:
    recipient = Recipient.objects.create(address=FORM)
    form = {"selected": recipient.pk, "next": reverse("recipients:list")}
    assert (
        "form@shop.example is marked as a form."
        in as_anna.post(reverse("pairing:form"), form, follow=True).content.decode()
    )
    recipient.refresh_from_db()
    assert (recipient.is_form, recipient.shared) == (True, True)
    assert "marked it as a form" in as_anna.get(reverse("pairing:recipient", args=[recipient.pk])).content.decode()
    as_anna.post(reverse("pairing:undo", args=[recipient.changes.get().batch_id]))
    recipient.refresh_from_db()
    assert (recipient.is_form, recipient.shared) == (False, False)


# -- One mailbox of Google's under two domains --------------------------------------------------------------------

GOOGLEMAIL, GMAIL = "max.muster@googlemail.com", "max.muster@gmail.com"


@pytest.mark.parametrize(("known", "writes"), [(GOOGLEMAIL, GMAIL), (GMAIL, GOOGLEMAIL)])
def test_both_domains_of_google_are_one_person(anna: User, known: str, writes: str) -> None:
    # S35
    owner = customer("Max Muster", known)
    ticket = wrote(f"Max <{writes}>")
    assert (ticket.customer, ticket.validity) == (owner, "valid")
    reply(ticket, by=anna, html="<p>Yes.</p>")
    assert Outbox.objects.filter(recipient=writes, kind=Outbox.Kind.NEW_MESSAGE).exists()  # as it was written
    assert replied(known, ticket).outcome == Outcome.COMMENT


def test_a_pair_a_ban_and_an_authorised_address_hold_for_both_domains(acme: Customer, anna: User) -> None:
    wrote(GOOGLEMAIL)
    actions.pair(Recipient.objects.filter(address=GOOGLEMAIL), acme, by=anna)
    assert wrote(GMAIL).customer == acme
    authorise(acme, "eva@gmail.com")
    assert wrote("eva@googlemail.com").customer == acme
    actions.ban(Recipient.objects.filter(address=GOOGLEMAIL), by=anna)
    raw = mail(From=GMAIL)
    assert dry_run(raw).decision.outcome == arrive(raw).outcome == Outcome.BANNED


def test_the_other_spelling_of_the_author_joins_nobody_twice(anna: User) -> None:
    ticket = wrote(GMAIL, cc=GOOGLEMAIL)
    assert not ticket.participants.exists()


def test_whom_two_spellings_lead_to_is_one_customer(carla: Customer) -> None:
    for address in (GMAIL, GOOGLEMAIL):
        CustomerAddress.objects.create(customer=carla, address=address)
    assert wrote(GMAIL).customer == carla


@pytest.mark.parametrize("other", ["maxmuster@gmail.com", "max.muster+shop@gmail.com", "max.muster@gmail.example"])
def test_nothing_else_about_an_address_is_guessed(other: str) -> None:
    customer("Max Muster", GOOGLEMAIL)
    assert wrote(other).customer is None


def test_a_stranger_of_google_takes_no_more_statements_than_others(support: Mailbox) -> None:
    def statements(address: str) -> int:
        raw = mail(From=address)
        row = take_in(raw, mailbox=support)
        with CaptureQueriesContext(connection) as captured:
            deliver(row, raw)
        assert row.outcome == Outcome.TICKET
        return len(captured)

    statements("first@gmx.example")
    assert statements(GMAIL) == statements("second@gmx.de")


# -- One click makes somebody else the requester -----------------------------------------------------------------------

OUTLOOK = INLINE["Outlook in German"][1]


def test_who_wrote_what_an_agent_forwards_becomes_the_requester_by_a_click(as_anna: Client, anna: User) -> None:
    nora = customer("Nora Lind", NORA)
    ticket = wrote(f"Anna Berg <{anna.email}>", subject="WG: The bill", text=f"Please see to it.\n\n{OUTLOOK}")
    assert ticket.requester
    assert ticket.requester.address == anna.email
    assert "written by <strong>Nora Lind &lt;nora@bank.example&gt;</strong>" in page(as_anna, ticket)
    form = {"address": NORA, "name": "Nora Lind"}
    answer = as_anna.post(reverse("tickets:requester", args=[ticket.pk]), form, follow=True).content.decode()
    assert "set the requester to" in answer or "corrected the requester from" in answer
    assert "Make them the requester" not in answer
    ticket.refresh_from_db()
    assert requester_line(ticket) == "Nora Lind <nora@bank.example>"
    assert (ticket.customer, ticket.validity) == (nora, "to_verify")
    as_anna.post(reverse("pairing:undo", args=[ticket.moves.get().batch_id]))
    ticket.refresh_from_db()
    assert requester_line(ticket) == f"Anna Berg <{anna.email}>"


def test_a_customers_forward_offers_nobody(as_anna: Client) -> None:
    ticket = wrote("carla@acme.example", subject="Fwd: The bill", text=INLINE["Gmail"][1])
    assert "Make them the requester" not in page(as_anna, ticket)


def test_a_mail_by_nobody_says_so_and_is_answered_to_its_reply_to(as_anna: Client, anna: User) -> None:
    row = arrive(mail(From="", reply_to="scanner@werk.example", subject="Scan"))
    assert row.ticket
    assert "No author" in page(as_anna, row.ticket)
    assert "Reply there" in page(as_anna, row.ticket)
    as_anna.post(reverse("tickets:requester", args=[row.ticket.pk]), {"address": "scanner@werk.example"})
    row.ticket.refresh_from_db()
    reply(row.ticket, by=anna, html="<p>Thank you.</p>")
    assert Outbox.objects.filter(recipient="scanner@werk.example", kind=Outbox.Kind.NEW_MESSAGE).exists()


def test_a_mail_by_nobody_at_all_says_so(as_anna: Client) -> None:
    row: InboundEmail = arrive(mail(From="", subject="Scan"))
    assert row.ticket
    assert "nobody to reply to" in page(as_anna, row.ticket)
