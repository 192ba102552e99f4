"""A ticket that an agent opens by writing first, by the same recognition and the same outbox as any other."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recipients.addressing.normalise import display
from recipients.matching.directory import match_sender
from recipients.models import OwnAddress, Recipient, User
from tickets.conversation.participants import noted
from tickets.conversation.replying import write_comment
from tickets.conversation.status import agent_answered
from tickets.intake.arrival import Arrival
from tickets.intake.new_ticket import recognised
from tickets.intake.receiving import follow_pairing
from tickets.models import Comment, Event, NotAllowed, Queue, Ticket
from tickets.models.work.attachment import File
from tickets.models.work.visibility import may_see
from tickets.notifications.dispatch import announce


def start(*, by: User, queue: Queue, to: str, subject: str, html: str, files: Iterable[File] = ()) -> Comment:
    """A new ticket with the first message to the normalised address `to`; the message waits to leave as any answer.

    Whose ticket it is, recognition says of the address. Raises NotAllowed or ValidationError with a sentence.
    """
    with transaction.atomic():
        ticket = _opened(queue, _requester(to), subject)
        if not may_see(by, ticket):
            raise NotAllowed(_("You could not see the ticket afterwards: it would belong to nobody you work for."))
        comment = write_comment(ticket, Comment.Kind.AGENT, by=by, html=html, files=files)
        announce([Event(ticket=ticket, kind=Event.Kind.OPENED, agent=by, comment=comment), *agent_answered(comment)])
    return comment


def _requester(address: str) -> Recipient:
    if OwnAddress.among([address]):
        raise NotAllowed(_("%(address)s is an address of the helpdesk itself.") % {"address": display(address)})
    recipient = noted({address: ""}, timezone.now())[0]
    if recipient.banned:
        raise NotAllowed(_("%(address)s is banned: its answer would not come in.") % {"address": display(address)})
    return recipient


def _opened(queue: Queue, requester: Recipient, subject: str) -> Ticket:
    """The new ticket, as a mail from `requester` would make it."""
    match, now = match_sender(requester.address), timezone.now()
    subject = " ".join(subject.split())[:500]
    ticket = recognised(queue, match, Arrival(received_at=now), subject=subject, bare_subject=subject.casefold())
    ticket.requester = requester
    follow_pairing(ticket, match)
    ticket.save()
    return ticket
