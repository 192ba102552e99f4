"""The trial of a deny rule: what it would have refused of the last thirty days' mail. Nothing changes by it."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from mailboxes.inbound.unreadable import read
from mailboxes.models import InboundEmail
from recipients.addresses.deny_list import matches, matches_address
from recipients.addressing.expressions import Clock
from recipients.models import DenyRule

DAYS = 30
#: Mails that are looked at, the newest first: by the ledger alone, and by reading the mail itself.
MOST = 50_000
MOST_READ = 200
#: Seconds that all of them together may take.
SECONDS = 5.0
#: Mails that are shown.
SHOWN = 20


@dataclass(slots=True)
class Trial:
    """How many mails there were, how many were looked at, and those the rule matches (`hits`; the newest `shown`)."""

    mails: int
    looked_at: int = 0
    hits: int = 0
    too_slow: int = 0
    unread: int = 0
    shown: list[InboundEmail] = field(default_factory=list)

    @property
    def is_partial(self) -> bool:
        return self.looked_at < self.mails

    @property
    def is_broad(self) -> bool:
        """Whether it would refuse more than half of all mail: most likely not what is meant."""
        return self.looked_at >= 10 and self.hits * 2 > self.looked_at


def try_rule(rule: DenyRule, mails: QuerySet[InboundEmail]) -> Trial:
    """Compare the unsaved `rule` with those of `mails` that came in the last thirty days, within `SECONDS`."""
    since = timezone.now() - timedelta(days=DAYS)
    recent = mails.filter(fetched_at__gte=since).order_by("-fetched_at", "-pk").defer("match", "verdict", "traceback")
    trial, clock, reads = Trial(recent.count()), Clock(SECONDS), rule.where == DenyRule.Where.BODY
    for mail in recent[: MOST_READ if reads else MOST].iterator(chunk_size=500):
        if clock.has_run_out:
            break
        trial.looked_at += 1
        if _matches(rule, mail, clock, trial):
            trial.hits += 1
            if len(trial.shown) < SHOWN:
                trial.shown.append(mail)
    trial.too_slow = clock.too_slow
    return trial


def _matches(rule: DenyRule, mail: InboundEmail, clock: Clock, trial: Trial) -> bool:
    if rule.where == DenyRule.Where.EMAIL:
        return matches_address(rule, mail.author, clock)
    if rule.where == DenyRule.Where.SUBJECT:
        return matches(rule, mail.subject, clock)
    try:
        parsed, _trouble = read(mail.raw, headers_only=mail.is_oversized)
    except Exception:  # the archive has lost it, or cannot be reached: that is for the mail log to say
        trial.unread += 1
        return False
    return matches(rule, parsed.text, clock)
