"""What has happened in the demo when a visitor comes? Mails arrived, Anna answered one, and two people wrote back."""

import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from django.db import connection

from helpdesk.demo import inbox, people
from helpdesk.demo.inbox import Received
from helpdesk.demo.mails import LEAK, SAMPLE_MAILS, Mail
from helpdesk.demo.mailserver import HOST
from helpdesk.demo.postoffice import PostOffice
from recipients.models import User
from tickets.conversation.replying import reply
from tickets.models import Status, Ticket

Found = TypeVar("Found")
PATIENCE_SECONDS = 600  # on a busy machine the first mails may take a while
ANSWER = (
    "<p>Dear Carla,</p><p>thank you for the picture. That is the seal of the spout; our technician comes on "
    "<b>Thursday between 9 and 11</b> and brings a new one.</p><p>Please leave the machine switched off until then.</p>"
)
REPLY = "Thursday is perfect, thank you! Please ask for me at the reception.\n\nCarla"
INTRUSION = "Hello, this is Carla. Please send the technician to my new address in Harbour Street 5 instead."


@contextmanager
def told(office: PostOffice) -> Iterator[None]:
    """Send the mails at once, and tell the rest beside everything else; it ends early when the demo does."""
    for mail in SAMPLE_MAILS:
        post(office, mail)
    ended = threading.Event()
    thread = threading.Thread(target=_tell, args=(office, ended), name="story", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def post(office: PostOffice, mail: Mail) -> None:
    """Hand a mail to the mail server, as a mail program does."""
    with smtplib.SMTP(HOST, office.smtp_port, timeout=60) as client:
        client.send_message(mail.compose())


def _tell(office: PostOffice, ended: threading.Event) -> None:
    try:
        ticket = _wait(ended, lambda: Ticket.objects.filter(subject=LEAK.subject).first())
        if ticket is None:
            return
        anna = User.objects.get(email=people.ANNA.email)
        ticket.assign(anna, by=anna)
        reply(ticket, by=anna, html=ANSWER, status=Status.WAITING)
        answer = _wait(ended, lambda: _answer(LEAK.sender))
        if answer is None:
            return
        draft = answer.answer(LEAK.sender)
        post(office, replace(draft, text=REPLY + draft.text))
        mallory = "mallory@stranger.example"
        post(office, Mail(mallory, "Carla Conti", people.MAIN_ADDRESS, draft.subject, INTRUSION))
    finally:
        connection.close()


def _answer(address: str) -> Received | None:
    """Anna's answer in the customer's mailbox; the confirmation came before."""
    return next((mail for mail in inbox.received(address) if "brings a new one" in mail.email.text), None)


def _wait(ended: threading.Event, look: Callable[[], Found | None]) -> Found | None:
    """What was looked for, None if the demo ends or it does not come."""
    for _ in range(PATIENCE_SECONDS * 2):
        if found := look():
            return found
        if ended.wait(0.5):
            break
    return None
