"""Mallory knows the number of Carla's ticket, and everything that a mail can be made to say. What does it get her?

She wants to be read as Carla or as Anna, to get Carla's mails, or to become Carla at her next mail. Links that have
expired are in `test_verification`, sessions of the portal in its own tests.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes

import pytest

from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.sending.identities import Identities
from mailboxes.sending.message import compose
from mailboxes.tests.mails import SUPPORT
from mailboxes.tests.people import authorise, replied, to, trusting, wrote
from recipients.decisions import actions
from recipients.models import Customer, Recipient, User
from tickets.conversation.replying import reply
from tickets.models import Comment, Outbox, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("support")]

MALLORY, CARLA = "mallory@evil.example", "carla@acme.example"
FAILS = "mx.helpdesk.example; dmarc=fail"
QUOTED = "=?utf-8?q?x=3Bdmarc=3Dpass=20?=@evil.example"  # atoms all of it, so that any envelope may have it
PASSES = "mx.helpdesk.example; dmarc=pass header.from=evil.example"


@pytest.fixture
def ticket(carla: Customer, anna: User) -> Ticket:
    """Carla's ticket, with the notice to Anna and the confirmation to Carla in the outbox."""
    return wrote(CARLA, subject="Printer")


def forged(outbox: Outbox) -> str:
    """The token of a mail of ours with another signature."""
    return outbox.token[:-4] + ("0000" if outbox.token[-4:] != "0000" else "1111")


@dataclass(frozen=True)
class Attack:
    """A mail of Mallory's and what becomes of it: held on Carla's ticket, or a ticket of its own."""

    id: str
    sender: str = MALLORY
    headers: dict[str, str] = field(default_factory=dict)
    trust: str = "off"
    becomes: str = Outcome.HELD


NO_TAG = {"subject": "Re: Printer"}
ATTACKS = [
    Attack("by its number"),
    Attack("by its number, twice", headers={"subject": "[#{number}] Re: [#{number}]"}),
    Attack("by Reply-To", headers={"reply_to": CARLA}),
    Attack("by display name", f'"{CARLA}" <{MALLORY}>'),
    Attack("by a comment that looks like an address", f"{MALLORY} ({CARLA})"),
    Attack("by a second From behind", f"{MALLORY}, {CARLA}"),
    Attack(
        "by a second From in front, where the mailbox enforces",
        f"{CARLA}, {MALLORY}",
        {"authentication_results": PASSES},
        "enforce",
    ),
    Attack("by Sender", headers={"Sender": CARLA}),
    Attack("by a forged From, where the mailbox enforces", CARLA, {"authentication_results": FAILS}, "enforce"),
    Attack(
        "by a forged Message-ID",
        headers={**NO_TAG, "in_reply_to": "<{forged}@helpdesk.example>"},
        becomes=Outcome.TICKET,
    ),
    Attack(
        "by forged References",
        headers={**NO_TAG, "references": "<a@b> <{forged}@helpdesk.example>"},
        becomes=Outcome.TICKET,
    ),
    Attack("by the id of a mail that she has seen", headers={**NO_TAG, "in_reply_to": "<{token}@helpdesk.example>"}),
    Attack(
        "by guessing the signed address",
        headers={**NO_TAG, "to": "support+{forged}@helpdesk.example"},
        becomes=Outcome.TICKET,
    ),
    Attack(
        "by a signed address of her own ticket number",
        headers={**NO_TAG, "to": "support+{number}@helpdesk.example"},
        becomes=Outcome.TICKET,
    ),
    Attack("by the signed address that she has seen", headers={**NO_TAG, "to": "support+{token}@helpdesk.example"}),
    Attack("by a Cyrillic letter in the name", "c\u0430rla@acme.example"),
    Attack("by a Cyrillic letter in the domain", "carla@\u0430cme.example"),
    Attack("by a letter without its dot", "carla@acme.examp\u0131e"),
    Attack("by a letter of full width in the name", "\uff43arla@acme.example"),
    Attack("by an accent", "carl\u00e0@acme.example"),
    Attack("by a plus-tag", "carla+x@acme.example"),
    Attack("by a subdomain", "carla@sub.acme.example"),
    Attack("by a longer domain", "carla@acme.example.evil.example"),
    Attack("by another address of the domain alone", "mallory@acme.example"),
    Attack(
        "by an authorised domain that fails, where the mailbox enforces",
        "x@agency.example",
        {"authentication_results": FAILS},
        "enforce",
    ),
    Attack(
        "by an authorised domain that nobody checked, where the mailbox enforces", "x@agency.example", {}, "enforce"
    ),
    Attack(
        "by an authorised domain that another server vouches for",
        "x@agency.example",
        {"authentication_results": "mx.evil.example; dmarc=pass"},
        "enforce",
    ),
    Attack(
        "by an authorised domain on a pass for her own",
        "x@agency.example",
        {"authentication_results": PASSES},
        "enforce",
    ),
    Attack("by a group that is called like her", f"{CARLA}:{MALLORY};"),
    Attack("by a group that she is in", f"Carla:{MALLORY},{CARLA};"),
    Attack("by a route through her domain", f"<@acme.example:{MALLORY}>"),
    Attack("by two addresses in brackets", f"<{MALLORY}> <{CARLA}>"),
    Attack("by a quoted local part", f'"{CARLA}"@evil.example'),
    Attack("by a relay of old", "carla%acme.example@evil.example"),
    Attack("by an encoded word as the name", f"=?utf-8?q?carla=40acme.example?= <{MALLORY}>"),
    Attack("by an encoded word that ends in a comma", f"=?utf-8?q?=3Ccarla=40acme.example=3E=2C?= <{MALLORY}>"),
    Attack("by an encoded word as the local part", "=?utf-8?q?carla=40acme.example=2C?=@evil.example"),
    Attack("by a soft hyphen", "car\u00adla@acme.example"),
    Attack("by a line that ends in a lone CR", headers={"subject": "Re: [#{number}]\rFrom: carla@acme.example"}),
    Attack(
        "by a line that is folded",
        headers={"subject": "Re: [#{number}]\r\n From: carla@acme.example"},
        becomes=Outcome.TICKET,
    ),
    Attack(
        "by a pass for her own domain and two brackets, where the mailbox enforces",
        f"<{CARLA}> <{MALLORY}>",
        {"authentication_results": PASSES},
        "enforce",
    ),
    Attack(
        "by a pass for her own domain and a group, where the mailbox enforces",
        f"Mallory:{CARLA};",
        {"authentication_results": PASSES},
        "enforce",
    ),
    Attack(
        "by what our server quotes of her, where the mailbox enforces",
        CARLA,
        {"authentication_results": f"mx.helpdesk.example; spf=pass smtp.mailfrom={QUOTED}; dmarc=fail"},
        "enforce",
    ),
    Attack("as Anna, by the number", "anna@helpdesk.example"),
    Attack(
        "as Anna, by a forged id of the notice",
        "anna@helpdesk.example",
        {"in_reply_to": "<{forged_notice}@helpdesk.example>"},
    ),
    Attack(
        "as Anna, by the id of the mail to Carla",
        "anna@helpdesk.example",
        {"in_reply_to": "<{token}@helpdesk.example>"},
    ),
    Attack(
        "as Anna, by the notice, failing",
        "anna@helpdesk.example",
        {"in_reply_to": "<{notice}@helpdesk.example>", "authentication_results": FAILS},
        "observe",
    ),
    Attack("by the notice to Anna", headers={"in_reply_to": "<{notice}@helpdesk.example>"}),
    Attack("as the helpdesk itself", SUPPORT),
    Attack(
        "by a header in the subject",
        headers={"subject": "=?utf-8?q?Re:_[#{number}]=0D=0AFrom:_carla@acme.example?="},
        becomes=Outcome.TICKET,
    ),
    Attack(
        "by a number that is none",
        headers={"subject": "Re: [#{number}99999999999999999999] Printer"},
        becomes=Outcome.TICKET,
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_nobody_takes_over_a_ticket(attack: Attack, support: Mailbox, ticket: Ticket, acme: Customer) -> None:
    # L27, L28, L29, L31
    support.plus_addressing = True
    trusting(support, attack.trust)
    authorise(acme, "agency.example")
    confirmation, notice = to(CARLA), to("anna@helpdesk.example")
    facts = {
        "number": ticket.number,
        "token": confirmation.token,
        "forged": forged(confirmation),
        "notice": notice.token,
        "forged_notice": forged(notice),
    }
    headers = {name: value.format(**facts) for name, value in attack.headers.items()}
    before = set(Outbox.objects.values_list("pk", flat=True))
    row = replied(attack.sender, ticket, **headers)
    assert row.outcome == attack.becomes
    assert untouched(ticket, row)
    assert (row.ticket == ticket) == (attack.becomes == Outcome.HELD)
    assert not Outbox.objects.filter(ticket=ticket, to_staff=False).exclude(pk__in=before).exists()


def untouched(ticket: Ticket, row: InboundEmail) -> bool:
    """Nothing on `ticket` is as Mallory would like it, and what she wrote is nobody's."""
    before = (ticket.status, ticket.customer, ticket.requester, ticket.validity)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.customer, ticket.requester, ticket.validity) == before
    assert not ticket.participants.exists()
    assert not ticket.comments.filter(kind=Comment.Kind.AGENT).exists()
    assert ticket.comments.filter(is_held=False).count() == 1
    return row.ticket is not None and (row.ticket == ticket or row.ticket.customer is None)


def test_a_forged_from_is_marked_where_the_mailbox_observes(support: Mailbox, ticket: Ticket) -> None:
    """It joins, because mail lists break signatures: but as a failure, for nothing, and nobody outside hears of it."""
    trusting(support, "observe")
    row = replied(CARLA, ticket, authentication_results=FAILS)
    assert row.outcome == Outcome.COMMENT
    assert row.comment
    assert (row.comment.verdict["failed"], row.comment.validity) == (True, "to_verify")
    assert not Outbox.objects.filter(to_staff=False).exclude(kind=Outbox.Kind.REQUEST_RECEIVED).exists()


def test_a_forged_from_brings_nobody_in(support: Mailbox, ticket: Ticket, anna: User) -> None:
    """Whoever is in CC gets what Anna answers."""
    trusting(support, "observe")
    assert replied(CARLA, ticket, authentication_results=FAILS, cc=MALLORY).outcome == Outcome.COMMENT
    new = wrote(CARLA, authentication_results=FAILS, cc=MALLORY)
    for each in (ticket, new):
        reply(each, by=anna, html="<p>The password is 1234.</p>")
    assert not Outbox.objects.filter(recipient=MALLORY).exists()
    vouched = "mx.helpdesk.example; dmarc=pass header.from=acme.example"
    replied(CARLA, ticket, authentication_results=vouched, cc="dora@acme.example")
    assert ticket.participants.get().address == "dora@acme.example"


def test_case_and_spelling_of_one_address_are_no_attack(ticket: Ticket) -> None:
    for sender in ("CARLA@Acme.EXAMPLE", "Carla Conti <carla@acme.example.>", "carla@\uff41cme.example"):
        assert replied(sender, ticket).outcome == Outcome.COMMENT, sender


def test_mallorys_next_mail_is_still_mallorys(ticket: Ticket, anna: User) -> None:
    replied(MALLORY, ticket, reply_to=CARLA)
    later = wrote(f'"{CARLA}" <{MALLORY}>', reply_to=CARLA)
    assert (later.customer, later.validity) == (None, "to_verify")
    reply(ticket, by=anna, html="<p>The password is 1234.</p>")
    assert not Outbox.objects.filter(recipient=MALLORY, ticket=ticket).exists()


# -- What was taken away ---------------------------------------------------------------------------------------------

HOME = "carla@home.example"


def unpaired(carla: Customer, anna: User) -> None:
    Recipient.objects.known(HOME)
    mine = Recipient.objects.filter(address=HOME)
    actions.pair(mine, carla, by=anna)
    actions.unpair(mine, by=anna)


def unauthorised(carla: Customer, anna: User) -> None:
    authorise(carla, HOME, "home.example")
    carla.authorised_senders.all().delete()


def unregistered(carla: Customer, anna: User) -> None:
    carla.addresses.create(address=HOME)
    carla.addresses.filter(address=HOME).delete()


def shared(carla: Customer, anna: User) -> None:
    Recipient.objects.known(HOME)
    mine = Recipient.objects.filter(address=HOME)
    actions.pair(mine, carla, by=anna)
    actions.share(mine, by=anna)


@pytest.mark.parametrize("taken", [unpaired, unauthorised, unregistered, shared], ids=lambda each: each.__name__)
def test_an_address_that_was_taken_away_is_a_stranger_at_once(
    taken: Callable[[Customer, User], None], ticket: Ticket, carla: Customer, anna: User
) -> None:
    taken(carla, anna)
    row = replied(HOME, ticket)
    assert row.outcome == Outcome.HELD
    assert untouched(ticket, row)
    later = wrote(HOME)
    assert (later.customer, later.validity) == (None, "to_verify")


def test_an_agent_who_left_is_a_stranger_at_once(ticket: Ticket, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    row = replied(anna.email, ticket, to(anna.email))
    assert row.outcome == Outcome.HELD
    assert untouched(ticket, row)


# -- New tickets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("result", "found"), [("pass", True), ("fail", False), ("none", False)])
def test_an_authorised_domain_needs_dmarc_where_the_mailbox_enforces(
    result: str, found: bool, support: Mailbox, carla: Customer
) -> None:
    trusting(support, "enforce")
    authorise(carla, "agency.example")
    ticket = wrote("tech@agency.example", authentication_results=f"mx.helpdesk.example; dmarc={result}")
    assert (ticket.customer, ticket.validity) == ((carla, "valid") if found else (None, "to_verify"))


@pytest.mark.parametrize(
    "sender", ["tech@agency.example, mallory@evil.example", "tech@agency.example"], ids=["second From", "other domain"]
)
def test_a_pass_for_another_domain_vouches_for_nobody(sender: str, support: Mailbox, carla: Customer) -> None:
    # RFC 7489, 6.6.1
    trusting(support, "enforce")
    authorise(carla, "agency.example")
    assert wrote(sender, authentication_results=PASSES).customer is None
    own = "mx.helpdesk.example; dmarc=pass header.from=Agency.example"
    assert wrote("tech@agency.example", authentication_results=own).customer == carla


def test_an_authentication_header_of_somebody_else_is_not_believed(support: Mailbox, carla: Customer) -> None:
    trusting(support, "enforce")
    authorise(carla, "agency.example")
    ticket = wrote("tech@agency.example", authentication_results="mx.evil.example; dmarc=pass")
    assert (ticket.customer, ticket.validity) == (None, "to_verify")


def test_a_subject_cannot_write_headers_into_our_mails(ticket: Ticket, anna: User) -> None:
    injected = wrote(
        CARLA, subject="=?utf-8?q?Help=0D=0ABcc:_mallory@evil.example=0D=0AX-Evil:_1=0A=0AHello?=", cc="=?utf-8?q?x?="
    )
    reply(injected, by=anna, html="<p>Hello.</p>")
    ours = list(Outbox.objects.filter(ticket=injected))
    assert {each.recipient for each in ours} == {CARLA, anna.email}
    for each in ours:
        read = message_from_bytes(compose(each, Identities.load().of(each)))
        assert (read["Bcc"], read["X-Evil"], read["To"] is not None) == (None, None, True)
        assert read["Subject"].count("\n") == 0 or all(line[:1].isspace() for line in read["Subject"].splitlines()[1:])
