"""Can an agent accept or reject a sender who is to be verified, and does the customer hear of the ticket only then?"""

import pytest
from django.test import Client

from recipients.models import Customer, Partner, User
from tickets.conversation.replying import reply
from tickets.models import Event, Outbox, Queue, Ticket
from tickets.models.work.errors import NotAllowed
from tickets.sender.acceptance import accept_sender, reject_sender
from tickets.tests.mails import mail, sent, take

pytestmark = pytest.mark.django_db
PROFILE = "office@acme.example"


@pytest.fixture
def to_verify(queue: Queue, acme: Customer) -> Ticket:
    """By somebody whom only the domain speaks for."""
    ticket = take(mail("new@acme.example", "Please change our bank account")).ticket
    assert (ticket.customer, ticket.validity) == (acme, "to_verify")
    return ticket


def told(ticket: Ticket, by: User) -> bool:
    """Whether the customer's profile Email gets an agent's answer."""
    reply(ticket, by=by, html="<p>Done.</p>")
    return PROFILE in sent(ticket, Outbox.Kind.NEW_MESSAGE)


def test_an_accepted_sender_is_valid_and_the_profile_email_is_told(
    as_anna: Client, anna: User, to_verify: Ticket
) -> None:
    # A05, R25, S42
    assert not told(to_verify, anna)
    page = as_anna.post(f"/tickets/{to_verify.pk}/sender/accept/", follow=True)
    to_verify.refresh_from_db()
    assert to_verify.validity == "valid"
    assert told(to_verify, anna)
    assert b"Accept sender" not in page.content
    event = Event.objects.get(ticket=to_verify, kind=Event.Kind.VALIDITY)
    assert (event.agent, event.data) == (anna, {"before": "to_verify", "after": "valid"})
    assert b"set the sender to" in as_anna.get(f"/tickets/{to_verify.pk}/history/").content


def test_a_rejected_sender_is_shown_and_the_profile_email_is_not_told(
    as_anna: Client, anna: User, to_verify: Ticket
) -> None:
    # S42
    html = as_anna.post(f"/tickets/{to_verify.pk}/sender/reject/", follow=True).content.decode()
    to_verify.refresh_from_db()
    assert to_verify.validity == "rejected"
    assert "Rejected" in html
    assert "Reject sender" not in html
    assert "Accept sender" in html  # on second thoughts
    assert not told(to_verify, anna)


@pytest.mark.parametrize(("validity", "is_doubted"), [("to_verify", True), ("verified", False), ("valid", False)])
def test_the_reason_does_not_call_a_sender_unverified_who_is_not(
    as_anna: Client, to_verify: Ticket, validity: str, is_doubted: bool
) -> None:
    Ticket.objects.update(validity=validity)
    why = "Acme GmbH, because only this customer uses the domain acme.example"
    page = as_anna.get(f"/tickets/{to_verify.pk}/").content.decode()
    assert f"{why}{'; the sender is not verified.' if is_doubted else '.'}" in page


def test_what_is_decided_is_not_decided_again(anna: User, to_verify: Ticket) -> None:
    accept_sender(to_verify, by=anna)
    for verb in (accept_sender, reject_sender):
        with pytest.raises(NotAllowed, match="nothing to decide"):
            verb(to_verify, by=anna)


def test_without_a_customer_there_is_nobody_to_be_valid_for(as_anna: Client, anna: User, queue: Queue) -> None:
    ticket = take(mail("mallory@evil.example")).ticket
    html = as_anna.post(f"/tickets/{ticket.pk}/sender/accept/", follow=True).content.decode()
    ticket.refresh_from_db()
    assert ticket.validity == "to_verify"
    assert "Choose a customer first" in html
    assert "Accept sender" not in html
    reject_sender(ticket, by=anna)
    assert ticket.validity == "rejected"


def test_a_ticket_out_of_sight_is_404(as_anna: Client, anna: User, to_verify: Ticket, main_partner: Partner) -> None:
    # R30
    anna.partner = main_partner
    anna.save()
    verbs = ("accept", "reject")
    assert [as_anna.post(f"/tickets/{to_verify.pk}/sender/{verb}/").status_code for verb in verbs] == [404, 404]
    assert as_anna.get(f"/tickets/{to_verify.pk}/sender/accept/").status_code == 405
