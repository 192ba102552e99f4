"""Mails as they come in, and what the helpdesk makes of them: real bytes, the real parser, the real order."""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from itertools import count

from django.db import transaction
from django.utils import timezone

from mailboxes.parsing import ParsedEmail, parse
from recipients.addressing.normalise import normalise
from recipients.matching.directory import match_sender
from recipients.matching.verdict import UNKNOWN, Verdict
from tickets.intake.arrival import Arrival
from tickets.intake.receiving import Received, open_ticket, receive_reply
from tickets.intake.reply_policy import standing_alone, weigh
from tickets.intake.threading import find_thread
from tickets.models import Outbox, Ticket
from tickets.text.references import message_id

SUPPORT = "support@desk.example"
FAILED = Verdict(trusted=True, spf="fail", dkim="none", dmarc="fail")
PASSED = Verdict(trusted=True, spf="pass", dkim="pass", dmarc="pass")
_numbers = count(1)


def mail(
    sender: str,
    subject: str = "Printer broken",
    text: str = "It does not print.",
    *,
    to: Sequence[str] = (SUPPORT,),
    cc: Sequence[str] = (),
    answers: str = "",
    mid: str = "",
    headers: Mapping[str, str] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> ParsedEmail:
    """A mail, parsed. `answers`: the Message-ID, without brackets, that it replies to."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ", ".join(to), subject
    message["Message-ID"] = f"<{mid or f'{next(_numbers)}@customer.example'}>"
    message["Date"] = timezone.now()
    if cc:
        message["Cc"] = ", ".join(cc)
    if answers:
        message["In-Reply-To"] = message["References"] = f"<{answers}>"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    for name, content in (files or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return parse(message.as_bytes())


def arrival(
    parsed: ParsedEmail, *, verdict: Verdict = UNKNOWN, enforce: bool = False, address: str = SUPPORT, **more: object
) -> Arrival:
    sent_to = tuple(normalise(person.address) for person in (*parsed.to, *parsed.cc))
    values = {"received_at": timezone.now(), "sent_to": sent_to, "verdict": verdict, "enforce": enforce} | more
    return Arrival(address=address, **values)


def take(parsed: ParsedEmail, **facts: object) -> Received:
    """What the post room does with a mail that no screen stopped."""
    came = arrival(parsed, **facts)
    with transaction.atomic():
        match = match_sender(normalise(parsed.author.address), came.verdict, enforce=came.enforce)
        thread = find_thread(parsed, came)
        if reply := weigh(parsed, thread, match, came):
            received = receive_reply(reply, parsed, match, came)
        else:
            alone = standing_alone(thread)
            received = open_ticket(parsed, match, came, follow_up_of=alone.follow_up_of, may_follow=alone.may_follow)
        came.work.finish()
        return received


def id_of(outbox: Outbox) -> str:
    """The Message-ID with which this mail of ours leaves."""
    return message_id(outbox.token, "desk.example")


def reply_to(
    outbox: Outbox, text: str = "Thank you.", *, sender: str = "", subject: str = "", **more: object
) -> Received:
    """What comes of a reply to a mail of ours, by its recipient unless another `sender` is given."""
    answer = mail(sender or outbox.recipient, subject or f"Re: {outbox.subject}", text, answers=id_of(outbox))
    return take(answer, **more)


def sent(ticket: Ticket, kind: str = "") -> list[str]:
    """The recipients of the mails about a ticket that wait to leave, in order; of one kind, if it is given."""
    mails = Outbox.objects.filter(ticket=ticket, state="waiting")
    return sorted((mails.filter(kind=kind) if kind else mails).values_list("recipient", flat=True))
