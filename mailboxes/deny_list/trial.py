"""The trial of a deny rule: what it would have refused of the last thirty days' mail. Nothing changes by it."""

from dataclasses import dataclass

from helpdesk import limits
from helpdesk.ui.trials import Trial, first_moment
from mailboxes.inbound.unreadable import read
from mailboxes.models import InboundEmail
from mailboxes.models.ledger import InboundQuerySet
from recipients.addresses.deny_list import matches, matches_address
from recipients.addressing.expressions import Clock
from recipients.models import DenyRule, User

#: Seconds that all of them together may take.
SECONDS = 5.0
#: Mails that are shown.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class DenyTrial(Trial[InboundEmail]):
    """`too_slow`: for how many mails the expression took too long; `unread`: how many the archive did not give."""

    too_slow: int
    unread: int


def try_rule(rule: DenyRule, mails: InboundQuerySet) -> DenyTrial:
    """Compare the unsaved `rule` with those of `mails` that came in the last thirty days, within `SECONDS`."""
    recent = mails.since(first_moment()).defer("match", "verdict", "traceback")
    clock, reads = Clock(SECONDS), rule.where == DenyRule.Where.BODY
    looked_at = found = unread = 0
    shown: list[InboundEmail] = []
    colleagues = set(User.objects.filter(is_active=True).values_list("email", flat=True))
    most = limits.TRIAL_MAILS_READ.amount if reads else limits.TRIAL_MAILS.amount
    for mail in recent[:most].iterator(chunk_size=500):
        if clock.has_run_out:
            break
        looked_at += 1
        answer = mail.author not in colleagues and _matches(rule, mail, clock)
        unread += answer is None
        if answer:
            found += 1
            shown += [mail] if found <= SHOWN else []
    return DenyTrial(recent.count(), looked_at, found, shown, clock.too_slow, unread)


def _matches(rule: DenyRule, mail: InboundEmail, clock: Clock) -> bool | None:
    """Whether the rule refuses the mail; None if it would have to be read and cannot be."""
    if rule.where == DenyRule.Where.EMAIL:
        return matches_address(rule, mail.author, clock)
    if rule.where == DenyRule.Where.SUBJECT:
        return matches(rule, mail.subject, clock)
    try:
        parsed, _trouble = read(mail.raw, headers_only=mail.is_oversized)
    except Exception:  # the archive has lost it, or cannot be reached: that is for the mail log to say
        return None
    return matches(rule, parsed.text, clock)
