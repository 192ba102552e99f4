"""Delivery reports (RFC 3464) and what pretends to be one: which mail of ours could not be delivered."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from mailboxes.inbound.conclusion import Conclusion, received
from mailboxes.inbound.context import InboundContext
from mailboxes.models import Outcome
from mailboxes.parsing import Bounce, BouncedRecipient, Kind
from recipients.addressing.normalise import display, normalise
from tickets.intake.receiving import receive_automatic, receive_bounce
from tickets.intake.threading import living
from tickets.models import Outbox
from tickets.text import references

RECENTLY = timedelta(days=7)  # servers go on trying for five (RFC 5321, 4.5.4.1), and the report is on its way, too
REPORTS = frozenset({Kind.BOUNCE, Kind.DELIVERY_WARNING, Kind.DELIVERY_SUCCESS})


def bounced(context: InboundContext) -> Conclusion | None:
    """A filter: a delivery report goes to the ticket of the mail it is about, and is no request of anybody."""
    mail = context.mail
    if mail.kind not in REPORTS:
        return None
    about = find_reported(context)
    if mail.kind is Kind.BOUNCE:
        return _failure(context, about)
    ticket = living(about.ticket_id, context.work) if about else None
    if about is None or ticket is None:
        return None
    if about.token not in _tokens(context):
        return Conclusion(Outcome.AUTOMATIC, _("A report that names no mail of ours; nothing was done with it."))
    reason = _("A report about a mail of #%(number)s; it changes nothing.") % {"number": ticket.number}
    return Conclusion(
        Outcome.AUTOMATIC,
        reason,
        ticket=ticket,
        action=lambda: received(Outcome.AUTOMATIC, receive_automatic(ticket, mail, context.arrival)),
    )


def find_reported(context: InboundContext) -> Outbox | None:
    """The outgoing mail a report is about: by its signed token, else the last one sent to the reported address."""
    bounce = context.mail.bounce
    addresses = {normalise(each.address) for each in bounce.recipients} - {""} if bounce else set()
    signed = list(Outbox.objects.filter(token__in=_tokens(context)).select_related("ticket"))
    if signed:
        return next((each for each in signed if each.recipient in addresses), signed[0])
    if not bounce or not addresses:
        return None
    sent = Outbox.objects.filter(
        recipient__in=addresses, state=Outbox.State.SENT, sent_at__gte=timezone.now() - RECENTLY
    )
    if numbers := references.tagged(_original(bounce, "subject")):
        sent = sent.filter(ticket__in=numbers)
    return sent.select_related("ticket").order_by("-sent_at").first()


def _failure(context: InboundContext, about: Outbox | None) -> Conclusion | None:
    bounce = context.mail.bounce
    summary = _summary(bounce)
    if about is None and not context.mail.kind_is_certain:
        return None  # a postmaster may be a person who writes about mail
    if about is None:
        return Conclusion(Outcome.BOUNCE, _("%(summary)s It does not concern a mail of ours.") % {"summary": summary})
    failed = {normalise(each.address) for each in bounce.recipients if each.permanent} if bounce else set()
    certain = about.recipient in failed and _is_certain(context, about)
    said = _("A delivery report by %(sender)s says: %(summary)s")
    said %= {"sender": display(context.author) or context.mail.author.name or "?", "summary": summary}
    if failed and not certain and about.state != Outbox.State.BOUNCED:
        said += " " + _(
            "Nothing proves that it concerns a mail we sent to this address in the last few days, so we keep writing."
        )

    proved = about.token in _tokens(context)
    noted = said if proved else _unproved(context, about)

    def note() -> Conclusion | None:
        result = receive_bounce(about, context.mail, context.work, permanent=certain, summary=noted, proved=proved)
        return received(Outcome.BOUNCE, result) if result else None

    return Conclusion(Outcome.BOUNCE, noted, ticket=about.ticket, action=note)


def _unproved(context: InboundContext, about: Outbox) -> str:
    """What the ticket says of a report that anybody may have written: in our words alone."""
    said = _(
        "%(sender)s says that mail to %(address)s could not be delivered, but names no mail of ours. "
        "Nothing proves it, so we keep writing to the address. The report is in the mail log."
    )
    sender = display(context.author) or _("Somebody who gives no address")
    return said % {"sender": sender, "address": display(about.recipient)}


def _is_certain(context: InboundContext, about: Outbox) -> bool:
    """Whether fields, not words, name this very mail by its signed token, once, while servers may still report it."""
    bounce, since = context.mail.bounce, context.inbound.received_at - RECENTLY
    return (
        bounce is not None
        and bounce.standard
        and about.token in _tokens(context)
        and about.state == Outbox.State.SENT
        and about.sent_at is not None
        and about.sent_at >= since
    )


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


def _tokens(context: InboundContext) -> set[str]:
    """Every token of ours that the report carries: in the returned header, its own references and its recipients."""
    mail, keys = context.mail, settings.REFERENCE_KEYS
    ids = {*mail.in_reply_to, *mail.references}
    if mail.bounce:
        ids |= {mail.bounce.original_message_id, _original(mail.bounce, "message-id")}
    found = [references.read_message_id(each, keys) for each in ids]
    found += [references.read_reply_address(each, keys) for each in context.sent_to]
    if mail.bounce:
        found.append(references.read_token(_original(mail.bounce, "x-helpdesk-loop"), keys))
    return {token.text for token in found if token}


def _original(bounce: Bounce, name: str) -> str:
    return next((value for key, value in bounce.original_headers if key.casefold() == name), "")
