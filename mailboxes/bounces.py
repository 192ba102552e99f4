"""Which mail of ours could not be delivered? Delivery reports (RFC 3464) and what pretends to be one."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from mailboxes.delivery import Delivery
from mailboxes.models import Outcome
from mailboxes.outcomes import Conclusion, received
from mailboxes.parsing import Bounce, BouncedRecipient, Kind
from recipients.addressing import display, normalise
from tickets import references
from tickets.models import Outbox
from tickets.receiving import receive_automatic, receive_bounce

RECENTLY = timedelta(days=5)  # as long as servers go on trying (RFC 5321, 4.5.4.1)
REPORTS = frozenset({Kind.BOUNCE, Kind.DELIVERY_WARNING, Kind.DELIVERY_SUCCESS})


def bounced(delivery: Delivery) -> Conclusion | None:
    """A screen: a delivery report goes to the ticket of the mail it is about, and is no request of anybody."""
    mail = delivery.mail
    if mail.kind not in REPORTS:
        return None
    about = find_reported(delivery)
    if mail.kind is Kind.BOUNCE:
        return _failure(delivery, about)
    ticket = about.ticket if about else None
    if ticket is None:
        return None
    reason = _("A report about a mail of #%(number)s; it changes nothing.") % {"number": ticket.number}
    return Conclusion(
        Outcome.AUTOMATIC,
        reason,
        ticket=ticket,
        deed=lambda: received(Outcome.AUTOMATIC, receive_automatic(ticket, mail, delivery.arrival)),
    )


def find_reported(delivery: Delivery) -> Outbox | None:
    """The outgoing mail a report is about: by its signed token, else the last one sent to the reported address."""
    signed = Outbox.objects.filter(token__in=_tokens(delivery)).select_related("ticket")
    if found := signed.first():
        return found
    bounce = delivery.mail.bounce
    addresses = {normalise(each.address) for each in bounce.recipients} - {""} if bounce else set()
    if not bounce or not addresses:
        return None
    sent = Outbox.objects.filter(
        recipient__in=addresses, state=Outbox.State.SENT, sent_at__gte=timezone.now() - RECENTLY
    )
    if numbers := references.tagged(_original(bounce, "subject")):
        sent = sent.filter(ticket__in=numbers)
    return sent.select_related("ticket").order_by("-sent_at").first()


def _failure(delivery: Delivery, about: Outbox | None) -> Conclusion:
    bounce = delivery.mail.bounce
    summary = _summary(bounce)
    if about is None:
        return Conclusion(Outcome.BOUNCE, _("%(summary)s It is not about a mail of ours.") % {"summary": summary})

    def note() -> Conclusion | None:
        permanent = _is_permanent(bounce, about)
        result = receive_bounce(about, delivery.mail, permanent=permanent, summary=summary)
        return received(Outcome.BOUNCE, result) if result else None

    return Conclusion(Outcome.BOUNCE, summary, ticket=about.ticket, deed=note)


def _is_permanent(bounce: Bounce | None, about: Outbox) -> bool:
    """Whether the address we wrote to is the one that failed for good; one it forwards to says nothing about it."""
    failed = [each for each in bounce.recipients if each.permanent] if bounce else []
    return any(normalise(each.address) in (about.recipient, "") for each in failed)


def _summary(bounce: Bounce | None) -> str:
    """One sentence for the ticket and the mail log."""
    if bounce is None or not bounce.recipients:
        return _("A mail could not be delivered.")
    return " ".join(_sentence(each) for each in bounce.recipients[:5])


def _sentence(failed: BouncedRecipient) -> str:
    values = {"address": display(failed.address) or "?", "why": (failed.reason or failed.status)[:300]}
    if not values["why"]:
        return _("Mail to %(address)s could not be delivered.") % values
    return _("Mail to %(address)s could not be delivered: %(why)s.") % values


def _tokens(delivery: Delivery) -> set[str]:
    """Every token of ours that the report carries: in the returned header, its own references and its recipients."""
    mail, keys = delivery.mail, settings.REFERENCE_KEYS
    ids = {*mail.in_reply_to, *mail.references}
    if mail.bounce:
        ids |= {mail.bounce.original_message_id, _original(mail.bounce, "message-id")}
    found = [references.read_message_id(each, keys) for each in ids]
    found += [references.read_reply_address(each, keys) for each in delivery.sent_to]
    if mail.bounce:
        found.append(references.read_token(_original(mail.bounce, "x-helpdesk-loop"), keys))
    return {token.text for token in found if token}


def _original(bounce: Bounce, name: str) -> str:
    return next((value for key, value in bounce.original_headers if key.casefold() == name), "")
