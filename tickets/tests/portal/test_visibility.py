"""Who reads what in the portal? Every address of it, for customers, colleagues, strangers and former ones."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.tests.tokens import without_tokens
from recipients.matching.validity import Validity
from recipients.models import CompanyRight, Customer, CustomerAddress, Recipient, User
from recipients.portal.links import may_sign_in
from tickets.conversation.merge_tickets import merge_ticket
from tickets.customers.merge_customers import merge
from tickets.models import Attachment, Comment, Queue, Status, Ticket, TicketSettings
from tickets.tests.conftest import NOBODY, Enter, MakeComment, MakeTicket

MakeFile = Callable[..., Attachment]
CARLA, OFFICE, MALLORY = "carla@acme.example", "office@acme.example", "mallory@evil.example"


@pytest.fixture(autouse=True)
def _nothing_waits(db: None) -> None:
    TicketSettings.objects.create(pk=1, undo_seconds=0)


@pytest.fixture
def said(make_comment: MakeComment) -> MakeComment:
    """Makes messages that came from the address book: those of customers have a recipient as their writer."""

    def make(ticket: Ticket, text: str, kind: str = "customer", **fields: object) -> Comment:
        if kind == "customer":
            fields.setdefault("author_address", CARLA)
            fields.setdefault("recipient", Recipient.objects.known(str(fields["author_address"])))
        return make_comment(ticket, text, kind=kind, **fields)

    return make


def numbers(client: Client, query: str = "") -> list[int]:
    response = client.get(f"/portal/{query}")
    assert response.status_code == 200
    return [row.record.pk for row in response.context["table"].paginated_rows]


def page(client: Client, ticket: Ticket) -> str:
    response = client.get(f"/portal/tickets/{ticket.number}/")
    assert response.status_code == 200
    return without_tokens(response.content.decode())


def statuses(client: Client, ticket: Ticket, file: Attachment) -> set[int]:
    start = f"/portal/tickets/{ticket.number}/"
    return {
        client.get(start).status_code,
        client.get(f"{start}files/{file.pk}/").status_code,
        client.post(f"{start}reply/", {"text": "I am in"}).status_code,
        client.post(f"{start}solved/").status_code,
    }


def test_who_has_not_signed_in_is_sent_to_the_sign_in_page_and_back(client: Client, make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    for path in ("", "tickets/new/", f"tickets/{ticket.number}/", f"tickets/{ticket.number}/files/1/"):
        assert client.get(f"/portal/{path}")["Location"].startswith("/portal/sign-in/?next=%2Fportal%2F")
    for path in ("tickets/new/", f"tickets/{ticket.number}/reply/", f"tickets/{ticket.number}/solved/"):
        assert client.post(f"/portal/{path}", {"text": "x"})["Location"].startswith("/portal/sign-in/")
    assert not Comment.objects.exists()


def test_a_visitor_sees_their_own_requests_with_what_is_open_first(
    enter: Enter, make_ticket: MakeTicket, carla: Customer
) -> None:
    closed, solved = make_ticket("Closed", status="closed"), make_ticket("Solved", status="solved")
    waiting, new = make_ticket("Waiting", status="waiting"), make_ticket("New")
    make_ticket("Mallory's", requester=Recipient.objects.known(MALLORY))
    client = enter(CARLA)
    assert numbers(client) == [new.pk, waiting.pk, solved.pk, closed.pk]
    assert numbers(client, "?show=open") == [new.pk, waiting.pk]
    assert numbers(client, "?show=done") == [solved.pk, closed.pk]
    text = client.get("/portal/").content.decode()
    assert "Waiting for your answer" in text
    assert "Asked by" not in text
    assert "Mallory" not in text


def test_an_empty_list_says_what_to_do_next(enter: Enter) -> None:
    client = enter(MALLORY)
    assert "Ask us something here" in client.get("/portal/").content.decode()
    assert "Show all requests" in client.get("/portal/?show=open").content.decode()


def test_the_list_takes_as_many_queries_for_fifty_requests_as_for_one(
    enter: Enter, make_ticket: MakeTicket, acme: Customer
) -> None:
    client = enter(OFFICE)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            numbers(client)
        return len(queries)

    make_ticket(customer=acme)
    before = count()
    for n in range(60):
        make_ticket(f"Request {n}", customer=acme, requester=Recipient.objects.known(f"p{n}@acme.example"))
    assert count() == before <= 7
    assert len(numbers(client)) == 50
    assert len(numbers(client, "?page=2")) == 11


def test_a_request_takes_as_many_queries_with_fifty_messages_as_with_one(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment, make_file: MakeFile, anna: User
) -> None:
    ticket, client = make_ticket(), enter(CARLA)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, ticket)
        return len(queries)

    make_file(said(ticket, "First"), "a.txt", b"a", "text/plain")
    before = count()
    for n in range(24):
        make_file(said(ticket, f"Message {n:02d}"), "a.txt", b"a", "text/plain")
        said(ticket, f"Answer {n:02d}", kind="agent", agent=anna)
    assert count() == before + 1 <= 10, "that the answers were seen is written once"
    assert count() == before
    for n in range(10):
        said(ticket, f"Later {n:02d}")
    text = page(client, ticket)
    assert "First" not in text
    earlier = client.get(
        f"/portal/tickets/{ticket.number}/?before={client.get(f'/portal/tickets/{ticket.number}/').context['conversation'].earlier}"
    )
    assert "First" in earlier.content.decode()


# -- Whose tickets --------------------------------------------------------------------------------------------------


def test_a_company_reads_what_is_certainly_its_peoples(
    enter: Enter, make_ticket: MakeTicket, acme: Customer, carla: Customer
) -> None:
    certain = make_ticket("Certain", customer=carla)
    verified = make_ticket("Verified", customer=acme, validity=Validity.VERIFIED, customer_source="agent")
    make_ticket("Clicked, and by domain", customer=acme, validity=Validity.VERIFIED)
    make_ticket(
        "By domain", customer=acme, validity=Validity.TO_VERIFY, requester=Recipient.objects.known("x@acme.example")
    )
    make_ticket(
        "Rejected", customer=acme, validity=Validity.REJECTED, requester=Recipient.objects.known("x@acme.example")
    )
    client = enter(OFFICE)
    assert set(numbers(client)) == {certain.pk, verified.pk}
    assert "Asked by" in client.get("/portal/").content.decode()
    assert "Carla Conti" in page(client, certain)


@pytest.mark.parametrize(
    ("right", "sees"), [(CompanyRight.NONE, False), (CompanyRight.READ, True), (CompanyRight.MANAGE, True)]
)
def test_a_person_reads_the_companys_tickets_by_right_alone(
    enter: Enter,
    make_ticket: MakeTicket,
    make_file: MakeFile,
    said: MakeComment,
    acme: Customer,
    carla: Customer,
    right: str,
    sees: bool,
) -> None:
    bob = Customer.objects.create(name="Bob", company=acme, company_right=right)
    CustomerAddress.objects.create(customer=bob, address="bob@acme.example", is_primary=True)
    of_carla, of_acme = make_ticket(customer=carla), make_ticket(customer=acme)
    client = enter("bob@acme.example")
    assert set(numbers(client)) == ({of_carla.pk, of_acme.pk} if sees else set())
    file = make_file(said(of_carla, "Hello"), "a.txt", b"x", "text/plain")
    assert statuses(client, of_carla, file) == ({200, 302} if sees else {404})


def test_a_right_ends_the_moment_it_is_taken_away(
    enter: Enter, make_ticket: MakeTicket, make_file: MakeFile, said: MakeComment, acme: Customer, carla: Customer
) -> None:
    ticket = make_ticket(customer=carla)
    file = make_file(said(ticket, "Hello"), "a.txt", b"x", "text/plain")
    office = enter(OFFICE)
    assert page(office, ticket)
    CustomerAddress.objects.filter(address=OFFICE).delete()
    assert statuses(office, ticket, file) == {404}
    assert numbers(office) == []
    bob = Customer.objects.create(name="Bob", company=acme, company_right=CompanyRight.READ)
    CustomerAddress.objects.create(customer=bob, address="bob@acme.example", is_primary=True)
    client = enter("bob@acme.example")
    assert page(client, ticket)
    Customer.objects.filter(pk=bob.pk).update(company_right=CompanyRight.NONE)
    assert statuses(client, ticket, file) == {404}
    assert Comment.objects.count() == 1


def test_an_address_that_was_banned_or_shared_meanwhile_is_out(enter: Enter, make_ticket: MakeTicket) -> None:
    ticket, client = make_ticket(), enter(CARLA)
    assert page(client, ticket)
    for change in ({"banned": True}, {"banned": False, "shared": True}):
        Recipient.objects.filter(address=CARLA).update(**change)
        answer = client.post(f"/portal/tickets/{ticket.number}/reply/", {"text": "Hello"})
        assert answer["Location"].startswith("/portal/sign-in/")
    assert not Comment.objects.exists()


def test_another_customers_session_opens_nothing(
    enter: Enter, make_ticket: MakeTicket, make_file: MakeFile, said: MakeComment, carla: Customer
) -> None:
    other = Customer.objects.create(name="Mallory")
    CustomerAddress.objects.create(customer=other, address=MALLORY, is_primary=True)
    ticket = make_ticket(customer=carla)
    file = make_file(said(ticket, "Secret"), "a.txt", b"x", "text/plain")
    mine = make_ticket("Mine", requester=Recipient.objects.known(MALLORY))
    client = enter(MALLORY)
    assert statuses(client, ticket, file) == {404}
    assert client.get(f"/portal/tickets/{mine.number}/files/{file.pk}/").status_code == 404
    assert client.get(f"/portal/tickets/{10**30}/").status_code == 404
    assert client.get("/portal/tickets/0/").status_code == 404
    assert client.get(f"/tickets/{ticket.number}/")["Location"].startswith("/accounts/login/")
    assert Comment.objects.count() == 1
    ticket.refresh_from_db()
    assert ticket.status == "new"


def test_an_agent_who_is_signed_in_is_no_visitor(as_anna: Client, make_ticket: MakeTicket) -> None:
    ticket = make_ticket()
    assert as_anna.get(f"/portal/tickets/{ticket.number}/")["Location"].startswith("/portal/sign-in/")


def test_a_merged_request_leads_to_where_it_goes_on_if_that_may_be_seen(
    enter: Enter, make_ticket: MakeTicket, carla: Customer, anna: User
) -> None:
    merged, survivor = make_ticket("Twice", customer=carla), make_ticket("Once", customer=carla)
    merge_ticket(merged, into=survivor, by=anna)
    client = enter(CARLA)
    assert client.get(f"/portal/tickets/{merged.number}/")["Location"] == f"/portal/tickets/{survivor.number}/"
    assert numbers(client) == [survivor.pk]
    hidden = make_ticket("Hidden", requester=Recipient.objects.known(MALLORY))
    gone = make_ticket("Gone")
    merge_ticket(gone, into=hidden, by=anna)
    assert client.get(f"/portal/tickets/{gone.number}/").status_code == 404
    assert client.post(f"/portal/tickets/{gone.number}/reply/", {"text": "Where?"}).status_code == 404
    assert not Comment.objects.exists()


def test_a_merged_customers_tickets_are_those_of_the_one_they_go_on_as(
    enter: Enter, make_ticket: MakeTicket, carla: Customer, superuser: User
) -> None:
    twin = Customer.objects.create(name="Carla C.")
    CustomerAddress.objects.create(customer=twin, address="carla@home.example", is_primary=True)
    ticket = make_ticket(customer=twin, requester=Recipient.objects.known("someone@else.example"))
    client = enter(CARLA)
    assert numbers(client) == []
    merge(twin, carla, by=superuser)
    assert numbers(client) == [ticket.pk]
    assert numbers(enter("carla@home.example")) == [ticket.pk]


# -- What of a ticket -----------------------------------------------------------------------------------------------


def test_nothing_internal_is_in_the_page(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment, make_file: MakeFile, carla: Customer, anna: User
) -> None:
    match = {
        **NOBODY,
        "candidates": [{"customer": 1, "name": "Rival Inc", "step": "exact", "evidence": "", "rejected": ""}],
    }
    ticket = make_ticket("Invoice", customer=carla, assignee=anna)
    Ticket.objects.filter(pk=ticket.pk).update(match=match)
    said(ticket, "A question", quoted="> the quoted part", reply="A question")
    said(
        ticket,
        "An answer",
        kind="agent",
        agent=anna,
        author_name="Anna Berg",
        author_address="anna@helpdesk.example",
        html="<p>An <b>answer</b></p>",
    )
    said(
        ticket,
        "By mail",
        kind="agent",
        author_address="boss@helpdesk.example",
        quoted="> NOTICETOSTAFF",
        reply="By mail",
        message_id="x@y",
    )
    secrets = [
        said(ticket, "NOTETEXT", kind="note", agent=anna),
        said(ticket, "HELDTEXT", is_held=True, held_reason="HELDREASON", author_address=MALLORY),
        said(ticket, "REJECTEDTEXT", is_public=False, held_reason="REJECTREASON"),
        said(ticket, "BOUNCETEXT", kind="bounce"),
        said(ticket, "AUTOMATICTEXT", kind="automatic"),
        said(ticket, "PASSEDON", recipient=None, author_address="anna@helpdesk.example", author_name="Anna Berg"),
    ]
    files = [make_file(comment, f"secret{comment.pk}.txt", b"secret", "text/plain") for comment in secrets]
    ticket.set_tags(["VIPCUSTOMER"], by=anna)
    ticket.set_priority(4, by=anna)
    client = enter(CARLA)
    text = page(client, ticket)
    for shown in ("A question", "the quoted part", "An <b>answer</b>", "Anna Berg", "By mail", "Our team", ">You<"):
        assert shown in text
    internal = "NOTETEXT HELD REJECT BOUNCETEXT AUTOMATIC PASSEDON NOTICETOSTAFF Rival VIPCUSTOMER Urgent secret"
    for word in (*internal.split(), "helpdesk.example", MALLORY):
        assert word not in text, word
    for file in files:
        assert client.get(f"/portal/tickets/{ticket.number}/files/{file.pk}/").status_code == 404


def test_an_answer_that_may_still_be_taken_back_is_not_shown_yet(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment, make_file: MakeFile, anna: User
) -> None:
    TicketSettings.objects.update(undo_seconds=60)
    ticket, client = make_ticket(), enter(CARLA)
    file = make_file(said(ticket, "Hasty words", kind="agent", agent=anna), "a.txt", b"x", "text/plain")
    assert "Hasty" not in page(client, ticket)
    assert client.get(f"/portal/tickets/{ticket.number}/files/{file.pk}/").status_code == 404
    TicketSettings.objects.update(undo_seconds=0)
    assert "Hasty" in page(client, ticket)


def test_an_agent_without_a_name_is_our_team(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment, anna: User
) -> None:
    User.objects.update(first_name="", last_name="")
    anna.refresh_from_db()
    ticket = make_ticket()
    said(ticket, "Hello", kind="agent", agent=anna, author_name="anna@helpdesk.example", author_address=anna.email)
    said(ticket, "Held, then accepted", author_address="anna@helpdesk.example", author_name="")
    text = page(enter(CARLA), ticket)
    assert "anna@helpdesk.example" not in text
    assert text.count("<strong>Our team</strong>") == 2


def test_a_forged_mail_in_the_visitors_name_is_not_theirs(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment
) -> None:
    ticket = make_ticket()
    said(ticket, "Pay to another account", verdict={"failed": True}, author_name="Carla Conti")
    text = page(enter(CARLA), ticket)
    assert "<strong>Carla Conti</strong>" in text
    assert "<strong>You</strong>" not in text


def test_no_script_of_a_mail_or_an_agent_runs(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment, make_file: MakeFile, anna: User
) -> None:
    attack = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    ticket = make_ticket(f"Subject {attack}")
    hello = said(ticket, f"Text {attack} javascript:alert(3)", author_name=attack, html=attack)
    said(
        ticket,
        "x",
        kind="agent",
        agent=anna,
        html=f'<p onclick="alert(4)">Hi</p><a href="javascript:alert(5)">x</a>{attack}',
    )
    make_file(hello, '"><script>alert(6)</script>.txt', b"x", "text/plain")
    client = enter(CARLA)
    for text in (page(client, ticket), client.get("/portal/").content.decode()):
        for part in ("<script>alert", "<img src=x", "onclick", 'href="javascript'):
            assert part not in text
        assert "Subject &lt;script&gt;" in text


def test_a_file_comes_with_the_same_safety_as_for_agents(
    enter: Enter, as_anna: Client, make_ticket: MakeTicket, said: MakeComment, make_file: MakeFile
) -> None:
    ticket, client = make_ticket(), enter(CARLA)
    comment = said(ticket, "Files")
    for name, kind in (
        ("a.png", "image/png"),
        ("a.html", "text/html"),
        ("a.svg", "image/svg+xml"),
        ("a.pdf", "application/pdf"),
    ):
        file = make_file(comment, name, b"<script>", kind)
        for query in ("", "?show=1"):
            theirs = as_anna.get(f"/tickets/{ticket.number}/attachments/{file.pk}/{query}")
            ours = client.get(f"/portal/tickets/{ticket.number}/files/{file.pk}/{query}")
            for header in ("Content-Type", "Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options"):
                assert ours[header] == theirs[header]
            assert "no-store" in ours["Cache-Control"]
            assert b"".join(ours.streaming_content) == b"<script>"


def test_pictures_of_a_mail_are_listed_below_it(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment, make_file: MakeFile
) -> None:
    ticket = make_ticket()
    mail = said(ticket, "See the picture", html='<p>See <img src="cid:logo"></p>')
    make_file(mail, "photo.png", b"PNG", "image/png", inline=True, cid="logo")
    text = page(enter(CARLA), ticket)
    assert "photo.png" in text
    assert "<iframe" not in text


# -- Searching ------------------------------------------------------------------------------------------------------


def test_words_that_a_customer_may_not_read_lead_to_nothing(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment, anna: User, queue: Queue
) -> None:
    ticket = make_ticket("Printer on fire")
    said(ticket, "It smokes wildly")
    said(
        ticket, "Turn it off", kind="agent", agent=anna, author_name="Anna Berg", author_address="anna@helpdesk.example"
    )
    said(ticket, "Notewords", kind="note", agent=anna)
    said(ticket, "Heldwords", is_held=True)
    said(ticket, "Rejectedwords", is_public=False, held_reason="x")
    said(ticket, "Passedwords", recipient=None)
    said(ticket, "Automaticwords", kind="automatic")
    ticket.set_tags(["Tagwords"], by=anna)
    hidden = make_ticket("Printer of Mallory", requester=Recipient.objects.known(MALLORY))
    client = enter(CARLA)
    for found in ("printer", "smokes wild", "turn off", str(ticket.number), "carla"):
        assert numbers(client, f"?text={found}") == [ticket.pk], found
    unread = "notewords heldwords rejectedwords passedwords automaticwords tagwords helpdesk anna mallory ?!"
    for words in (*unread.split(), str(hidden.number)):
        assert numbers(client, f"?text={words}") == [], words


def test_a_new_answer_is_marked_until_it_is_read(
    enter: Enter, make_ticket: MakeTicket, said: MakeComment, anna: User
) -> None:
    ticket, other = make_ticket("Printer"), make_ticket("Scanner")
    said(ticket, "An old answer", kind="agent", agent=anna, created_at=timezone.now() - timedelta(days=1))
    client = enter(CARLA)

    def marked() -> list[int]:
        rows = client.get("/portal/").context["table"].paginated_rows
        return [row.record.pk for row in rows if row.record.has_news]

    assert marked() == [], "what was said before the portal was opened is not new"
    said(ticket, "We are on our way.", kind="agent", agent=anna)
    said(other, "Nobody has answered.")
    said(other, "Not for you.", kind="note", agent=anna, is_public=False)
    assert marked() == [ticket.pk]
    assert "New answer" in client.get("/portal/").content.decode()
    page(client, ticket)
    assert marked() == []


def test_finished_requests_stand_below_a_heading(enter: Enter, make_ticket: MakeTicket) -> None:
    make_ticket("Scanner", status=Status.SOLVED)
    make_ticket("Screen", status=Status.CLOSED)
    client = enter(CARLA)
    make_ticket("Printer")
    html = client.get("/portal/").content.decode()
    assert html.index("Printer") < html.index('class="row-heading"') < html.index("Scanner")
    assert html.count('class="row-heading"') == 1
    assert "row-heading" not in client.get("/portal/?show=open").content.decode()


def test_googles_two_domains_are_one_mailbox_and_no_two_people(enter: Enter, make_ticket: MakeTicket) -> None:
    # S35
    max_muster = Recipient.objects.known("max@googlemail.com", "Max")
    ticket = make_ticket(requester=max_muster)
    Comment.objects.create(ticket=ticket, kind="customer", author_address=max_muster.address, recipient=max_muster)
    assert may_sign_in("max@gmail.com")
    client = enter("max@gmail.com")
    assert ">You<" in client.get(f"/portal/tickets/{ticket.number}/").content.decode()
    assert enter("m.ax@gmail.com").get(f"/portal/tickets/{ticket.number}/").status_code == 404  # nobody must guess that
    Recipient.objects.filter(pk=max_muster.pk).update(banned=True)
    assert client.get(f"/portal/tickets/{ticket.number}/").status_code == 302
    assert not may_sign_in("max@gmail.com")
