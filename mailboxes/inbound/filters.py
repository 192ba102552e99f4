"""The filters: may a mail come in at all? Each lets it pass or says how it ends; the first answer counts.

They come before threading, so that a banned sender's replies are stopped too, and create nothing: no recipient, no
customer, no confirmation. They only ask: what is to be done about the mail is the action of their answer.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from mailboxes.inbound.bounces import bounced
from mailboxes.inbound.conclusion import Conclusion
from mailboxes.inbound.context import InboundContext
from mailboxes.inbound.duplicates import original_of
from mailboxes.models import Address, Outcome
from mailboxes.sending import notices
from recipients.addresses.deny_list import are_colleagues, first_denying
from recipients.addressing.normalise import display, normalise
from recipients.matching.verdict import Way
from tickets.models import Outbox

Filter = Callable[[InboundContext], Conclusion | None]


def duplicate(context: InboundContext) -> Conclusion | None:
    """Another delivery of a mail that has been processed, also if its ticket was deleted (L10, L11, L19, L20)."""
    original = original_of(context)
    if original is None:
        return None
    reason = _("The same mail, with the same content, arrived before: entry %(number)d of the mail log.")
    context.inbound.ticket_number = original.ticket_number
    return Conclusion(
        Outcome.DUPLICATE, reason % {"number": original.pk}, ticket=original.ticket, duplicate_of=original
    )


def our_own(context: InboundContext) -> Conclusion | None:
    """A mail that we sent ourselves: the check of a redirect, or a loop. Our address as sender alone is none (R23)."""
    token = context.own_token
    if token is None:
        return _forwarded_check(context)
    check = Outbox.objects.filter(token=token.text, kind=Outbox.Kind.REDIRECT_CHECK).first()
    address = Address.objects.filter(address=check.recipient).first() if check else None
    if check and address:
        return _arrived_check(check, address, context.author)
    return Conclusion(Outcome.LOOP, _("The helpdesk itself sent this mail; it came back."))


def _arrived_check(check: Outbox, address: Address, author: str) -> Conclusion:
    """Our check came in: as we sent it, as written by the address itself, which forwards, or by whom a server put."""
    replaced = author if check.sent_from and author != check.sent_from else ""
    if replaced == address.address:
        reason = _("Our check arrived as if written by %(address)s: its mailbox forwards instead of redirecting.")
        values = {"address": address}
        return Conclusion(Outcome.LOOP, reason % values, action=lambda: notices.address_forwards(address.address))
    reason = _("The redirect of %(address)s works: our check arrived.") % {"address": address}
    return Conclusion(Outcome.REDIRECT_CHECK, reason, action=lambda: address.confirm_redirect(replaced))


def _forwarded_check(context: InboundContext) -> Conclusion | None:
    """Our check of a redirect that came back forwarded, under the sender and with the words of who forwards."""
    claim, forwarded = context.claim, context.mail.forwarded
    if claim is None or forwarded is None or claim.way is not Way.FORWARD:
        return None
    sent = Outbox.objects.filter(kind=Outbox.Kind.REDIRECT_CHECK, recipient=claim.by_way_of, subject=forwarded.subject)
    if not sent.exists():
        return None
    reason = _("Our check came back forwarded: the mailbox of %(address)s forwards instead of redirecting.")
    return Conclusion(
        Outcome.LOOP,
        reason % {"address": display(claim.by_way_of)},
        action=lambda: notices.address_forwards(claim.by_way_of),
    )


def banned(context: InboundContext) -> Conclusion | None:
    """R09: a ban beats everything but a duplicate."""
    banned = next((each for each in (context.writer, *context.others) if each.banned), None)
    if banned is None:
        return None
    return Conclusion(Outcome.BANNED, _("%(address)s is banned.") % {"address": display(banned.address)})


def denied(context: InboundContext) -> Conclusion | None:
    """R20: the first rule of the deny list that matches. Colleagues are not denied, unless the mail is forged."""
    mail, rules = context.mail, context.snapshot.deny_rules
    authors = {normalise(each.address) for each in mail.authors} | {context.author}
    if rule := first_denying(rules, authors, mail.subject, mail.text):
        if are_colleagues(authors) and not context.verdict.failed:
            return None
        reason = _("A rule of the deny list says: %(rule)s.") % {"rule": rule}
        return Conclusion(Outcome.DENIED, reason, action=lambda: context.work.at_the_end(rule.count_hit))
    return None


def too_large(context: InboundContext) -> Conclusion | None:
    """Larger than the mailbox takes: its header is kept and its agents get to know (L04)."""
    inbound = context.inbound
    if not inbound.is_oversized:
        return None
    author, subject, size, limit = display(context.author), context.mail.subject, inbound.size, inbound.limit
    reason = _("It has %(size)d bytes; the mailbox accepts at most %(limit)d. Its agents are notified.")
    return Conclusion(
        Outcome.TOO_LARGE,
        reason % {"size": size, "limit": limit},
        action=lambda: (
            None if inbound.silent else notices.mail_is_too_large(author, subject, size, limit, context.route.queue)
        ),
    )


FILTERS: tuple[Filter, ...] = (duplicate, our_own, bounced, banned, denied, too_large)
