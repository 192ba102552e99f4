"""Notices of mail servers in forms of their own are bounces; people who write about such things are people."""

import pytest

from mailboxes.parsing import Kind, ParsedEmail
from mailboxes.tests.parsing.mails import mail, multipart, parsed, read
from mailboxes.tests.parsing.reports.notices import COPY, GONE, NOTICES, OURS, TOKEN

SENDERS = {"as written": {}, "unknown": {"Return_Path": None}, "a sender": {"Return_Path": "<bounces@relay.example>"}}
UTF_8 = "text/plain; charset=utf-8"


def notice(program: str, **headers: str | None) -> ParsedEmail:
    stated, body = NOTICES[program]
    return read(body, **({"To": OURS, "Content_Type": UTF_8} | stated | headers))


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("program", NOTICES)
def test_a_notice_is_a_bounce_of_the_address_it_names(program: str, sender: str) -> None:
    email = notice(program, **SENDERS[sender])
    assert (email.kind, email.is_automatic) == (Kind.BOUNCE, True)
    assert email.bounce
    assert [(each.address, each.permanent) for each in email.bounce.recipients] == [(GONE, True)]


@pytest.mark.parametrize("program", [name for name, (_, body) in NOTICES.items() if COPY in body])
def test_the_copy_in_a_notice_tells_which_mail_came_back(program: str) -> None:
    email = notice(program)
    assert email.bounce
    assert email.bounce.original_message_id == TOKEN


@pytest.mark.parametrize("program", [name for name, (_, body) in NOTICES.items() if COPY not in body])
def test_a_mail_attached_to_a_notice_tells_which_mail_came_back(program: str) -> None:
    stated, body = NOTICES[program]
    parts = (f"Content-Type: {UTF_8}\n\n{body}", f"Content-Type: message/rfc822\n\n{COPY}")
    email = parsed(multipart(*parts, **({"To": OURS} | stated)))
    assert email.bounce
    assert email.bounce.original_message_id == TOKEN


@pytest.mark.parametrize("program", NOTICES)
def test_a_notice_in_html_is_read_like_its_text(program: str) -> None:
    stated, body = NOTICES[program]
    lines = "".join(
        f"<div>{line.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;') or '<br>'}</div>"
        for line in body.split("\n")
    )
    email = read(lines, **({"To": OURS} | stated | {"Content_Type": "text/html; charset=utf-8"}))
    assert email.bounce
    assert [each.address for each in email.bounce.recipients] == [GONE]


PEOPLE = {
    "who got a bounce": ({"Subject": "Undelivered Mail Returned to Sender"}, f"What is this?\n\n{NOTICES['qmail'][1]}"),
    "who passes one on": ({"Subject": "Fwd: failure notice"}, f"What is this?\n\n{NOTICES['exim'][1]}"),
    "whose parcel came back": (
        {"Subject": "Delivery failed, returned to sender"},
        "My parcel could not be delivered, though bob@home.example told you my address: 550 Main Street.\n",
    ),
    "who is a postmaster": (
        {"From": "Otto <postmaster@acme.example>", "Subject": "New domain"},
        "Please add dora@acme.example to our list.\n",
    ),
    "who asks about bounces": (
        {"Subject": "Question about bounced mail"},
        "Mails to ann@gone.example come back: user unknown. Could you look?\n",
    ),
    "who answers a notice": (
        {"Subject": "Re: Mail delivery failed: returning message to sender", "In_Reply_To": "<1@x.example>"},
        f"I moved to ann@new.example.\n\n> {NOTICES['exim'][1]}",
    ),
    "who is called like a system": (
        {"From": "Mail Router Ltd <sales@router.example>", "Subject": "Delivery delayed"},
        "The delivery of your 550 g sample is late. Write to bob@router.example.\n",
    ),
    "who rents castles": (
        {"From": "no-reply@castles.example", "Subject": "Your bounce castle"},
        "Your order could not be delivered; it costs 500 Euro. Ask help@castles.example.\n",
    ),
    "whose shop writes of itself": (
        {
            "From": "noreply@parcels.example",
            "Auto_Submitted": "auto-generated",
            "Subject": "Delivery failed: parcel 551",
        },
        "Your parcel could not be delivered: the address was not found. Write to care@parcels.example.\n",
    ),
    "who fishes": (
        {"From": "Mail Administrator <admin@evil.example>", "Subject": "Undelivered mail: your mailbox is full"},
        "5 mails could not be delivered, since your mailbox is full. Verify support@desk.example at evil.example.\n",
    ),
}


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_is_no_server(person: str) -> None:
    headers, body = PEOPLE[person]
    email = read(body, **({"Content_Type": UTF_8} | headers))
    assert email.kind is Kind.MESSAGE


def test_who_left_and_says_so_automatically_is_no_bounce() -> None:
    email = read(
        "Ann left us; her address does not exist any more.\nbob@acme.example helps you.\n",
        From="ann@acme.example",
        Subject="Re: [#11] Your request",
        Return_Path="<>",
        Auto_Submitted="auto-replied",
        In_Reply_To=f"<{TOKEN}>",
    )
    assert email.kind is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("program", "certain"),
    [("qmail", True), ("kddi", True), ("spanish", True), ("gmail", True), ("exchange-it", False), ("mimecast", False)],
)
def test_a_notice_by_words_alone_is_not_certain(program: str, certain: bool) -> None:
    assert notice(program).kind_is_certain is certain


def test_a_notice_with_our_mail_is_certain_whoever_sends_it() -> None:
    stated, body = NOTICES["mimecast"]
    parts = (f"Content-Type: {UTF_8}\n\n{body}", f"Content-Type: message/rfc822\n\n{COPY}")
    assert parsed(multipart(*parts, **({"To": OURS} | stated))).kind_is_certain


FIELDS = "Feedback-Type: abuse\nUser-Agent: Filter/1.0\nVersion: 1\nOriginal-Mail-From: <support@desk.example>\n"


@pytest.mark.parametrize("type_", ["text/plain", "application/octet-stream", "message/feedback-report"])
@pytest.mark.parametrize("subtype", ["mixed", "report", "report; report-type=delivery-status"])
@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_a_complaint_is_known_by_its_fields(type_: str, subtype: str, returned: str) -> None:  # RFC 5965
    subtype, _, rest = subtype.partition(";")
    email = parsed(
        multipart(
            "Content-Type: text/plain\n\nThis is a report about a mail that a reader called spam.\n",
            f"Content-Type: {type_}\n\n{FIELDS}",
            f"Content-Type: {returned}\n\n{COPY}",
            subtype=subtype,
            extra=rest and f";{rest}",
            From="fbl@provider.example",
            Subject="FW: [#11] Your request",
        )
    )
    assert (email.kind, email.is_automatic, email.kind_is_certain) == (Kind.FEEDBACK_REPORT, True, True)
    assert email.bounce
    assert email.bounce.original_message_id == TOKEN


@pytest.mark.parametrize(
    "parts",
    [
        ("Content-Type: text/plain\n\nFeedback-Type: praise. You were very kind!\n",),
        ("Content-Type: text/plain\n\nI got this spam in your name.\n", f"Content-Type: message/rfc822\n\n{COPY}"),
    ],
)
def test_a_person_who_complains_is_a_person(parts: tuple[str, ...]) -> None:
    assert parsed(multipart(*parts, Subject="Complaint")).kind is Kind.MESSAGE


def test_a_notice_without_an_address_names_nobody() -> None:
    email = parsed(mail("Your message was not delivered: user unknown.\n", From="MAILER-DAEMON@relay.example"))
    assert email.kind is Kind.BOUNCE
    assert email.bounce
    assert email.bounce.recipients == ()
