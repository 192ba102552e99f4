"""The verification link: an agent asks, the sender clicks, the panel tells how it stands.

The click proves that whoever has the link reads the mail of that address. It never says for whom they write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk import limits
from recipients.matching.validity import Validity
from recipients.models import User
from tickets.models import Comment, Event, NotAllowed, Ticket, TicketSettings, VerificationRequest
from tickets.notifications.dispatch import announce
from tickets.notifications.gate import Withheld
from tickets.notifications.verification_link import refusal


class Answer(StrEnum):
    """What a link comes to: OPEN may be confirmed, CONFIRMED has just been; the others say why nothing happens."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    USED = "used"
    EXPIRED = "expired"
    SETTLED = "settled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Asked:
    """The last request to the requester of a ticket, and why there may be none now, "" if there may."""

    last: VerificationRequest | None
    refusal: str

    @property
    def is_waiting(self) -> bool:
        return self.last is not None and self.last.is_usable


def ask_to_verify(ticket: Ticket, *, by: User) -> None:
    """Send the requester a one-time link by which to confirm the address (A05). Raises NotAllowed with the reason."""
    with ticket.changing():
        if reason := _refusal(ticket, _requests(ticket)):
            raise NotAllowed(reason)
        event = Event(ticket=ticket, kind=Event.Kind.VERIFY_ASKED, agent=by)
        announce([event])
        for _address, why in event.data.get("withheld", []):
            raise NotAllowed(str(Withheld(why).label))


def confirm(link: VerificationRequest) -> Answer:
    """Use `link`: the ticket, if it still waits for it, is verified, and so are its sender's messages until then.

    Of two clicks at once one confirms. After a merge the surviving ticket counts, because its requests moved there.
    """
    for _attempt in range(3):
        try:
            with link.ticket.changing():
                link.refresh_from_db(fields=["used_at"])
                answer = answer_of(link)
                if answer is not Answer.OPEN:
                    return answer
                if not link.use():
                    return Answer.USED
                _verified(link)
                return Answer.CONFIRMED
        except NotAllowed:  # merged since the link was looked up
            link.refresh_from_db()
    return Answer.CLOSED


def verified(ticket: Ticket, messages: QuerySet[Comment]) -> None:
    """The requester has proved to control the address: `ticket` is verified, and those of `messages` in their name.

    Messages that are known to be forged stay as they are. To be called in a transaction with the ticket locked.
    """
    before, requester = ticket.validity, ticket.requester
    ticket.validity = Validity.VERIFIED
    ticket.changed("validity")
    written = messages.filter(
        kind=Comment.Kind.CUSTOMER,
        author_address=requester.address if requester else "",
        is_held=False,
        validity=Validity.TO_VERIFY,
    )
    proven = [comment.pk for comment in written.only("pk", "verdict") if not comment.verdict.get("failed")]
    Comment.objects.filter(pk__in=proven).update(validity=Validity.VERIFIED)
    data = {"before": before, "after": Validity.VERIFIED}
    Event.objects.create(ticket=ticket, kind=Event.Kind.VALIDITY, recipient=requester, data=data)


def answer_of(link: VerificationRequest) -> Answer:
    """How it stands with `link`; changes nothing."""
    ticket = link.ticket
    requester = ticket.requester
    if link.used_at:
        return Answer.USED
    if requester is None or requester.address != link.address or requester.banned or requester.shared:
        return Answer.CLOSED
    if ticket.validity in (Validity.VALID, Validity.VERIFIED):
        return Answer.SETTLED
    if ticket.validity != Validity.TO_VERIFY:
        return Answer.CLOSED
    return Answer.OPEN if link.is_usable else Answer.EXPIRED


def asked(ticket: Ticket) -> Asked | None:
    """What the panel of `ticket` tells about it: None if the sender is valid and was never asked. Four queries."""
    if ticket.validity == Validity.VALID or ticket.is_merged:
        return None
    requests = _requests(ticket)
    reason = _refusal(ticket, requests)
    if not requests and ticket.validity != Validity.TO_VERIFY:
        return None
    return Asked(requests[0] if requests else None, reason)


def _refusal(ticket: Ticket, requests: Sequence[VerificationRequest]) -> str:
    """Why the requester cannot be asked now, after `requests`. At most three queries."""
    if ticket.validity == Validity.TO_VERIFY and len(requests) >= limits.VERIFICATION_REQUESTS.amount:
        return limits.VERIFICATION_REQUESTS.sentence()
    since = timezone.now() - limits.VERIFICATION_PAUSE.time
    if ticket.validity == Validity.TO_VERIFY and requests and requests[0].created_at > since:
        return limits.VERIFICATION_PAUSE.sentence()
    opened = ticket.events.filter(kind=Event.Kind.OPENED, data__automatic=True)
    if reason := refusal(ticket, automatic=ticket.validity == Validity.TO_VERIFY and opened.exists()):
        return reason
    if not TicketSettings.load().notifications:
        return _("Ticket notifications are switched off, so only agents' answers are sent.")
    return ""


def _requests(ticket: Ticket) -> list[VerificationRequest]:
    """The newest requests to the requester as they are now."""
    if ticket.requester is None:
        return []
    return list(
        ticket.verification_requests.filter(address=ticket.requester.address)[: limits.VERIFICATION_REQUESTS.amount]
    )


def _verified(link: VerificationRequest) -> None:
    """What the sender wrote before they were asked is theirs now; what came later, if it answers a mail of ours.

    Another mail in their name that came in meanwhile may be forged: the page of the link does not show it. Whoever else
    got a mail about the ticket knows an id to answer, too; then no later message is taken for the sender's.
    """
    written = Q(created_at__lte=link.created_at)
    others = link.ticket.outbox.filter(to_staff=False).exclude(recipient=link.address)
    if not others.exists():
        written |= Q(answers_our_mail=True)
    verified(link.ticket, link.ticket.comments.filter(written))
