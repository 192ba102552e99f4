"""The main job, played the same way on every stage: mail in, ticket, answer out, and the reply joins."""

import email
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import formatdate, make_msgid
from typing import TypeVar

from helpdesk.tests.browser.visitor import Page, Visitor

PATIENCE_SECONDS = 180.0  # generous: nothing here is measured, and the machine may be busy
Found = TypeVar("Found")


@dataclass(frozen=True)
class Stage:
    """A running helpdesk: its address, who signs in, how mail is sent to it and what an address has received."""

    site: str
    agent: tuple[str, str]
    support: str
    send: Callable[[EmailMessage], None]
    received: Callable[[str], list[bytes]]


def play(stage: Stage, customer: str = "carla@acme.example", subject: str = "The grinder is jammed") -> None:
    """Carla writes, Anna answers on the ticket's page, Carla reads it and replies, her reply joins the ticket."""
    stage.send(mail(customer, stage.support, subject, "It only hums. What can we do?"))
    anna = Visitor(stage.site)
    anna.sign_in(*stage.agent)
    ticket = wait_for(lambda: anna.get("/tickets/").link(subject), f"a ticket named {subject}")
    page = anna.get(ticket)
    assert "It only hums. What can we do?" in page.text
    page = anna.submit(
        page, "form.composer", text="Please unplug it and turn the wheel by hand.", kind="reply", then=""
    )
    assert page.status == 200, page.text

    answer = wait_for(lambda: newest(stage, customer, "turn the wheel"), "the answer in the customer's mailbox")
    assert stage.support.rpartition("@")[2] in str(answer["From"])
    stage.send(reply(answer, customer, "That helped, thank you!"))
    page = wait_for(lambda: containing(anna.get(ticket), "That helped, thank you!"), "the reply on the ticket")
    others = [node for node in anna.get("/tickets/").tree.css("a.row-link") if subject in node.text()]
    assert len(others) == 1, "the reply has opened a ticket of its own"


def mail(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message.set_content(text)
    return message


def reply(answer: EmailMessage, sender: str, text: str) -> EmailMessage:
    """As mail programs reply: to Reply-To, with the headers of RFC 5322, 3.6.4, and the quote below."""
    to = str(answer["Reply-To"] or answer["From"])
    subject = str(answer["Subject"])
    message = mail(sender, to, subject if subject.startswith("Re:") else f"Re: {subject}", "")
    message["In-Reply-To"] = str(answer["Message-ID"])
    message["References"] = f"{answer['References'] or ''} {answer['Message-ID']}".strip()
    body = answer.get_body(("plain",))
    assert body is not None
    quote = "".join(f"> {line}\n" for line in body.get_content().splitlines())
    message.set_content(f"{text}\n\nThe helpdesk wrote:\n{quote}")
    return message


def newest(stage: Stage, address: str, text: str) -> EmailMessage | None:
    """The last mail at that address with the text in its plain part."""
    for raw in reversed(stage.received(address)):
        message = email.message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        if body is not None and text in body.get_content():
            return message
    return None


def containing(page: Page, text: str) -> Page | None:
    return page if text in page.text else None


def wait_for(look: Callable[[], Found | None], what: str, seconds: float = PATIENCE_SECONDS) -> Found:
    """Look again and again until something is found; fails naming what was waited for."""
    deadline, pause = time.monotonic() + seconds, 0.2
    while not (found := look()):
        assert time.monotonic() < deadline, f"Waited {seconds:.0f} s in vain for {what}."
        time.sleep(pause)
        pause = min(1.25 * pause, 1.0)  # what is looked at has to be made, often by who is waited for
    return found
