"""What becomes of a mail: a ticket, a comment, a held comment; and what never changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recipients.decisions import actions
from recipients.matching.match import Rejection
from recipients.matching.verdict import UNKNOWN, Verdict
from recipients.models import AuthorisedSender, Customer, CustomerAddress, OwnAddress, Recipient, User
from tickets.conversation.replying import reply
from tickets.conversation.work import Work
from tickets.intake.receiving import receive_automatic, receive_bounce
from tickets.models import Attachment, Comment, Event, Outbox, Queue, Status, Ticket, TicketSettings
from tickets.tests.mails import FAILED, PASSED, SUPPORT, arrival, mail, reply_to, sent, take
from tickets.text.references import reply_address

pytestmark = pytest.mark.django_db

CARLA = "Carla <carla@acme.example>"
MALLORY = "Mallory <mallory@evil.example>"


@pytest.fixture(autouse=True)
def own_address(db: None) -> OwnAddress:
    return OwnAddress.objects.create(address=SUPPORT)


@pytest.fixture
def ticket(queue: Queue, anna: User, carla: Customer) -> Ticket:
    """Carla's ticket about her printer."""
    return take(mail(CARLA)).ticket


def notice_to(address: str, ticket: Ticket) -> Outbox:
    return Outbox.objects.get(ticket=ticket, recipient=address, to_staff=True)


# -- New tickets ------------------------------------------------------------------------------------------------------


def test_a_mail_becomes_a_ticket_with_its_customer_and_why(queue: Queue, carla: Customer) -> None:  # W01, W03, W04, R02
    received = take(mail(CARLA, "Printer [#77] broken", "It does not print."))
    ticket, comment = received.ticket, received.comment
    assert (ticket.subject, ticket.status, ticket.queue) == ("Printer broken", Status.NEW, queue)
    assert (ticket.customer, ticket.validity) == (carla, "valid")
    assert (ticket.match["step"], ticket.match["customer_name"]) == ("exact", "Carla Conti")
    assert (comment.kind, comment.text.strip(), comment.is_held) == ("customer", "It does not print.", False)
    assert comment.match == ticket.match
    assert ticket.requester == Recipient.objects.get(address="carla@acme.example", name="Carla", customer=None)
    assert list(ticket.events.values_list("kind", flat=True)) == ["opened"]


def test_an_unknown_sender_is_unassigned_and_becomes_nobody(queue: Queue) -> None:  # R02, L35
    ticket = take(mail("new@stranger.example")).ticket
    assert (ticket.customer, ticket.validity) == (None, "to_verify")
    assert Customer.objects.count() == 0


def test_a_mail_without_author_and_subject_still_becomes_a_ticket(queue: Queue) -> None:
    ticket = take(mail("MAILER-DAEMON", "")).ticket
    assert (ticket.requester, ticket.subject) == (None, "(no subject)")
    assert sent(ticket, "request_received") == []


def test_a_corrected_sender_name_stays(queue: Queue, anna: User) -> None:  # R14, SC30
    ticket = take(mail("jon <john@x.example>")).ticket
    actions.rename(Recipient.objects.filter(pk=ticket.requester_id), "John Smith", by=anna)
    received = take(mail("jon <john@x.example>", "Another"))
    assert received.ticket.requester.name == received.comment.author_name == "John Smith"
    assert received.ticket.requester.address == "john@x.example"


def test_a_paired_sender_is_known_by_the_pairing(queue: Queue, acme: Customer, anna: User) -> None:  # R04
    take(mail("u@z.example"))
    actions.pair(Recipient.objects.filter(address="u@z.example"), acme, by=anna)
    ticket = take(mail("u@z.example", "Another")).ticket
    assert (ticket.customer, ticket.customer_source) == (acme, "pairing")
    assert ticket.customer_pairing == Recipient.objects.get(address="u@z.example").pairings.get()


def test_from_and_reply_to_are_both_kept_and_from_counts(queue: Queue, carla: Customer) -> None:  # L27
    received = take(mail(CARLA, headers={"Reply-To": "mallory@evil.example"}))
    assert received.ticket.requester.address == "carla@acme.example"
    assert received.comment.reply_to_address == "mallory@evil.example"
    assert sent(received.ticket, "request_received") == ["carla@acme.example"]


def test_files_lie_under_their_hash_once_however_often_they_arrive(queue: Queue, carla: Customer) -> None:
    for _time in range(2):
        take(mail(CARLA, files={"plan.pdf": b"the plan"}))
    first, second = Attachment.objects.all()
    assert first.path == second.path
    assert (first.name, first.size, first.read()) == ("plan.pdf", 8, b"the plan")


# -- Author, customer and participants are three things ---------------------------------------------------------------


def test_others_in_to_and_cc_take_part_but_we_and_agents_do_not(
    queue: Queue, anna: User, carla: Customer
) -> None:  # L23, L26, L31, T15
    queue.never_cc = "form@market.example"
    queue.save()
    OwnAddress.objects.create(address="sales@desk.example")
    received = take(
        mail(
            CARLA,
            to=[SUPPORT, "Colin <colin@acme.example>", "sales+x@desk.example"],
            cc=["anna@helpdesk.example", "Form@Market.example", "carla@acme.example", "dora@acme.example"],
        )
    )
    people = received.ticket.participants.values_list("address", "name").order_by("address")
    assert list(people) == [("colin@acme.example", "Colin"), ("dora@acme.example", "")]
    assert received.ticket.customer == carla


def test_our_signed_reply_address_never_takes_part(ticket: Ticket) -> None:  # L31
    signed = reply_address(SUPPORT, Outbox.objects.get(kind="request_received").token)
    take(mail(CARLA, "Re: Printer broken", to=[signed], cc=["colin@acme.example"]))
    assert [r.address for r in ticket.participants.all()] == ["colin@acme.example"]


def test_a_colleague_in_cc_answers_and_customer_and_requester_stay(ticket: Ticket) -> None:  # L26, S26
    take(mail(CARLA, f"Re: [#{ticket.number}]", cc=["colin@else.example"]), verdict=PASSED)
    received = take(mail("Colin <colin@else.example>", f"Re: [#{ticket.number}]"))
    before = (ticket.customer, ticket.requester)
    ticket.refresh_from_db()
    assert not received.held
    assert (received.comment.author_address, received.comment.recipient.name) == ("colin@else.example", "Colin")
    assert (ticket.customer, ticket.requester) == before


# -- Replies: who may join --------------------------------------------------------------------------------------------


def _pair(address: str) -> Callable[[Customer, User], object]:
    def pair(customer: Customer, by: User) -> object:
        Recipient.objects.known(address)
        return actions.pair(Recipient.objects.filter(address=address), customer, by=by)

    return pair


RELATED: dict[str, tuple[str, Callable[[Customer, User], object]]] = {
    "the requester": ("carla@acme.example", lambda c, a: None),
    "an address paired to the customer": ("address2@else.example", _pair("address2@else.example")),  # R28
    "a further address of the customer": (
        "carla@private.example",
        lambda c, a: CustomerAddress.objects.create(customer=c, address="carla@private.example"),
    ),
    "an authorised address": (
        "tech@agency.example",
        lambda c, a: AuthorisedSender.objects.create(customer=c, kind="address", value="tech@agency.example"),
    ),
    "an authorised domain": (
        "any@mio.example",
        lambda c, a: AuthorisedSender.objects.create(customer=c, kind="domain", value="mio.example"),
    ),
    "the customer's company": ("office@acme.example", lambda c, a: None),
    "an address authorised here and registered elsewhere": (
        "both@else.example",
        lambda c, a: (
            CustomerAddress.objects.create(customer=Customer.objects.create(name="Else"), address="both@else.example"),
            AuthorisedSender.objects.create(customer=c, kind="address", value="both@else.example"),
        ),
    ),
}


@pytest.mark.parametrize("who", RELATED)
def test_who_is_related_joins_in(who: str, ticket: Ticket, carla: Customer, anna: User) -> None:  # R28, SC33, S24
    address, make = RELATED[who]
    make(carla, anna)
    answered = Outbox.objects.get(ticket=ticket, kind="request_received")
    received = reply_to(answered, sender=address)
    assert (received.ticket, received.held, received.comment.kind) == (ticket, False, "customer")


def test_a_person_of_the_customer_joins_in(queue: Queue, acme: Customer, carla: Customer) -> None:
    ticket = take(mail("office@acme.example")).ticket
    assert ticket.customer == acme
    assert not take(mail(CARLA, f"[#{ticket.number}]")).held


UNRELATED = {
    "a stranger": "mallory@evil.example",
    "a new address of the customer's domain": "new@acme.example",
    "another person of the same company": "colin@acme.example",
    "an agent who answers no mail of theirs": "anna@helpdesk.example",
    "nobody": "MAILER-DAEMON",
}


@pytest.mark.parametrize("who", UNRELATED)
def test_who_is_unrelated_is_held_and_nothing_else_happens(
    who: str, ticket: Ticket, acme: Customer, anna: User
) -> None:  # L29, SC35, S24
    CustomerAddress.objects.create(
        customer=Customer.objects.create(name="Colin", company=acme), address="colin@acme.example"
    )
    ticket.set_status("waiting", by=anna)
    before = sent(ticket)
    received = take(mail(UNRELATED[who], f"Re: [#{ticket.number}]", cc=["friend@evil.example"]))
    ticket.refresh_from_db()
    assert (received.ticket, received.held) == (ticket, True)
    assert received.comment.held_reason == received.reason
    assert (ticket.status, ticket.has_held_comments) == ("waiting", True)
    assert ticket.participants.count() == 0
    to_staff = set() if who.startswith("an agent") else {"anna@helpdesk.example"}
    assert set(sent(ticket, "notice")) == to_staff
    assert len(sent(ticket)) == len(before) + len(to_staff)


def test_a_stranger_gets_a_new_ticket_or_joins_in_if_the_settings_say_so(ticket: Ticket) -> None:  # SC35, S24
    TicketSettings(pk=1, reply_sender_check="new_ticket").save()
    strict = take(mail(MALLORY, f"[#{ticket.number}]"))
    assert strict.ticket != ticket
    TicketSettings(pk=1, reply_sender_check="off").save()
    lax = take(mail(MALLORY, f"[#{ticket.number}]"))
    assert (lax.ticket, lax.held) == (ticket, False)


def test_a_failed_authentication_holds_where_it_is_enforced(ticket: Ticket) -> None:  # S47
    assert not take(mail(CARLA, f"[#{ticket.number}]"), verdict=FAILED).held
    held = take(mail(CARLA, f"[#{ticket.number}]"), verdict=FAILED, enforce=True)
    assert held.held
    assert held.comment.verdict["failed"]


def test_a_follow_up_from_the_other_address_belongs_to_the_customer(
    ticket: Ticket, carla: Customer, anna: User
) -> None:  # R27, R29
    _pair("address2@else.example")(carla, anna)
    answered = Outbox.objects.get(ticket=ticket, kind="request_received")
    received = reply_to(answered, sender="address2@else.example", subject="The scanner")
    assert (received.ticket.customer, received.ticket.follow_up_of) == (carla, ticket)


# -- States -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "after"),
    [("new", "new"), ("open", "open"), ("waiting", "open"), ("solved", "open"), ("closed", "open")],
)
def test_a_customers_reply_opens_what_waits_or_is_finished_once(
    status: str, after: str, ticket: Ticket, anna: User
) -> None:  # T19, SC39
    ticket.set_status(status, by=anna)
    for _time in range(2):
        take(mail(CARLA, f"[#{ticket.number}]"))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.solved_at, ticket.closed_at) == (after, None, None)
    assert ticket.comments.count() == 3
    assert ticket.events.filter(kind="status", agent=None).count() == (status != after)


@pytest.mark.parametrize("status", ["new", "waiting", "solved", "closed"])
def test_an_automatic_mail_is_kept_and_changes_nothing(
    status: str, ticket: Ticket, anna: User
) -> None:  # L21, L25, SC43
    ticket.set_status(status, by=anna)
    before = (Outbox.objects.count(), ticket.updated_at)
    parsed = mail(CARLA, f"Automatic reply: [#{ticket.number}]", headers={"Auto-Submitted": "auto-replied"})
    came = arrival(parsed)
    received = receive_automatic(ticket, parsed, came)
    came.work.finish()
    ticket.refresh_from_db()
    assert (received.comment.kind, received.comment.is_public) == ("automatic", False)
    assert (ticket.status, Outbox.objects.count(), ticket.updated_at) == (status, *before)


def test_a_bounce_is_noted_and_mutes_the_address_if_it_is_permanent(ticket: Ticket) -> None:  # L22
    outbox = Outbox.objects.get(ticket=ticket, kind="request_received")
    parsed = mail("MAILER-DAEMON@mx.example", "Undelivered", "550 no such user")
    receive_bounce(outbox, parsed, Work(), permanent=False, summary="Try later.")
    assert not Recipient.objects.get(address="carla@acme.example").undeliverable
    received = receive_bounce(outbox, parsed, work := Work(), permanent=True, summary="No such user.")
    work.finish()
    assert received is not None
    assert (received.comment.kind, received.comment.is_public, received.comment.reply) == (
        "bounce",
        False,
        "No such user.",
    )
    outbox.refresh_from_db()
    assert (outbox.state, outbox.error) == ("bounced", "No such user.")
    assert Recipient.objects.get(address="carla@acme.example").undeliverable


def test_a_bounce_about_no_ticket_has_no_note(db: None) -> None:
    outbox = Outbox.objects.create(kind="notice", recipient="ada@helpdesk.example", token="0-x", subject="", text="")
    assert receive_bounce(outbox, mail("x@mx.example"), Work(), permanent=True, summary="No.") is None


# -- Agents by mail ---------------------------------------------------------------------------------------------------


def test_the_admins_answer_by_mail_reaches_the_customer(
    queue: Queue, carla: Customer
) -> None:  # R21, R22, R23, U04, SC36
    TicketSettings(pk=1, admin_email="boss@desk.example").save()
    ticket = take(mail(CARLA)).ticket
    answer = "Turn it off.\n\nOn Monday, Helpdesk wrote:\n> New ticket created: [#1]\n> secret link"
    received = reply_to(notice_to("boss@desk.example", ticket), answer, sender="The Boss <Boss@desk.example>")
    comment = received.comment
    assert (comment.kind, comment.agent, comment.author_name) == ("agent", None, "The Boss")
    sent_out = Outbox.objects.get(ticket=ticket, kind="new_message")
    assert (sent_out.recipient, sent_out.from_name, sent_out.is_automatic) == ("carla@acme.example", "The Boss", False)
    assert "Turn it off." in sent_out.text
    assert "secret link" not in sent_out.text + sent_out.html
    ticket.refresh_from_db()
    assert ticket.status == "open"
    assert ticket.first_response_at


def test_an_agents_answer_by_mail_is_theirs_and_takes_files_along(ticket: Ticket, anna: User) -> None:
    # S25
    notice = notice_to("anna@helpdesk.example", ticket)
    parsed = mail(
        "anna@helpdesk.example", f"Re: {notice.subject}", "See here.", answers=f"{notice.token}@desk.example",
        files={"guide.pdf": b"guide"},
    )  # fmt: skip
    received = take(parsed)
    assert (received.comment.agent, received.comment.kind) == (anna, "agent")
    outbox = Outbox.objects.get(ticket=ticket, kind="new_message")
    assert [file.name for file in outbox.attachments.all()] == ["guide.pdf"]


def test_html_of_an_agents_mail_is_made_from_the_new_text(ticket: Ticket) -> None:
    reply_to(notice_to("anna@helpdesk.example", ticket), "1 < 2\nsee https://x.example")
    outbox = Outbox.objects.get(ticket=ticket, kind="new_message")
    assert "1 &lt; 2" in outbox.html
    assert 'href="https://x.example"' in outbox.html


FORGERIES: dict[str, dict[str, object]] = {
    "the server reports a failure": {"verdict": FAILED},
    "the mail was sent to somebody else": {"sender": "ada@helpdesk.example"},
    "the customer forwards the notice": {"sender": "mallory@evil.example"},
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_reply_that_is_not_certainly_the_agents_is_held(how: str, ticket: Ticket, ada: User) -> None:  # L28, S25
    received = reply_to(notice_to("anna@helpdesk.example", ticket), **FORGERIES[how])  # type: ignore[arg-type]
    assert received.held
    assert received.comment.kind == "customer"
    assert sent(ticket, "new_message") == []


def test_an_agents_token_of_another_ticket_is_worth_nothing(ticket: Ticket) -> None:  # L28, S25
    other = take(mail(CARLA, "Another")).ticket
    received = reply_to(notice_to("anna@helpdesk.example", other), subject=f"[#{ticket.number}]")
    assert (received.ticket, received.held) == (ticket, True)


def test_an_agent_who_may_not_see_the_ticket_any_more_is_held(ticket: Ticket, anna: User) -> None:
    notice = notice_to("anna@helpdesk.example", ticket)
    anna.queues.clear()
    assert reply_to(notice).held


def test_an_agent_without_token_is_held_even_if_strangers_may_join_in(ticket: Ticket) -> None:
    # S25
    TicketSettings(pk=1, reply_sender_check="off").save()
    assert take(mail("anna@helpdesk.example", f"[#{ticket.number}]")).held


def test_an_agent_may_be_a_customer_of_the_desk(queue: Queue, anna: User) -> None:
    ticket = take(mail("anna@helpdesk.example", "My own laptop")).ticket
    assert sent(ticket) == ["anna@helpdesk.example"]  # Request received, and no notice to its author
    received = reply_to(Outbox.objects.get(ticket=ticket))
    assert (received.comment.kind, received.held) == ("customer", False)


def test_a_mail_from_an_own_address_is_unassigned_and_not_answered(queue: Queue) -> None:  # L23
    ticket = take(mail(SUPPORT)).ticket
    assert (ticket.customer, ticket.match["reason"]) == (None, str(Rejection.OWN_ADDRESS))
    assert sent(ticket) == []
    assert Event.objects.get(ticket=ticket).data["withheld"] == [[SUPPORT, "own_address"]]


# -- Customers' mails that agents pass in ------------------------------------------------------------------------------

FORWARD = """Please take this.

---------- Forwarded message ---------
From: Carla Conti <carla@acme.example>
Date: Mon, 5 Jan 2026 at 10:00
Subject: Printer broken
To: <anna@helpdesk.example>

It does not print.
"""


def test_an_authentic_agent_passes_a_customers_mail_in(queue: Queue, anna: User, carla: Customer) -> None:  # L33
    received = take(mail("anna@helpdesk.example", "Fwd: Printer broken", FORWARD), verdict=PASSED)
    ticket = received.ticket
    assert (ticket.requester.address, ticket.customer, ticket.subject) == (
        "carla@acme.example",
        carla,
        "Printer broken",
    )
    assert received.comment.author_address == "anna@helpdesk.example"
    assert sent(ticket) == []  # no confirmation to who did not write to us, no notice to the author
    reply(ticket, by=anna, html="<p>Hi Carla</p>")
    assert sent(ticket, "new_message") == ["carla@acme.example"]


def test_what_was_said_to_colleagues_is_not_quoted_to_the_customer(queue: Queue, anna: User, carla: Customer) -> None:
    passed_in = mail("anna@helpdesk.example", "Fwd: Printer broken", f"She is a pain, Ben.\n\n{FORWARD}")
    ticket = take(passed_in, verdict=PASSED).ticket
    assert ticket.requester.address == "carla@acme.example"
    reply(ticket, by=anna, html="<p>Hi Carla</p>")
    answer = Outbox.objects.get(recipient="carla@acme.example", kind="new_message")
    assert "Hi Carla" in answer.text
    assert "pain" not in answer.text + answer.html


@pytest.mark.parametrize(("sender", "verdict"), [("anna@helpdesk.example", UNKNOWN), (MALLORY, PASSED)])
def test_nobody_else_speaks_for_a_customer_by_forwarding(
    sender: str, verdict: Verdict, queue: Queue, anna: User, carla: Customer
) -> None:  # L32
    ticket = take(mail(sender, "Fwd: Printer broken", FORWARD), verdict=verdict).ticket
    assert ticket.requester.address in sender
    assert ticket.customer is None


# -- Bounds -----------------------------------------------------------------------------------------------------------


def test_a_new_ticket_and_a_reply_have_their_budget_of_queries(queue: Queue, anna: User, carla: Customer) -> None:
    with CaptureQueriesContext(connection) as opening:
        ticket = take(mail(CARLA)).ticket
    confirmation = Outbox.objects.get(ticket=ticket, kind="request_received")
    with CaptureQueriesContext(connection) as replying:
        reply_to(confirmation)
    assert len([query for query in opening if "SAVEPOINT" not in query["sql"]]) <= 2 + 12
    assert len([query for query in replying if "SAVEPOINT" not in query["sql"]]) <= 2 + 2 + 9


def test_thirty_agents_cost_no_more_queries_than_one(queue: Queue, anna: User, carla: Customer) -> None:
    for number in range(29):
        queue.agents.add(User.objects.create(email=f"agent{number}@helpdesk.example"))
    with CaptureQueriesContext(connection) as queries:
        ticket = take(mail(CARLA)).ticket
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 14
    assert len(sent(ticket, "new_ticket")) == 30


def test_mails_bring_in_twenty_people_at_most(queue: Queue, carla: Customer) -> None:  # L20
    ticket = take(mail(CARLA, cc=[f"p{number}@list.example" for number in range(80)])).ticket
    assert ticket.participants.count() == 20
    for part in range(3):
        more = [f"q{part}-{number}@list.example" for number in range(50)]
        take(mail(CARLA, f"Re: [#{ticket.number}]", cc=more), verdict=PASSED)
    assert ticket.participants.count() == 20
    assert sum(len(event.data["waiting"]) for event in Event.objects.filter(kind="participants")) == 30 + 150
    assert Comment.objects.filter(ticket=ticket).earliest("pk").cc[79]["address"] == "p79@list.example"


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("nobody", ["no requester", "an address of ours"])
def test_an_agent_is_told_that_an_answer_by_mail_reached_nobody(ticket: Ticket, anna: User, nobody: str) -> None:
    notice = notice_to(anna.email, ticket)
    if nobody == "no requester":
        Ticket.objects.filter(pk=ticket.pk).update(requester=None, customer=None)
    else:
        OwnAddress.objects.create(address="carla@acme.example")
        CustomerAddress.objects.all().delete()
    TicketSettings.objects.update_or_create(pk=1, defaults={"answering_assigns": True})
    received = reply_to(notice, "We come at noon.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee, ticket.first_response_at) == (Status.NEW, None, None)
    told = Outbox.objects.get(ticket=ticket, kind=Outbox.Kind.NOTICE)
    assert (told.recipient, told.to_staff, received.comment.reply) == (anna.email, True, "We come at noon.")
    assert "was not sent to anybody" in told.text
    assert nobody == "no requester" or "carla@acme.example: It is an address of the helpdesk itself." in told.text
    reply_to(told, "We come at one.")
    assert Outbox.objects.filter(ticket=ticket, kind=Outbox.Kind.NOTICE).count() == 2


def test_nobody_is_told_of_answers_that_arrive(ticket: Ticket, anna: User) -> None:
    reply_to(notice_to(anna.email, ticket), "We come at noon.")
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert not Outbox.objects.filter(kind=Outbox.Kind.NOTICE).exists()


@pytest.mark.parametrize(("hours", "said"), [(3, True), (0.5, False), (-5, False)])
def test_the_confirmation_says_when_a_mail_was_sent_that_was_long_on_its_way(
    queue: Queue, carla: Customer, hours: float, said: bool
) -> None:
    sent_at = timezone.now() - timedelta(hours=hours)
    ticket = take(replace(mail(CARLA), date=sent_at)).ticket
    confirmation = Outbox.objects.get(ticket=ticket, kind=Outbox.Kind.REQUEST_RECEIVED)
    assert ("Your email was sent:" in confirmation.text) is said
    assert ("Your email was sent" in confirmation.html) is said
