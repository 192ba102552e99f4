"""Which mail came back, whose address failed, and for good? In the standard form (RFC 3464) and in others."""

import pytest

from mailboxes.parsing import Kind
from mailboxes.tests.parsing.mails import mail, multipart, parsed, read

DAEMON = {"From": "Mail Delivery System <MAILER-DAEMON@mx.example>", "Return_Path": "<>"}
RETURNED = "Content-Type: message/rfc822\n\nFrom: support@desk.example\nMessage-ID: <ours@desk.example>\n\nWords\n"


def report(fields: str, returned: str = RETURNED, **headers: str | None) -> bytes:
    """A delivery status notification with the given per-recipient fields."""
    return multipart(
        "Content-Type: text/plain\n\nYour message could not be delivered.\n",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{fields}\n",
        returned,
        subtype="report",
        extra="; report-type=delivery-status",
        **({**DAEMON, "Subject": "Undelivered Mail Returned to Sender"} | headers),
    )


def test_a_delivery_report_names_the_address_the_code_and_our_mail() -> None:
    email = parsed(
        report(
            "Final-Recipient: rfc822; ann@gone.example\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 5.1.1 User unknown"
        )
    )
    assert email.kind is Kind.BOUNCE
    assert email.is_automatic
    assert email.bounce
    recipient = email.bounce.recipients[0]
    assert (recipient.address, recipient.permanent, recipient.status) == ("ann@gone.example", True, "5.1.1")
    assert recipient.reason == "550 5.1.1 User unknown"
    assert email.bounce.original_message_id == "ours@desk.example"
    assert ("From", "support@desk.example") in email.bounce.original_headers


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "kind", "permanent"),
    [
        ("failed", "4.4.7", "", Kind.BOUNCE, False),
        ("failed", "", "smtp; 550 no such user", Kind.BOUNCE, True),
        ("failed", "", "smtp; 452 mailbox full", Kind.BOUNCE, False),
        ("failed", "", "", Kind.BOUNCE, True),
        ("Failed (bad)", "5.0.0", "", Kind.BOUNCE, True),
        ("", "5.1.1", "", Kind.BOUNCE, True),
        ("delayed", "4.4.1", "", Kind.DELIVERY_WARNING, False),
        ("delivered", "2.1.5", "", Kind.DELIVERY_SUCCESS, False),
        ("relayed", "2.1.9", "", Kind.DELIVERY_SUCCESS, False),
        ("expanded", "2.1.9", "", Kind.DELIVERY_SUCCESS, False),
    ],
)
def test_the_action_decides_the_kind_and_the_code_whether_it_is_final(
    action: str, status: str, diagnostic: str, kind: Kind, permanent: bool
) -> None:
    fields = (
        f"Final-Recipient: rfc822; ann@x.example\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}"
    )
    email = parsed(report(fields))
    assert email.kind is kind
    assert email.bounce
    assert email.bounce.recipients[0].permanent is permanent


def test_every_failed_recipient_is_named_and_no_delivered_one() -> None:
    email = parsed(
        report(
            "Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\n\n"
            "Final-Recipient: rfc822; b@x.example\nAction: delivered\nStatus: 2.1.5\n\n"
            "Final-Recipient: rfc822; c@x.example\nAction: failed\nStatus: 4.2.2"
        )
    )
    assert email.bounce
    found = [(recipient.address, recipient.permanent) for recipient in email.bounce.recipients]
    assert found == [("a@x.example", True), ("c@x.example", False)]


def test_the_address_we_wrote_to_counts_not_the_alias_behind_it() -> None:
    fields = (
        "Original-Recipient: rfc822;ann@x.example\nFinal-Recipient: rfc822; u123@host.x.example\n"
        "Action: failed\nStatus: 5.1.1"
    )
    email = parsed(report(fields))
    assert email.bounce
    assert [recipient.address for recipient in email.bounce.recipients] == ["ann@x.example"]


def test_returned_headers_alone_also_tell_which_mail_it_was() -> None:
    returned = "Content-Type: text/rfc822-headers\n\nFrom: support@desk.example\nMessage-ID: <ours@desk.example>\n"
    email = parsed(report("Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1", returned))
    assert email.bounce
    assert email.bounce.original_message_id == "ours@desk.example"


QMAIL = """Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@gone.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 User unknown
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <support@desk.example>
Message-ID: <ours@desk.example>
From: support@desk.example
To: ann@gone.example
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ann@gone.example
    SMTP error from remote mail server after RCPT TO:<ann@gone.example>:
    host mx.gone.example [192.0.2.1]: 550 unknown user

------ This is a copy of the message, including all the headers. ------

Return-path: <support@desk.example>
From: support@desk.example
Message-ID: <ours@desk.example>
"""
EXCHANGE = """Your message did not reach some or all of the intended recipients.

      Subject:  Re: Printer
      Sent:     3/3/2026 10:00 AM

The following recipient(s) could not be reached:

      ann@gone.example on 3/3/2026 10:00 AM
            The e-mail account does not exist at the organization this message was sent to.
            <mx.gone.example #5.1.1>
"""
SENDMAIL = """The original message was received at Tue, 3 Mar 2026 10:00:00 +0100
from desk.example [192.0.2.9]

   ----- The following addresses had permanent fatal errors -----
<ann@gone.example>
    (reason: 550 5.1.1 <ann@gone.example>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.gone.example.:
>>> DATA
<<< 550 5.1.1 <ann@gone.example>... User unknown
550 5.1.1 <ann@gone.example>... User unknown
"""
WEB = """Dear support@desk.example,

Your mail to the address ann@gone.example could not be delivered: 552 5.2.2 mailbox is full.
"""


@pytest.mark.parametrize(
    "notice", [QMAIL, EXIM, EXCHANGE, SENDMAIL, WEB], ids=["qmail", "exim", "exchange", "sendmail", "web"]
)
@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example", "postmaster@mx.example"])
def test_a_notice_in_a_servers_own_form_is_a_bounce(notice: str, sender: str) -> None:
    email = read(notice, From=sender, Return_Path="<>", Subject="failure notice")
    assert email.kind is Kind.BOUNCE
    assert email.bounce
    assert [(recipient.address, recipient.permanent) for recipient in email.bounce.recipients] == [
        ("ann@gone.example", True)
    ]


@pytest.mark.parametrize("notice", [QMAIL, EXIM], ids=["qmail", "exim"])
def test_the_copy_in_a_notice_tells_which_mail_it_was(notice: str) -> None:
    email = read(notice, From="MAILER-DAEMON@mx.example", Return_Path="<>", Subject="failure notice")
    assert email.bounce
    assert email.bounce.original_message_id == "ours@desk.example"


def test_a_header_that_names_the_failed_recipients_is_believed() -> None:
    email = read("It did not work.\n", From="x@mx.example", X_Failed_Recipients="ann@gone.example, bob@gone.example")
    assert email.bounce
    assert [recipient.address for recipient in email.bounce.recipients] == ["ann@gone.example", "bob@gone.example"]


def test_a_standard_report_that_became_plain_text_is_still_read() -> None:
    email = read(
        "The report:\n\nFinal-Recipient: rfc822; ann@gone.example\nAction: failed\nStatus: 4.2.2\n",
        From="MAILER-DAEMON@mx.example",
        Subject="Undelivered Mail",
    )
    assert email.bounce
    assert [(found.address, found.permanent) for found in email.bounce.recipients] == [("ann@gone.example", False)]


def test_a_server_that_goes_on_trying_only_warns() -> None:
    email = read(
        "THIS IS A WARNING MESSAGE ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n"
        "Delivery to <ann@slow.example> is delayed: 451 4.4.1 timed out. Will keep trying.\n",
        Subject="Warning: could not send message for past 4 hours",
        **DAEMON,
    )
    assert email.kind is Kind.DELIVERY_WARNING
    assert email.bounce
    assert [(found.address, found.permanent) for found in email.bounce.recipients] == [("ann@slow.example", False)]


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        ("carla@acme.example", "Undelivered Mail Returned to Sender", f"I got this, please help:\n\n{QMAIL}"),
        ("carla@acme.example", "delivery failed", "My parcel could not be delivered to ann@home.example's address.\n"),
        ("postmaster@acme.example", "New domain", "Please add dora@acme.example to our list.\n"),
        ("mailer@shop.example", "Order", "The address ann@x.example does not exist in our shop.\n"),
    ],
)
def test_a_person_who_writes_about_mail_is_a_person(sender: str, subject: str, body: str) -> None:
    assert read(body, From=sender, Subject=subject).kind is Kind.MESSAGE


def test_a_customer_who_attaches_a_bounce_is_a_person() -> None:
    attached = report("Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1")
    email = parsed(
        multipart("Content-Type: text/plain\n\nWhat is this?\n", b"Content-Type: message/rfc822\n\n" + attached)
    )
    assert email.kind is Kind.MESSAGE


def test_a_thousand_addresses_in_a_notice_are_bounded() -> None:
    body = "\n".join(f"<user{number}@gone.example>: unknown user" for number in range(1000))
    email = parsed(mail(body, **DAEMON))
    assert email.bounce
    assert len(email.bounce.recipients) == 100
