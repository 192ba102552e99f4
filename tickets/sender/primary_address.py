"""The primary-address request: an agent asks, and a message from the customer's primary address answers (A06).

A sensitive request may come from an authorised sender, or from whoever wrote the name of one. Open until a message
comes from the primary address itself: not held, and of an origin that somebody vouches for, because anybody can write a
From. A message that nobody vouches for is a claim, which an agent may accept; one that is known to be forged is
nothing. The customer's primary address of that moment counts, so that the request follows a new one; when the ticket
gets another customer, it is withdrawn, because the question was put to somebody else.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from helpdesk.database.prepared import PreparedQuery
from helpdesk.wording.liquid import render_text
from recipients.addressing.normalise import masked
from recipients.matching.verdict import Verdict
from recipients.models import CustomerAddress, User
from tickets.conversation.replying import reply
from tickets.models import Comment, Event, NotAllowed, PrimaryRequest, Ticket
from tickets.models.work.sender_requests import WAITS
from tickets.sender.badges import authentication
from tickets.text.references import tag


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands on a ticket: the last request, if there was one; the masked primary address, "" if there is none;
    whether the last message came from another one; may one ask now? And the last message since the request that claims
    to come from there, and of which nothing is proved.
    """

    request: PrimaryRequest | None
    address: str
    is_other: bool
    may_ask: bool
    claim: int | None = None

    @property
    def is_open(self) -> bool:
        return self.request is not None and self.request.fulfilled_at is None

    @property
    def doubt(self) -> str:
        """What is known of the origin of the message that an agent accepted; "" if that is proof."""
        comment = self.request.fulfilled_by if self.request else None
        return "" if comment is None or is_proved(comment) else str(authentication(comment.verdict).label)


def ask_for_primary(ticket: Ticket, *, by: User, html: str) -> Comment:
    """Answer with `html`, and wait for a message from the primary address (A06). Raises as `reply` does."""
    with ticket.changing():
        primary = primary_of(ticket)
        if reason := refusal(ticket, primary):
            raise NotAllowed(reason)
        comment = reply(ticket, by=by, html=html)
        PrimaryRequest.objects.create(ticket=ticket, address=primary, asked_by=by)
        ticket.record(Event.Kind.PRIMARY_ASKED, by, {"address": primary}, comment=comment)
    return comment


def refusal(ticket: Ticket, primary: str) -> str:
    """Why nobody can be asked to write from `primary`, "" if they can. One query."""
    if ticket.customer is None:
        return _("The ticket has no customer, so no primary address is known. Choose the customer first.")
    if not primary:
        return _("%(name)s has no primary address.") % {"name": ticket.customer}
    if ticket.is_merged:
        return _("This ticket was merged; continue in the other one.")
    if ticket.primary_requests.unanswered().exists():
        return _("They have already been asked.")
    return ""


def ready_text(ticket: Ticket, primary: str) -> str:
    """What an agent would send, in the queue's language. The address is masked: the reader may not be who they say."""
    values = {"ticket": {"tag": tag(ticket.number), "subject": ticket.subject}, "address": masked(primary)}
    return render_text("primary_request", ticket.queue.language, values)


def standing(ticket: Ticket) -> Standing:
    """What the panel of `ticket` shows. One query; a second one if anybody was ever asked, a third while it is open."""
    ((primary, author, verdict, asked),) = _FACTS.rows(pk=ticket.pk)
    requests = ticket.primary_requests.select_related("asked_by", "fulfilled_by")
    requests = requests.defer(*(f"fulfilled_by__{name}" for name in ("text", "html", "reply", "quoted")))
    request = requests.first() if asked else None
    is_other = bool(primary) and (author != primary or bool((verdict or {}).get("failed")))
    is_open = request is not None and request.fulfilled_at is None
    may_ask = is_other and not is_open and not ticket.is_merged
    claim = _claims(request, primary or "").values_list("pk", flat=True).first() if request and is_open else None
    return Standing(request, masked(primary or ""), is_other, may_ask, claim)


class _Facts(NamedTuple):
    primary: str | None
    author: str | None
    verdict: dict[str, object] | None
    asked: bool


def _facts(pk: int) -> QuerySet[Ticket, Any]:
    """The customer's primary address, the last message's author and its verdict, and whether anybody was ever asked."""
    said = Comment.objects.filter(ticket=OuterRef("pk"), kind=Comment.Kind.CUSTOMER, is_held=False, is_public=True)
    last = said.order_by("-created_at", "-pk")
    return Ticket.objects.filter(pk=pk).values_list(
        Subquery(_primary(OuterRef("customer"))[:1]),
        Subquery(last.values("author_address")[:1]),
        Subquery(last.values("verdict")[:1]),
        Exists(PrimaryRequest.objects.filter(ticket=OuterRef("pk"))),
    )


_FACTS = PreparedQuery(_Facts, _facts, pk=0)


def is_proved(comment: Comment) -> bool:
    """Whether its From is more than a claim: its writer had signed in, or the domain is vouched for (A06, S47)."""
    return comment.in_portal or Verdict.from_json(comment.verdict).passed


def fulfil(comment: Comment) -> list[Event]:
    """Take `comment` as the answer, if it is one; the events that are to be announced.

    One query, and another one to write it down; none if the ticket was read with `is_waiting` and is not.
    """
    if comment.is_held or not is_proved(comment) or not getattr(comment.ticket, WAITS, True):
        return []
    request = (
        comment.ticket.primary_requests.unanswered()
        .filter(
            ticket__customer__addresses__is_primary=True,
            ticket__customer__addresses__address=comment.author_address,
        )
        .first()
    )
    if request is None:
        return []
    request.fulfil(comment)
    kind = Event.Kind.PRIMARY_WROTE
    return [Event(ticket=comment.ticket, kind=kind, recipient=comment.recipient, comment=comment)]


def accept(ticket: Ticket, comment: int, *, by: User) -> None:
    """Take the message with that key for the answer, though nothing proves who wrote it. Raises NotAllowed."""
    with ticket.changing():
        request = ticket.primary_requests.unanswered().first()
        claim = _claims(request, primary_of(ticket)).filter(pk=comment).first() if request else None
        if request is None or claim is None:
            raise NotAllowed(_("Nobody is waiting for this message any more."))
        request.fulfil(claim)
        ticket.record(Event.Kind.PRIMARY_WROTE, by, {"accepted": True}, comment=claim, recipient=claim.recipient)


def _claims(request: PrimaryRequest, primary: str) -> QuerySet[Comment]:
    """The messages since `request` that may come from the address `primary`, the newest first."""
    said = Comment.objects.filter(ticket=request.ticket_id, kind=Comment.Kind.CUSTOMER, is_held=False, is_public=True)
    said = said.filter(author_address=primary, created_at__gte=request.asked_at).exclude(author_address="")
    return said.exclude(verdict__failed=True).order_by("-created_at", "-pk")


def withdraw(ticket: Ticket, *, by: User) -> None:
    """Wait no longer. Raises NotAllowed if nobody waits."""
    with ticket.changing():
        if not ticket.primary_requests.unanswered().delete()[0]:
            raise NotAllowed(_("Nobody is waiting for the primary address any more."))
        ticket.record(Event.Kind.PRIMARY_ASKED, by, {"withdrawn": True})


def primary_of(ticket: Ticket) -> str:
    """The customer's primary address, "" if there is none."""
    return _primary(ticket.customer_id).first() or "" if ticket.customer_id else ""


def _primary(customer: int | OuterRef | None) -> QuerySet[CustomerAddress, str]:
    addresses = CustomerAddress.objects.order_by().filter(customer=customer, is_primary=True)
    return addresses.values_list("address", flat=True)
