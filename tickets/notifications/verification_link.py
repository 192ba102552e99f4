"""Whether the sender of a ticket is to be asked to confirm that they wrote it, and by which link (A05, S46).

Asked by the audience of a new ticket, so that a dry run tells the same, and by the agents' button. What the click on
the link does is in `tickets.sender.verification`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from recipients.matching.validity import Validity
from recipients.models import User
from tickets.models import Event, Queue, Ticket, VerificationRequest


@dataclass(frozen=True, slots=True)
class Link:
    """What the mail alone says: the URL, of which the request keeps no more than a digest; and until when it works."""

    url: str
    until: datetime


def is_due(event: Event) -> bool:
    """Whether the queue's policy wants the sender of the ticket that was just opened to be asked.

    No query under another policy, at most one under this one. Whom an agent passed on was not asked to write to us.
    """
    ticket = event.ticket
    if ticket.queue.unknown_senders != Queue.UnknownSenders.VERIFY or event.agent_id:
        return False
    if event.comment is None or event.comment.in_portal:
        return False
    return not refusal(ticket, automatic=bool(event.data.get("automatic")))


def refusal(ticket: Ticket, *, automatic: bool) -> str:
    """Why the requester of `ticket` must not be asked, "" if they may. At most one query.

    `automatic`: the mail that opened it was. A machine, or everybody who reads a shared address, proves nothing by a
    click; whose address was forged shall get no mail for it.
    """
    requester = ticket.requester
    if ticket.validity != Validity.TO_VERIFY:
        return _("There is nothing to confirm: the sender is “%(is)s”.") % {"is": Validity(ticket.validity).label}
    if requester is None:
        return _("The ticket has no requester to ask.")
    if requester.shared:
        return _("The address is shared by many people, so a click would prove nothing.")
    if requester.banned:
        return _("The sender is banned, so nothing is asked of them.")
    if requester.undeliverable:
        return _("Mail to this address could not be delivered.")
    if automatic:
        return _("Automatic mail: no confirmation is asked for.")
    if ticket.verdict.get("failed"):
        return _("The mail server reports that the address may be forged; its owner should not be bothered.")
    if User.objects.filter(email=requester.address, is_active=True).exists():
        return _("The sender works here.")
    return ""


def issue_link(ticket: Ticket, address: str) -> Link:
    """A new one-time link for the mail that is being written. One query."""
    request, token = VerificationRequest.issue(address, ticket=ticket)
    return Link(f"{settings.SITE_URL}{reverse('portal:verify', args=[token])}", request.expires_at)
