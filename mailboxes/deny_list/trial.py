"""The trial of a deny rule: what it would have refused of the last thirty days' mail. Nothing changes by it."""

from dataclasses import dataclass

from helpdesk import limits
from helpdesk.ui.trials import Tally, Trial, first_moment
from mailboxes.inbound.unreadable import read_stored
from mailboxes.models import InboundEmail
from mailboxes.models.ledger import InboundQuerySet
from recipients.addresses.deny_list import matches, matches_address
from recipients.addressing.expressions import Clock
from recipients.models import DenyRule, User

#: Seconds that all of them together may take.
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DenyTrial(Trial[InboundEmail]):
    """`too_slow`: for how many mails the expression took too long; `unread`: how many the archive did not give."""

    too_slow: int
    unread: int


def try_rule(rule: DenyRule, mails: InboundQuerySet) -> DenyTrial:
    """Compare the unsaved `rule` with those of `mails` that came in the last thirty days, within `SECONDS`."""
    recent = mails.since(first_moment()).defer("match", "verdict", "traceback")
    clock, reads = Clock(SECONDS), rule.where == DenyRule.Where.BODY
    tally = Tally[InboundEmail]()
    colleagues = set(User.objects.filter(is_active=True).values_list("email", flat=True))
    most = limits.TRIAL_MAILS_READ.amount if reads else limits.TRIAL_MAILS.amount
    for mail in recent[:most].iterator(chunk_size=500):
        if clock.has_run_out:
            break
        tally.add(mail, is_found=mail.author not in colleagues and _matches(rule, mail, clock))
    return DenyTrial(recent.count(), tally.looked_at, tally.found, tally.shown, clock.too_slow, tally.unread)


def _matches(rule: DenyRule, mail: InboundEmail, clock: Clock) -> bool | None:
    """Whether the rule refuses the mail; None if it would have to be read and cannot be."""
    if rule.where == DenyRule.Where.EMAIL:
        return matches_address(rule, mail.author, clock)
    if rule.where == DenyRule.Where.SUBJECT:
        return matches(rule, mail.subject, clock)
    parsed = read_stored(mail)
    return matches(rule, parsed.text, clock) if parsed else None
