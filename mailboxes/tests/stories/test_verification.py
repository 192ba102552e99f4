"""Is a sender who is not known asked to confirm the address, by a link that proves this and nothing else?"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mailboxes.inbound import pipeline, retries
from mailboxes.inbound.take_in import take_in
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.sending.identities import Identities
from mailboxes.sending.message import compose
from mailboxes.tests.house import House
from mailboxes.tests.mails import arrive, mail
from mailboxes.what_if.dry_run import dry_run
from mailboxes.what_if.dry_run_text import describe
from recipients.models import AuthorisedSender, Customer, Recipient, User
from tickets.conversation.merge_tickets import merge_ticket
from tickets.conversation.replying import reply
from tickets.customers.assignment import change_customer
from tickets.models import (
    Comment,
    Event,
    MailReference,
    NotAllowed,
    Outbox,
    Queue,
    Ticket,
    TicketSettings,
    VerificationRequest,
)
from tickets.sender.acceptance import reject_sender
from tickets.sender.verification import Answer, ask_to_verify, confirm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

BOSS = "boss@agency.example"
FAILING = "mx.helpdesk.example; dmarc=fail"


@pytest.fixture(autouse=True)
def _a_queue_that_verifies(support: Mailbox, queue: Queue) -> None:
    queue.unknown_senders = Queue.UnknownSenders.VERIFY
    queue.save()


def wrote(sender: str = BOSS, **headers: str) -> Ticket:
    row = arrive(mail(From=sender, **headers), mailbox=Mailbox.objects.get())
    assert row.ticket, (row.outcome, row.reason, row.traceback)
    return row.ticket


def asking(ticket: Ticket) -> Outbox:
    """The mail that carries the link."""
    return Outbox.objects.get(ticket=ticket, text__contains="/portal/verify/")


def path(outbox: Outbox) -> str:
    """The page of the link; text and HTML carry the same one."""
    found = {each for text in (outbox.text, outbox.html) for each in re.findall(r"/portal/verify/[\w-]+/", text)}
    assert len(found) == 1
    return found.pop()


def validity(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return str(ticket.validity)


# -- Who is asked ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Who writes, by which headers; which mail carries a link, "" if none does."""

    id: str
    carries: str = ""
    sender: str = BOSS
    headers: dict[str, str] = field(default_factory=dict)
    queue: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    known_as: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case("13: somebody unknown", "request_received"),
    Case("13: an authorised address", sender="tech@agency.example"),
    Case("13: an authorised domain", sender="any@miodominio.example"),
    Case("19: a primary address", sender="office@acme.example"),
    Case("A05: by domain alone", "request_received", sender="new@acme.example"),
    Case("T18: added as a person", "request_received", queue={"auto_add": True}),
    Case("no confirmation is due", "verification", queue={"confirmation": False}),
    Case("the policy accepts", queue={"unknown_senders": "accept"}),
    Case("nothing is sent", settings={"notifications": False}),
    Case("automatic", headers={"auto_submitted": "auto-generated"}),
    Case("bulk", headers={"precedence": "bulk"}),
    Case("a list", headers={"list_id": "<news.agency.example>"}),
    Case("a machine", sender="mailer-daemon@agency.example"),
    Case("without an address", sender='"Nobody"'),
    Case("null sender", headers={"return_path": "<>"}),
    Case("19: failing authentication", headers={"authentication_results": FAILING}),
    Case("failing, without confirmations", headers={"authentication_results": FAILING}, queue={"confirmation": False}),
    Case("shared", known_as={"shared": True}),
    Case("an agent", sender="anna@helpdesk.example"),
    Case("too many already", settings={"automatic_mails_per_hour": 0}),
    Case("reachable again, because it wrote", "request_received", known_as={"undeliverable": True}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_who_is_asked_to_confirm_the_address(case: Case, acme: Customer, anna: User, support: Mailbox) -> None:
    # A05, A09, SC13, L43
    support.authserv_id = "mx.helpdesk.example"
    support.save()
    for kind, value in (("address", "tech@agency.example"), ("domain", "miodominio.example")):
        AuthorisedSender.objects.create(customer=acme, kind=kind, value=value)
    Queue.objects.update(**case.queue)
    TicketSettings.objects.update_or_create(pk=1, defaults=case.settings)
    if case.known_as:
        Recipient.objects.create(address=case.sender, **case.known_as)
    raw = mail(From=case.sender, **case.headers)
    foreseen = dry_run(raw)
    row = arrive(raw, mailbox=support)
    assert row.outcome in (Outcome.TICKET, Outcome.AUTOMATIC), row.traceback

    carriers = list(Outbox.objects.filter(text__contains="/portal/verify/").values_list("kind", flat=True))
    assert carriers == [case.carries] * bool(case.carries)
    assert VerificationRequest.objects.count() == len(carriers)
    assert Event.objects.filter(kind=Event.Kind.VERIFY_ASKED).count() == len(carriers)
    if not case.known_as.get("undeliverable"):  # that it wrote makes it reachable, which a dry run does not do
        asks = [str(each.copy.kind) for each in foreseen.told if each.copy.asks and not each.withheld]
        assert asks == carriers


def test_a_dry_run_says_that_the_sender_would_be_asked_and_issues_no_link(ada: User) -> None:
    steps = {line.label: line.answer for line in describe(dry_run(mail(From=BOSS)), ada).steps}
    assert steps["Is the sender asked to confirm the address?"].startswith("Yes")
    assert not VerificationRequest.objects.exists()


def test_whom_an_agent_passes_on_is_not_asked(support: Mailbox, anna: User) -> None:
    support.authserv_id = "mx.helpdesk.example"
    support.save()
    text = (
        f"---------- Forwarded message ---------\r\nFrom: Boss <{BOSS}>\r\nDate: Fri, 20 Nov 2026\r\n"
        "Subject: Printer\r\nTo: Anna <anna@helpdesk.example>\r\n\r\nIt is broken."
    )
    vouched = "mx.helpdesk.example; dmarc=pass"
    raw = mail(text, From=anna.email, subject="Fwd: Printer", authentication_results=vouched)
    row = arrive(raw, mailbox=support)
    assert row.ticket
    assert row.ticket.requester
    assert row.ticket.requester.address == BOSS
    assert not VerificationRequest.objects.exists()


def test_a_mail_that_is_replayed_or_old_is_not_confirmed_and_asks_nobody(ada: User) -> None:
    for queue in (Queue.objects.all(), Queue.objects.all()):
        queue.update(confirmation=not queue.get().confirmation)
        raw = mail(From=BOSS)
        row = take_in(raw, mailbox=Mailbox.objects.get())
        InboundEmail.objects.filter(pk=row.pk).update(received_at=timezone.now() - timedelta(days=8))
        row.refresh_from_db()
        assert pipeline.deliver(row, raw).outcome == Outcome.TICKET
    again = arrive(mail(From=BOSS), mailbox=Mailbox.objects.get())
    Ticket.objects.filter(pk=again.ticket_id).delete()
    VerificationRequest.objects.all().delete()
    Outbox.objects.all().delete()
    again.refresh_from_db()
    retries.replay(again, ada)
    assert not VerificationRequest.objects.exists()
    assert not Outbox.objects.filter(recipient=BOSS).exists()
    opened = Event.objects.filter(kind=Event.Kind.OPENED).order_by("-pk")[0]
    assert opened.data["withheld"] == [[BOSS, "late"]]


def test_a_forged_senders_words_are_not_repeated_if_the_settings_say_so() -> None:
    TicketSettings.objects.update_or_create(pk=1, defaults={"echo_request": False})
    for confirmation in (True, False):
        Queue.objects.update(confirmation=confirmation)
        said = asking(wrote(f"a{confirmation}@agency.example", subject="BUY NOW"))
        assert "BUY NOW" not in said.subject + said.text + said.html
        assert "If you did not write to us, do nothing:" in said.text


@pytest.mark.parametrize("language", ["en", "de", "it", "pl", "ru"])
@pytest.mark.parametrize("confirmation", [True, False])
def test_the_mail_and_its_page_speak_the_language_of_the_queue(language: str, confirmation: bool) -> None:
    Queue.objects.update(language=language, confirmation=confirmation)
    said = asking(wrote(subject="Drucker"))
    assert said.kind == ("request_received" if confirmation else "verification")
    assert "Drucker" in said.text
    page = Client(headers={"accept-language": "fr"}).get(path(said))
    assert f'lang="{language}"' in page.content.decode()[:100]


def test_two_helpdesks_that_verify_do_not_verify_each_other_for_ever() -> None:
    # L21, L22
    ours = asking(wrote())
    theirs = compose(ours, Identities.load().of(ours)).replace(b"X-Helpdesk-Loop", b"X-Other")
    theirs = re.sub(rb"(?m)^(From|Sender|Message-ID):.*$", rb"\1: <other@desk.example>", theirs)
    theirs = re.sub(rb"(?m)^Subject:.*$", b"Subject: Please confirm", theirs)
    before = Outbox.objects.filter(to_staff=False).count()
    row = arrive(theirs, mailbox=Mailbox.objects.get())
    assert row.outcome == Outcome.HELD  # it is automatic, and of somebody who is not the requester
    assert Outbox.objects.filter(to_staff=False).count() == before
    for _each in range(15):  # and one that does not mark its mail is answered no more than the hourly cap says
        wrote("unmarked@desk.example")
    assert VerificationRequest.objects.filter(address="unmarked@desk.example").count() == 10


def test_asking_costs_two_statements_and_another_policy_none(anna: User) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            wrote(BOSS)
        return len(captured)

    wrote(BOSS)
    asked = statements()
    Queue.objects.update(unknown_senders=Queue.UnknownSenders.ACCEPT)
    assert statements() == asked - 2


# -- The click ------------------------------------------------------------------------------------------------------


def test_a_click_verifies_and_assigns_nobody_and_works_once(client: Client) -> None:
    # SC20, S42, S46
    ticket = wrote()
    page = path(asking(ticket))
    shown = client.get(page)
    text = shown.content.decode()
    assert f"#{ticket.number}" in text
    assert ticket.subject in text
    assert "b…s@agency.example" in text
    assert BOSS not in text
    assert "no-store" in shown["Cache-Control"]
    assert shown["Referrer-Policy"] == "strict-origin"
    assert shown["X-Robots-Tag"].startswith("noindex")
    assert client.head(page).status_code == 200
    assert validity(ticket) == "to_verify"  # opening changes nothing: mail scanners do it

    assert "Thank you" in client.post(page).content.decode()
    assert (validity(ticket), ticket.customer) == ("verified", None)
    assert ticket.comments.get().validity == "verified"
    event = Event.objects.get(ticket=ticket, kind=Event.Kind.VALIDITY)
    assert (event.agent, event.recipient) == (None, ticket.requester)

    for answer in (client.post(page), client.get(page)):
        assert answer.status_code == 410
        assert "This link has been used" in answer.content.decode()
    assert Event.objects.filter(kind=Event.Kind.VALIDITY).count() == 1


def test_an_expired_link_is_refused_politely(client: Client) -> None:
    # SC20, S46
    ticket = wrote()
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        answer = client.post(path(asking(ticket)))
    assert answer.status_code == 410
    assert "This link has expired" in answer.content.decode()
    assert validity(ticket) == "to_verify"


def test_a_link_that_nobody_issued_is_not_there(client: Client) -> None:
    answer = client.post("/portal/verify/made-up/")
    assert answer.status_code == 404
    assert "We do not recognise this link" in answer.content.decode()


def test_a_form_of_another_site_cannot_press_the_button() -> None:
    ticket = wrote()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path(asking(ticket))).status_code == 403
    assert validity(ticket) == "to_verify"


def test_a_link_is_for_its_own_ticket_alone(client: Client) -> None:
    first, second = wrote(), wrote()
    client.post(path(asking(first)))
    assert (validity(first), validity(second)) == ("verified", "to_verify")


def test_a_message_in_the_same_name_that_nobody_was_asked_about_is_not_verified(client: Client, anna: User) -> None:
    ticket = wrote(subject="Printer")
    link = path(asking(ticket))
    tag = f"Re: [#{ticket.number}] Printer"
    forged = arrive(mail(From=BOSS, subject=tag, text="Pay to another account."), mailbox=Mailbox.objects.get())
    client.post(link)
    later = arrive(mail(From=BOSS, subject=tag), mailbox=Mailbox.objects.get())
    answers = f"<{asking(ticket).token}@helpdesk.example>"
    own = arrive(mail(From=BOSS, subject=tag, in_reply_to=answers), mailbox=Mailbox.objects.get())
    said = [Comment.objects.get(pk=row.comment_id).validity for row in (forged, later, own)]
    assert (validity(ticket), said) == ("verified", ["to_verify", "to_verify", "verified"])


def test_a_message_that_answers_our_mail_before_the_click_follows_it(client: Client) -> None:
    ticket = wrote(subject="Printer")
    answers = f"<{asking(ticket).token}@helpdesk.example>"
    arrive(mail(From=BOSS, subject="Re: Printer", in_reply_to=answers), mailbox=Mailbox.objects.get())
    client.post(path(asking(ticket)))
    assert set(ticket.comments.values_list("validity", flat=True)) == {"verified"}


def test_the_id_of_a_mail_that_went_to_somebody_else_proves_nothing_before_the_click(
    client: Client, anna: User
) -> None:
    ticket = wrote(subject="Printer")
    link = path(asking(ticket))
    answer = reply(ticket, by=anna, html="<p>Hello</p>", cc=["mallory@evil.example"])
    seen = answer.outbox.get(recipient="mallory@evil.example")
    stolen = f"<{seen.token}@helpdesk.example>"
    forged = arrive(mail(From=BOSS, subject="Re: Printer", in_reply_to=stolen), mailbox=Mailbox.objects.get())
    client.post(link)
    comment = Comment.objects.get(pk=forged.comment_id)
    assert (comment.answers_our_mail, validity(ticket), comment.validity) == (True, "verified", "to_verify")


def test_a_reply_that_fails_authentication_is_never_verified(client: Client, support: Mailbox) -> None:
    ticket = wrote(subject="Printer")
    answers = f"<{asking(ticket).token}@helpdesk.example>"
    client.post(path(asking(ticket)))
    support.authserv_id = "mx.helpdesk.example"
    support.save()
    raw = mail(From=BOSS, subject="Re: Printer", in_reply_to=answers, authentication_results=FAILING)
    row = arrive(raw, mailbox=support)
    assert Comment.objects.get(pk=row.comment_id).validity == "to_verify"


def test_a_ticket_that_was_rejected_or_settled_since_stays_as_it_is(client: Client, acme: Customer, anna: User) -> None:
    rejected, settled = wrote(), wrote()
    reject_sender(rejected, by=anna)
    change_customer(settled, acme, by=anna)
    answer = client.post(path(asking(rejected)))
    assert (answer.status_code, validity(rejected)) == (410, "rejected")
    assert "nothing left to confirm" in answer.content.decode()
    answer = client.post(path(asking(settled)))
    assert (answer.status_code, validity(settled)) == (200, "valid")


def test_what_was_proven_stays_proven_when_the_customer_goes(client: Client, acme: Customer, anna: User) -> None:
    ticket = wrote()
    client.post(path(asking(ticket)))
    change_customer(ticket, acme, by=anna)
    change_customer(ticket, None, by=anna)
    assert validity(ticket) == "verified"


def test_a_merged_tickets_link_counts_for_the_survivor_if_the_requester_is_the_same(client: Client, anna: User) -> None:
    first, second, other = wrote(), wrote(), wrote("else@agency.example")
    merge_ticket(first, into=second, by=anna)
    assert client.post(path(asking(first))).status_code == 200
    assert validity(second) == "verified"
    third = wrote()
    link = path(asking(third))
    merge_ticket(third, into=other, by=anna)
    assert client.post(link).status_code == 410
    assert validity(other) == "to_verify"


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("change", [{"banned": True}, {"shared": True}])
def test_a_link_to_somebody_we_do_not_listen_to_any_more_does_nothing(client: Client, change: dict[str, bool]) -> None:
    ticket = wrote()
    Recipient.objects.filter(address=BOSS).update(**change)
    assert client.post(path(asking(ticket))).status_code == 410
    assert validity(ticket) == "to_verify"


def test_a_link_of_a_former_requester_does_nothing(client: Client) -> None:
    ticket = wrote()
    Ticket.objects.filter(pk=ticket.pk).update(requester=Recipient.objects.create(address="new@agency.example"))
    assert client.post(path(asking(ticket))).status_code == 410
    assert validity(ticket) == "to_verify"


def test_a_link_of_a_deleted_ticket_is_gone(client: Client) -> None:
    ticket = wrote()
    page = path(asking(ticket))
    MailReference.objects.all().delete()
    ticket.delete()
    assert client.get(page).status_code == 404


def test_a_click_that_comes_second_finds_the_link_used() -> None:
    ticket = wrote()
    links = [VerificationRequest.objects.get(ticket=ticket) for _each in range(2)]  # both looked it up before
    assert [confirm(link) for link in links] == [Answer.CONFIRMED, Answer.USED]


CLICK = """
import threading
from django.db import connection
from recipients.models import Recipient
from tickets.sender.verification import confirm
from tickets.models import Queue, Ticket, VerificationRequest

queue = Queue.objects.create(name="Support", is_default=True)
requester = Recipient.objects.create(address="boss@agency.example")
for number in range(%d):
    ticket = Ticket.objects.create(queue=queue, subject="Printer", requester=requester)
    link, _token = VerificationRequest.issue(requester.address, ticket=ticket)
    together, answers = threading.Barrier(4), []

    def click():
        own = VerificationRequest.objects.select_related("ticket").get(pk=link.pk)
        together.wait(timeout=60)
        answers.append(confirm(own))
        connection.close()

    clicks = [threading.Thread(target=click) for _each in range(4)]
    [each.start() for each in clicks]
    [each.join() for each in clicks]
    print(*answers)
"""


@pytest.mark.servers
def test_of_clicks_at_once_one_confirms(house: House) -> None:
    answers = house.run("shell", "-c", CLICK % 5).split()
    assert (answers.count("confirmed"), answers.count("used")) == (5, 15)
    assert house.ask("select count(*) from tickets_event where kind = 'validity'") == [(5,)]


# -- Agents ask -----------------------------------------------------------------------------------------------------


@pytest.fixture
def unasked(queue: Queue) -> Ticket:
    """By somebody unknown, in a queue that asks nobody by itself."""
    Queue.objects.update(unknown_senders=Queue.UnknownSenders.ACCEPT)
    return wrote()


def test_an_agent_asks_by_a_mail_of_its_own(unasked: Ticket, anna: User, client: Client) -> None:
    ask_to_verify(unasked, by=anna)
    said = asking(unasked)
    assert (said.kind, said.recipient, said.is_automatic) == ("verification", BOSS, True)
    assert Event.objects.get(kind=Event.Kind.VERIFY_ASKED).agent == anna
    client.post(path(said))
    assert validity(unasked) == "verified"


def test_an_agent_asks_three_times_at_most_and_once_an_hour(unasked: Ticket, anna: User) -> None:
    start = timezone.now()
    for hours in range(3):
        with time_machine.travel(start + timedelta(hours=2 * hours), tick=False):
            ask_to_verify(unasked, by=anna)
            with pytest.raises(NotAllowed, match=r"less than an hour ago|enough"):
                ask_to_verify(unasked, by=anna)
    with time_machine.travel(start + timedelta(days=30)), pytest.raises(NotAllowed, match="enough"):
        ask_to_verify(unasked, by=anna)
    assert VerificationRequest.objects.count() == 3


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "shared": ({"shared": True}, "shared by many"),
    "banned": ({"banned": True}, "banned"),
    "undeliverable": ({"undeliverable": True}, "could not be delivered"),
    "an agent": ({"address": "anna@helpdesk.example"}, "works here"),
    "ours": ({"address": "support@helpdesk.example"}, "helpdesk itself"),
}


@pytest.mark.each_case_asks_more
@pytest.mark.parametrize("why", REFUSED)
def test_an_agent_cannot_ask_where_a_click_would_prove_nothing(why: str, unasked: Ticket, anna: User) -> None:
    change, sentence = REFUSED[why]
    Recipient.objects.filter(address=BOSS).update(**change)
    with pytest.raises(NotAllowed, match=sentence):
        ask_to_verify(unasked, by=anna)
    assert not VerificationRequest.objects.exists()
    assert not Event.objects.filter(kind=Event.Kind.VERIFY_ASKED).exists()


def test_an_agent_cannot_ask_machines_forged_senders_or_beyond_the_hourly_cap(
    unasked: Ticket, anna: User, support: Mailbox
) -> None:
    machine = wrote(auto_submitted="auto-generated")
    with pytest.raises(NotAllowed, match="Automatic mail"):
        ask_to_verify(machine, by=anna)
    support.authserv_id = "mx.helpdesk.example"
    support.save()
    with pytest.raises(NotAllowed, match="may be forged"):
        ask_to_verify(wrote(authentication_results=FAILING), by=anna)
    TicketSettings.objects.update_or_create(pk=1, defaults={"automatic_mails_per_hour": 1})
    with pytest.raises(NotAllowed, match="per hour"):
        ask_to_verify(unasked, by=anna)
    TicketSettings.objects.update(notifications=False)
    with pytest.raises(NotAllowed, match="switched off"):
        ask_to_verify(unasked, by=anna)
    assert not VerificationRequest.objects.exists()


def test_a_sender_who_is_valid_needs_not_be_asked(carla: Customer, anna: User) -> None:
    with pytest.raises(NotAllowed, match="nothing to confirm"):
        ask_to_verify(wrote("carla@acme.example"), by=anna)
