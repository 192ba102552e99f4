"""The recipients' three stories, mail by mail: a new address is paired, two addresses write, partners look on.

Each counts every mail that is written.
"""

import pytest

from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.tests.mails import arrive, mail
from recipients.decisions import actions
from recipients.models import Customer, CustomerAddress, Partner, Recipient, RecipientChange, User
from tickets.conversation.replying import reply
from tickets.customers import pairing
from tickets.models import Outbox, Ticket, TicketSettings
from tickets.models.work.errors import NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

ADMIN, ADDRESS1, ADDRESS2 = "admin@brightwater.example", "one@z.example", "two@z.example"


@pytest.fixture
def party(db: None) -> Customer:
    """A customer with a profile Email and a billing email, and an Admin email that is told of everything."""
    TicketSettings.objects.update_or_create(pk=1, defaults={"admin_email": ADMIN})  # R21
    customer = Customer.objects.create(name="Ugo Rossi", billing_email="billing@z.example")
    CustomerAddress.objects.create(customer=customer, address="profile@ugo.example", is_primary=True)
    return customer


def by(sender: str, subject: str, answers: Outbox | None = None) -> InboundEmail:
    headers = {"in_reply_to": f"<{answers.token}@helpdesk.example>"} if answers else {}
    return arrive(mail(From=sender, subject=subject, **headers), mailbox=Mailbox.objects.get())


def mails() -> list[tuple[str, str]]:
    return sorted(Outbox.objects.values_list("kind", "recipient"))


def pair(address: str, customer: Customer, agent: User) -> None:
    pairing.pair(Recipient.objects.filter(address=address), customer, by=agent)


def test_story_one_an_unknown_address_is_paired_and_an_admin_answers_by_mail(party: Customer, superuser: User) -> None:
    superuser.notify_new_tickets = superuser.notify_messages = False
    superuser.save()
    row = by(ADDRESS1, "Slow line")  # R02
    assert (row.outcome, row.ticket.customer) == (Outcome.TICKET, None)
    assert mails() == [("new_ticket", ADMIN), ("request_received", ADDRESS1)]  # R22, R24

    pair(ADDRESS1, party, superuser)  # R03
    row.ticket.refresh_from_db()
    assert row.ticket.customer == party
    assert len(mails()) == 2  # pairing itself tells nobody

    answer = by(ADMIN, f"Re: [#{row.ticket.pk}] Slow line", Outbox.objects.get(recipient=ADMIN))  # R23
    assert answer.comment.kind == "agent"
    assert mails() == [
        ("new_message", ADDRESS1),  # R06, R24
        ("new_message", "profile@ugo.example"),  # R25, and nothing to the billing email: R26
        ("new_ticket", ADMIN),
        ("request_received", ADDRESS1),
    ]
    assert by(ADDRESS1, "Another matter").ticket.customer == party  # R04


def test_story_two_two_addresses_of_one_customer_share_a_ticket(party: Customer, superuser: User) -> None:
    Recipient.objects.known(ADDRESS1)
    Recipient.objects.known(ADDRESS2)
    pair(ADDRESS1, party, superuser)
    pair(ADDRESS2, party, superuser)  # R27
    ticket = by(ADDRESS1, "Slow line").ticket
    reply(ticket, by=superuser, html="<p>We look at it.</p>")
    notification = Outbox.objects.get(kind="new_message", recipient=ADDRESS1)

    same = by(ADDRESS2, "Re: Slow line", notification)  # R28
    assert (same.outcome, same.ticket) == (Outcome.COMMENT, ticket)
    other = by(ADDRESS2, "Invoice", notification)  # R29
    assert (other.outcome, other.ticket.customer) == (Outcome.TICKET, party)
    assert other.ticket != ticket
    assert not Outbox.objects.filter(recipient="billing@z.example").exists()  # R26


def test_story_three_who_sees_the_ticket_of_a_new_sender(
    party: Customer, anna: User, superuser: User, ada: User, main_partner: Partner
) -> None:  # R30, R31, SC54
    anna.partner = main_partner
    anna.save()
    ticket = by(ADDRESS1, "Slow line").ticket
    seen_by = [user for user in (anna, ada, superuser) if Ticket.objects.visible_to(user).exists()]
    assert seen_by == [ada, superuser]
    assert not Outbox.objects.filter(recipient=anna.email).exists()
    with pytest.raises(NotAllowed):
        ticket.assign(anna, by=superuser)
    party.partner = main_partner
    party.save()
    pair(ADDRESS1, party, superuser)
    assert Ticket.objects.visible_to(anna).get() == ticket
    ticket.refresh_from_db()
    ticket.assign(anna, by=superuser)


def test_a_banned_address_is_heard_again_from_the_next_mail_on(party: Customer, superuser: User) -> None:
    """R09, R10, SC26."""
    Recipient.objects.known(ADDRESS1)
    pair(ADDRESS1, party, superuser)
    banned = Recipient.objects.filter(address=ADDRESS1)
    actions.ban(banned, by=superuser)
    assert [by(ADDRESS1, subject).outcome for subject in ("One", "Two")] == [Outcome.BANNED] * 2
    actions.unban(banned, by=superuser)
    assert not Ticket.objects.exists()
    assert by(ADDRESS1, "Three").ticket.customer == party
    assert InboundEmail.objects.count() == 3
    assert RecipientChange.objects.count() == 3
