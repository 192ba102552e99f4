"""The agent's word on a sender: accepted, or rejected (A05)."""

from django.utils.translation import gettext as _

from recipients.matching.validity import Validity
from recipients.models import User
from tickets.models import Comment, EventKind, NotAllowed, Ticket


def accept_sender(ticket: Ticket, *, by: User) -> None:
    """Take the sender at their word: a ticket to verify, or rejected before, is valid. Raises NotAllowed."""
    _judge(ticket, Validity.VALID, {Validity.TO_VERIFY, Validity.VERIFIED, Validity.REJECTED}, by=by)


def reject_sender(ticket: Ticket, *, by: User) -> None:
    """Say that the sender may not write for the customer. The ticket stays; the profile Email is not told."""
    _judge(ticket, Validity.REJECTED, {Validity.TO_VERIFY, Validity.VERIFIED}, by=by)


def _judge(ticket: Ticket, validity: Validity, judged: set[Validity], *, by: User) -> None:
    """Give a sender who is one of `judged` this validity."""
    with ticket.changing(ticket.customer):
        if (before := Validity(ticket.validity)) not in judged:
            raise NotAllowed(_("There is nothing to decide: the sender is “%(is)s”.") % {"is": before.label})
        if validity == Validity.VALID:
            if ticket.customer is None:
                raise NotAllowed(_("Choose a customer first: the sender is then valid for that customer."))
            ticket.customer.confirm()
        ticket.validity = validity
        ticket.changed("validity")
        written = ticket.comments.filter(recipient=ticket.requester_id, kind=Comment.Kind.CUSTOMER)
        written.update(validity=validity)
        ticket.record(EventKind.VALIDITY, by, {"before": before, "after": validity})
