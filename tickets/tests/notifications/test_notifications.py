"""Who gets which mail, counted row by row in the outbox (S64), and what the gate keeps back."""

import base64
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from mailboxes.parsing import parse
from recipients.decisions import actions
from recipients.models import Customer, CustomerAddress, OwnAddress, Partner, Recipient, Role, User
from tickets.conversation.participants import add_participants
from tickets.conversation.replying import reply
from tickets.customers.assignment import change_customer, correct_requester
from tickets.models import Event, Outbox, Queue, Ticket, TicketSettings
from tickets.tests.mails import FAILED, SUPPORT, id_of, mail, reply_to, sent, take

pytestmark = pytest.mark.django_db

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CARLA = "Carla <carla@acme.example>"
PAIRED, PROFILE, BILLING, ADMIN = "u@z.example", "profile@x.example", "billing@x.example", "admin@staff.example"


@pytest.fixture(autouse=True)
def desk(queue: Queue) -> TicketSettings:
    """Support, reached at its address, with an admin address and no agents."""
    OwnAddress.objects.create(address=SUPPORT)
    settings = TicketSettings(pk=1, admin_email=ADMIN)
    settings.save()
    return settings


@pytest.fixture
def xenia(queue: Queue) -> Customer:
    """Xenia, with a profile Email, a billing email, and another address that is paired to her."""
    customer = Customer.objects.create(name="Xenia", billing_email=BILLING)
    CustomerAddress.objects.create(customer=customer, address=PROFILE, is_primary=True)
    Recipient.objects.known(PAIRED)
    actions.pair(Recipient.objects.filter(address=PAIRED), customer, by=None)
    return customer


def written(ticket: Ticket) -> list[tuple[str, str]]:
    """Everything that waits to leave about a ticket, as (kind, recipient)."""
    rows = Outbox.objects.filter(ticket=ticket, state="waiting").values_list("kind", "recipient")
    return sorted(rows)


def withheld(ticket: Ticket) -> list[list[str]]:
    return [each for event in Event.objects.filter(ticket=ticket) for each in event.data.get("withheld", [])]


# -- The table --------------------------------------------------------------------------------------------------------


def test_the_whole_table_from_a_paired_address(xenia: Customer) -> None:  # R21, R22, R24, R25, R26, SC36
    ticket = take(mail(PAIRED)).ticket
    assert written(ticket) == [("new_ticket", ADMIN), ("request_received", PAIRED)]
    reply_to(Outbox.objects.get(recipient=ADMIN), "Try this.")
    assert written(ticket) == [
        ("new_message", PROFILE),
        ("new_message", PAIRED),
        ("new_ticket", ADMIN),
        ("request_received", PAIRED),
    ]
    reply_to(Outbox.objects.get(recipient=PAIRED, kind="new_message"), "It works.")
    assert sent(ticket, "customer_replied") == [ADMIN]
    assert len(written(ticket)) == 5  # billing: none


def test_the_profile_email_as_requester_gets_one_copy_of_each(xenia: Customer) -> None:  # SC37, S66
    ticket = take(mail(PROFILE)).ticket
    reply_to(Outbox.objects.get(recipient=ADMIN), "Try this.")
    assert written(ticket) == [("new_message", PROFILE), ("new_ticket", ADMIN), ("request_received", PROFILE)]


def test_billing_gets_nothing_even_when_it_stands_in_cc(xenia: Customer, anna: User) -> None:  # R26
    ticket = take(mail(PAIRED, cc=[BILLING])).ticket
    ticket.participants.add(Recipient.objects.known(BILLING))  # put there before it was the billing email
    reply(ticket, by=anna, html="<p>Hi</p>")
    assert BILLING not in sent(ticket)


def test_a_billing_email_that_is_the_profile_email_is_the_profile_email(xenia: Customer, anna: User) -> None:
    xenia.billing_email = PROFILE
    xenia.save()
    ticket = take(mail(PAIRED)).ticket
    reply(ticket, by=anna, html="<p>Hi</p>")
    assert sent(ticket, "new_message") == [PROFILE, PAIRED]


def test_the_customer_of_a_ticket_to_verify_is_not_told(acme: Customer, anna: User) -> None:  # R25, S45, S44
    ticket = take(mail("new@acme.example")).ticket
    assert (ticket.customer, ticket.validity) == (acme, "to_verify")
    reply(ticket, by=anna, html="<p>Who are you?</p>")
    assert sent(ticket, "new_message") == ["new@acme.example"]


def test_of_a_shared_address_with_a_customer_the_profile_email_alone_is_told(xenia: Customer, anna: User) -> None:
    # S66
    Recipient.objects.create(address="form@site.example", shared=True)
    ticket = take(mail("form@site.example")).ticket
    reply(ticket, by=anna, html="<p>Who?</p>")
    assert sent(ticket, "new_message") == ["form@site.example"]
    change_customer(ticket, xenia, by=anna)
    reply(ticket, by=anna, html="<p>Xenia!</p>")
    assert sent(ticket, "new_message") == ["form@site.example", PROFILE]


@pytest.mark.parametrize(("source", "told"), [("matching", []), ("agent", [PROFILE])])
def test_who_confirmed_an_address_has_not_said_for_whom(
    source: str, told: list[str], queue: Queue, xenia: Customer, anna: User
) -> None:  # R25, S45
    ticket = take(mail("stranger@x.example")).ticket  # found by the domain alone
    Ticket.objects.filter(pk=ticket.pk).update(customer=xenia, customer_source=source, validity="verified")
    ticket.refresh_from_db()
    reply(ticket, by=anna, html="<p>Hi</p>")
    assert sent(ticket, "new_message") == [*told, "stranger@x.example"]


def test_those_in_cc_get_answers_minus_never_cc_and_own(queue: Queue, xenia: Customer, anna: User) -> None:  # T15
    ticket = take(mail(PAIRED, cc=["colin@else.example", "form@market.example"])).ticket
    queue.never_cc = "form@market.example"
    queue.save()
    OwnAddress.objects.create(address="colin@else.example")  # became ours later: L23
    ticket.refresh_from_db()
    reply(ticket, by=anna, html="<p>Hi</p>", cc=["dora@else.example", "Eve <eve@else.example>"])
    assert sent(ticket, "new_message") == ["dora@else.example", "eve@else.example", PROFILE, PAIRED]


def test_agents_who_may_see_it_are_told_but_never_the_author(queue: Queue, carla: Customer, anna: User) -> None:
    main = Partner.objects.create(name="Main")
    bob, outsider, idle = (User.objects.create(email=f"{n}@helpdesk.example") for n in ("bob", "outsider", "idle"))
    queue.agents.add(bob, idle)
    User.objects.filter(pk=idle.pk).update(is_active=False)
    User.objects.create(email="main@helpdesk.example", partner=main, role=Role.ADMINISTRATOR)
    ticket = take(mail(CARLA)).ticket
    assert sent(ticket, "new_ticket") == [ADMIN, anna.email, bob.email]
    reply(ticket, by=anna, html="<p>Hi</p>")
    assert not {anna.email, bob.email, ADMIN, outsider.email} & set(sent(ticket, "new_message"))


def test_an_unassigned_ticket_is_told_to_any_partner_and_super_administrators_alone(
    queue: Queue, superuser: User
) -> None:  # R30, SC54
    main = Partner.objects.create(name="Main")
    restricted = User.objects.create(email="a@helpdesk.example", partner=main)
    free = User.objects.create(email="b@helpdesk.example")
    queue.agents.add(restricted, free)
    User.objects.filter(pk=superuser.pk).update(partner=main)
    ticket = take(mail("new@stranger.example")).ticket
    assert sent(ticket, "new_ticket") == [ADMIN, free.email, superuser.email]


def test_agents_choose_what_they_are_told(carla: Customer, anna: User) -> None:
    # S65
    User.objects.filter(pk=anna.pk).update(notify_new_tickets=False)
    ticket = take(mail(CARLA)).ticket
    assert sent(ticket, "new_ticket") == [ADMIN]
    take(mail(CARLA, f"[#{ticket.number}]"))
    assert sent(ticket, "customer_replied") == [ADMIN, anna.email]
    User.objects.filter(pk=anna.pk).update(notify_messages=False)
    take(mail(CARLA, f"[#{ticket.number}]"))
    assert sent(ticket, "customer_replied") == [ADMIN, ADMIN, anna.email]
    User.objects.filter(pk=anna.pk).update(notify_new_tickets=True, notify_messages=True)
    assert sent(take(mail(f"Anna <{anna.email}>")).ticket, "new_ticket") == [ADMIN]  # her own


def test_without_notifications_only_agents_answers_leave(desk: TicketSettings, carla: Customer, anna: User) -> None:
    desk.notifications = False
    desk.save()
    ticket = take(mail(CARLA)).ticket
    take(mail("mallory@evil.example", f"[#{ticket.number}]"))
    assert written(ticket) == []
    reply(ticket, by=anna, html="<p>Hi</p>")
    assert written(ticket) == [("new_message", "carla@acme.example")]


# -- The confirmation -------------------------------------------------------------------------------------------------


def test_the_first_message_alone_is_confirmed(carla: Customer) -> None:  # T07, T08, S56
    ticket = take(mail(CARLA)).ticket
    take(mail(CARLA, f"[#{ticket.number}]", cc=["colin@else.example"]))
    assert sent(ticket, "request_received") == ["carla@acme.example"]


def test_a_queue_that_does_not_confirm(queue: Queue, carla: Customer) -> None:  # T07
    queue.confirmation = False
    queue.save()
    assert written(take(mail(CARLA)).ticket) == [("new_ticket", ADMIN)]


def test_what_is_never_confirmed(carla: Customer, queue: Queue) -> None:  # L21, L43
    machine = take(mail(CARLA, headers={"Auto-Submitted": "auto-generated"})).ticket
    forged = take(mail(CARLA), verdict=FAILED).ticket
    Recipient.objects.known("gone@x.example").mark_undeliverable("No such user.")
    gone = take(mail("gone@x.example")).ticket
    tickets = {machine: ("automatic", "carla@acme.example"), forged: ("unauthenticated", "carla@acme.example")}
    for ticket, (why, address) in (tickets | {gone: ("undeliverable", "gone@x.example")}).items():
        assert sent(ticket, "request_received") == []
        assert withheld(ticket) == [[address, why]]


def test_a_confirmation_says_number_date_subject_text_and_files(queue: Queue, carla: Customer) -> None:  # T10
    queue.time_zone = "Europe/Rome"
    queue.save()
    ticket = take(mail(CARLA, "Printer <b>", "It does\nnot print.", files={"plan.pdf": b"x"})).ticket
    outbox = Outbox.objects.get(kind="request_received")
    for part in (f"Request: {ticket.number}", "Subject: Printer <b>", "> not print.", "plan.pdf"):
        assert part in outbox.text
    assert "Printer &lt;b&gt;" in outbox.html
    assert "<style" not in outbox.html
    assert 'style="' in outbox.html
    assert outbox.subject == f"[#{ticket.number}] Printer <b>"


def test_a_forged_senders_text_is_not_relayed_if_the_settings_forbid_it(desk: TicketSettings) -> None:  # L43
    desk.echo_request = False
    desk.save()
    take(mail("victim@x.example", "Buy pills", "at https://spam.example", files={"pills.pdf": b"x"}))
    outbox = Outbox.objects.get(kind="request_received")
    for part in ("Buy pills", "spam.example", "pills.pdf"):
        assert part not in outbox.subject + outbox.text + outbox.html


# -- The gate ---------------------------------------------------------------------------------------------------------


def test_an_address_gets_so_many_automatic_mails_an_hour_and_answers_none_the_less(
    desk: TicketSettings, carla: Customer, anna: User
) -> None:  # L21, L22, S67
    desk.automatic_mails_per_hour = 3
    desk.save()
    tickets = [take(mail(CARLA, f"Number {number}")).ticket for number in range(5)]
    assert Outbox.objects.filter(recipient="carla@acme.example").count() == 3
    assert ["carla@acme.example", "too_many"] in withheld(tickets[4])
    assert Outbox.objects.filter(recipient=ADMIN).count() == 5  # people who work here get ten times as many
    reply(tickets[4], by=anna, html="<p>Enough!</p>")
    assert sent(tickets[4], "new_message") == ["carla@acme.example"]
    Outbox.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert sent(take(mail(CARLA, "Later")).ticket, "request_received") == ["carla@acme.example"]


def test_staff_is_capped_too(desk: TicketSettings, carla: Customer) -> None:  # L22
    desk.automatic_mails_per_hour = 1
    desk.save()
    Outbox.objects.bulk_create(
        Outbox(kind="notice", recipient=ADMIN, token=str(number), subject="", text="") for number in range(10)
    )
    assert ADMIN not in sent(take(mail(CARLA)).ticket)


def test_an_own_address_gets_nothing_whoever_put_it_there(desk: TicketSettings, carla: Customer) -> None:  # L23
    desk.admin_email = SUPPORT
    desk.save()
    assert written(take(mail(CARLA)).ticket) == [("request_received", "carla@acme.example")]


def test_a_persons_answer_to_an_undeliverable_address_is_tried_all_the_same(carla: Customer, anna: User) -> None:
    ticket = take(mail(CARLA)).ticket
    ticket.requester.mark_undeliverable("No such user.")
    reply(ticket, by=anna, html="<p>Hi</p>")
    assert Outbox.objects.get(kind="new_message").state == "waiting"


# -- How it looks and in whose name -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "to_agent", "wishes"),
    [
        ("mailbox_with_agent", False, ("Anna Berg", "", "")),  # U12, U18
        ("mailbox", False, ("", "", "")),  # U13
        ("agent", False, ("Anna Berg", "anna@sender.example", "")),  # T05
        ("mailbox", True, ("", "", "anna@sender.example")),  # T21
    ],
)
def test_in_whose_name_an_answer_leaves(
    sender: str, to_agent: bool, wishes: tuple[str, str, str], queue: Queue, carla: Customer, anna: User
) -> None:  # SC45
    queue.sender, queue.reply_to_agent = sender, to_agent
    queue.save()
    User.objects.filter(pk=anna.pk).update(sender_email="anna@sender.example")
    anna.refresh_from_db()
    ticket = take(mail(CARLA, to=["billing@desk.example"]), address="billing@desk.example").ticket
    reply(ticket, by=anna, html="<p>Hi</p>")
    outbox = Outbox.objects.get(kind="new_message")
    assert (outbox.from_name, outbox.from_address, outbox.reply_to) == wishes
    assert outbox.addressed_to == "billing@desk.example"  # U15
    confirmation = Outbox.objects.get(kind="request_received")
    assert (confirmation.from_name, confirmation.from_address, confirmation.reply_to) == ("", "", "")


def test_an_answer_has_text_quote_name_and_signature_and_threads(carla: Customer, anna: User) -> None:  # T12, T13
    User.objects.filter(pk=anna.pk).update(signature="Helpdesk Inc.\n+39 06 1")
    anna.refresh_from_db()
    ticket = take(mail(CARLA, "Printer", "It does not print.", mid="first@acme.example")).ticket
    reply(ticket, by=anna, html="<p>Turn it <b>off</b>.</p>")
    outbox = Outbox.objects.get(kind="new_message")
    assert outbox.text.startswith("Turn it off.\n\nAnna Berg\nHelpdesk Inc.\n+39 06 1\n")
    assert "> It does not print." in outbox.text
    assert "Turn it <b>off</b>." in outbox.html
    assert (outbox.in_reply_to, outbox.references) == ("<first@acme.example>", "<first@acme.example>")
    assert outbox.subject == f"[#{ticket.number}] Printer"
    assert not outbox.is_automatic


def test_a_message_is_quoted_to_those_alone_whom_it_was_addressed_to(xenia: Customer, anna: User) -> None:
    ticket = take(mail(PAIRED, "Printer", "It does not print.", cc=["bob@z.example"])).ticket
    add_participants(ticket, ["dave@y.example"], by=anna)

    def quoted(text: str, **to: object) -> dict[str, bool]:
        comment = reply(ticket, by=anna, html="<p>Turn it off.</p>", **to)
        mails = Outbox.objects.filter(comment=comment)
        assert all("Turn it off." in each.text for each in mails)
        assert all((text in each.text) == (text in each.html) for each in mails)
        return {each.recipient: text in each.text for each in mails}

    everybody = {PAIRED: True, "bob@z.example": True, "dave@y.example": False, PROFILE: False}
    assert quoted("It does not print.", bcc=["eve@w.example"]) == {**everybody, "eve@w.example": False}
    take(mail("bob@z.example", f"Re: [#{ticket.number}] Printer", "Nor does mine."))
    assert quoted("Nor does mine.") == dict.fromkeys(everybody, False) | {"bob@z.example": True}


def test_what_a_form_sent_is_quoted_to_who_filled_it_in(carla: Customer, anna: User) -> None:
    Recipient.objects.create(address="form@site.example", shared=True)
    ticket = take(mail("form@site.example", "Printer", "It does not print.")).ticket
    correct_requester(ticket, "carla@acme.example", by=anna)
    reply(ticket, by=anna, html="<p>Turn it off.</p>")
    assert "> It does not print." in Outbox.objects.get(kind="new_message", recipient="carla@acme.example").text


def test_mails_to_staff_link_to_their_page_of_the_ticket_and_the_confirmation_to_the_portal(
    carla: Customer, anna: User
) -> None:
    ticket = take(mail(CARLA)).ticket
    reply(ticket, by=anna, html="<p>Hi</p>")
    url = f"http://localhost:8000/tickets/{ticket.number}/"
    assert url in Outbox.objects.get(kind="new_ticket", recipient=ADMIN).text
    for outbox in Outbox.objects.filter(ticket=ticket, to_staff=False):
        assert "localhost:8000/tickets/" not in outbox.text + outbox.html
    confirmation = Outbox.objects.get(kind="request_received")
    portal = f"http://localhost:8000/portal/tickets/{ticket.number}/"
    assert portal in confirmation.text
    assert f'href="{portal}"' in confirmation.html


def test_a_mail_about_a_later_message_opens_the_ticket_there(carla: Customer, anna: User) -> None:
    ticket = take(mail(CARLA)).ticket
    later = take(mail(CARLA, f"Re: [#{ticket.number}] Printer"))
    assert later.ticket == ticket
    outbox = Outbox.objects.filter(kind="customer_replied").first()
    assert outbox
    url = f"http://localhost:8000/tickets/{ticket.number}/?message={later.comment.pk}#message-{later.comment.pk}"
    assert url in outbox.text
    assert f'href="{url}"' in outbox.html
    first = Outbox.objects.filter(kind="new_ticket").first()
    assert first
    assert "#message-" not in first.text


@pytest.mark.parametrize("language", ["en", "de", "it", "pl", "ru"])
def test_the_confirmation_says_where_the_portal_is_in_every_language(queue: Queue, language: str) -> None:
    Queue.objects.update(language=language)
    ticket = take(mail(CARLA)).ticket
    confirmation = Outbox.objects.get(kind="request_received")
    assert confirmation.text.rstrip().endswith(f": http://localhost:8000/portal/tickets/{ticket.number}/")
    assert f'/portal/tickets/{ticket.number}/"' in confirmation.html


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "Hello"), ("de", "Guten Tag"), ("it", "Buongiorno"), ("pl", "Dzień dobry"), ("ru", "Здравствуйте")],
)
def test_a_queue_writes_in_its_language(language: str, word: str, queue: Queue, carla: Customer) -> None:  # U25
    queue.language = language
    queue.save()
    take(mail(CARLA))
    outbox = Outbox.objects.get(kind="request_received")
    assert outbox.text.startswith(word)
    assert f'lang="{language}"' in outbox.html
    assert outbox.language == language


def test_every_mail_has_a_token_of_its_own_that_names_the_ticket(carla: Customer, anna: User) -> None:
    ticket = take(mail(CARLA)).ticket
    tokens = [id_of(outbox) for outbox in Outbox.objects.all()]
    assert len(set(tokens)) == len(tokens) == 3
    assert all(token.startswith(f"{ticket.number}-") for token in tokens)


def test_a_customers_html_is_not_passed_on_to_staff(carla: Customer) -> None:
    parsed = mail(CARLA, "Hi", "<img src=https://track.example/x> <script>alert(1)</script>")
    take(parsed)
    html = Outbox.objects.get(recipient=ADMIN).html
    assert "<script" not in html
    assert "<img" not in html


def test_a_long_message_is_cut_in_mails_and_kept_on_the_ticket(carla: Customer) -> None:  # L37
    received = take(mail(CARLA, text="word " * 20_000))
    assert len(received.comment.text) > 90_000
    assert len(Outbox.objects.get(recipient=ADMIN).text) < 25_000


@pytest.mark.parametrize("text", ["", "<p>&nbsp;</p>", "<p>Sent from my iPhone</p>", "<p>[cid:shot@x]</p>"])
def test_the_notice_about_a_picture_alone_names_it(queue: Queue, anna: User, text: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = CARLA, SUPPORT, "Error"
    message.set_content(f'<html><body>{text}<img src="cid:shot@x"></body></html>', subtype="html")
    message.add_related(PIXEL, "image", "gif", cid="<shot@x>", filename="shot.gif", disposition="inline")
    ticket = take(parse(message.as_bytes())).ticket
    notice = Outbox.objects.get(ticket=ticket, recipient=anna.email)
    assert "Attachments: shot.gif" in notice.text
    assert "shot.gif" in notice.html


def test_the_notice_about_a_text_names_no_picture_within_it(queue: Queue, anna: User) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = CARLA, SUPPORT, "Error"
    words = "Please have a look at this: the printer says that it has no paper."
    message.set_content(f'<html><body>{words}<img src="cid:logo@x"></body></html>', subtype="html")
    message.add_related(PIXEL, "image", "gif", cid="<logo@x>", filename="logo.gif", disposition="inline")
    ticket = take(parse(message.as_bytes())).ticket
    assert "logo.gif" not in Outbox.objects.get(ticket=ticket, recipient=anna.email).text


def test_a_banned_address_in_cc_gets_nothing_more(queue: Queue, carla: Customer, anna: User) -> None:
    ticket = take(mail(CARLA, cc=["mallory@evil.example", "colin@acme.example"])).ticket
    actions.ban(Recipient.objects.filter(address="mallory@evil.example"), by=anna)
    reply(ticket, by=anna, html="<p>We come.</p>")
    assert sent(ticket, "new_message") == ["carla@acme.example", "colin@acme.example"]
