"""A dry run in words, step by step with its reasons, for a reader who may not see every ticket and customer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailboxes.inbound import filters
from mailboxes.inbound.bounces import bounced
from mailboxes.inbound.context import InboundContext
from mailboxes.inbound.filters import FILTERS, Filter
from mailboxes.models import Outcome
from mailboxes.what_if.dry_run import DryRun
from recipients.addressing.normalise import display
from recipients.matching.explanation import Line, lines, sentence
from recipients.matching.match import Match
from recipients.matching.validity import Validity
from recipients.matching.verdict import Verdict
from recipients.models import User
from recipients.users.access import visible_customers
from tickets.agents.masking import SOMEBODY, masked
from tickets.intake.new_ticket import validity_of
from tickets.intake.preview import PreviewedCopy
from tickets.intake.reply_policy import Role
from tickets.models import Ticket
from tickets.models.work.visibility import may_see
from tickets.rules.sentences import Names, action_text, condition_text
from tickets.sender.badges import authentication, by_way_of

FILTER_QUESTIONS: Mapping[Filter, str | Promise] = {
    filters.duplicate: gettext_lazy("Has it arrived before?"),
    filters.our_own: gettext_lazy("Did the helpdesk send it?"),
    bounced: gettext_lazy("Is it a delivery report?"),
    filters.banned: gettext_lazy("Is the sender banned?"),
    filters.denied: gettext_lazy("Is it on the deny list?"),
    filters.too_large: gettext_lazy("Is it too large?"),
}
_WOULD: Mapping[str, str | Promise] = {
    Outcome.TICKET: gettext_lazy("It would open a new ticket."),
    Outcome.COMMENT: gettext_lazy("It would be added to #%(number)s."),
    Outcome.HELD: gettext_lazy("It would be held on #%(number)s until an agent accepts it."),
}


@dataclass(frozen=True)
class DryRunText:
    """A dry run for one reader: what would become of the mail, every step, whom the ticket would belong to."""

    outcome: str
    label: str
    summary: str
    reason: str
    steps: list[Line]
    who: str
    added: str
    ticket: Ticket | None
    customer: str
    queue: str
    told: list[PreviewedCopy]
    told_hidden: int


def describe(dry_run: DryRun, user: User) -> DryRunText:
    """`dry_run` in sentences, without the tickets and customers that `user` may not see."""
    reader = _Reader(dry_run, user)
    decision = dry_run.decision
    hidden = reader.hides_ticket or reader.hides_customer
    return DryRunText(
        outcome=decision.outcome,
        label=str(decision.outcome.label),
        summary=reader.summary(),
        reason=reader.unless_hidden(decision.reason),
        steps=list(reader.steps()),
        who=reader.who(),
        added=reader.added(),
        ticket=dry_run.ticket,
        customer=reader.customer,
        queue=reader.queue,
        told=[] if hidden else dry_run.told,
        told_hidden=len(dry_run.told) if hidden else 0,
    )


class _Reader:
    """What one user may read of a dry run."""

    def __init__(self, dry_run: DryRun, user: User) -> None:
        self.dry_run, self.decision = dry_run, dry_run.decision
        ticket = self.about
        self.hides_ticket = ticket is not None and not may_see(user, ticket)
        self.match, self.hides_customer = _readable(self.decision.match, user)
        owner = dry_run.ticket.customer if dry_run.ticket else None
        if owner and not visible_customers(user).filter(pk=owner.pk).exists():
            self.hides_customer = True
        self.customer = str(SOMEBODY if self.hides_customer else owner) if owner else ""
        self.queue = str(dry_run.context.queue or "")
        self.user = user

    @property
    def about(self) -> Ticket | None:
        """The ticket that the decision speaks of."""
        decision = self.decision
        if decision.stopped:
            original = decision.stopped.duplicate_of
            return decision.stopped.ticket or (original.ticket if original else None)
        return decision.thread.ticket or decision.thread.follow_up_of

    def unless_hidden(self, reason: str) -> str:
        return _("It concerns a ticket that you cannot see.") if self.hides_ticket else reason

    def summary(self) -> str:
        decision = self.decision
        if decision.outcome not in _WOULD:
            return _("It would open no ticket.")
        if decision.reply is None:
            return str(_WOULD[Outcome.TICKET])
        if self.hides_ticket:
            return _("It would join a ticket that you cannot see.")
        return str(_WOULD[decision.outcome]) % {"number": decision.reply.ticket.number}

    def who(self) -> str:
        """Whom the sender was taken for, and why, in one sentence; "" if nobody asked."""
        match, found = self.match, self.decision.match
        if found is None:
            return ""
        return sentence(match, match["customer_name"], display(match["address"]), self._validity(found))

    def added(self) -> str:
        """Who would be added as a person, in one sentence; "" if nobody."""
        person = self.dry_run.person
        if person is None:
            return ""
        if person.company is None:
            return _("%(name)s would be added as a person (lead).") % {"name": person.name}
        text = _("%(name)s would be added as a person (lead) under %(company)s.")
        return text % {"name": person.name, "company": self.customer}

    def steps(self) -> Iterator[Line]:
        """Every question in the order in which it is asked."""
        yield Line(_("Where was it sent?"), self._route(), "ok")
        verdict = self.dry_run.context.verdict
        yield Line(_("Is it authentic?"), str(authentication(verdict.as_json()).label), _origin(verdict))
        if way := by_way_of(verdict.as_json()):
            yield Line(_("Who wrote it?"), f"{_named(self.dry_run.context)} {way}".strip(), "asked")
        yield from self._filters()
        if self.decision.stopped:
            return
        thread = self.decision.thread
        answer = self.unless_hidden(thread.reason) or _("It refers to none.")
        yield Line(_("Does it belong to a ticket?"), answer, "ok" if thread.ticket else "skipped")
        if self.decision.match:
            yield from lines(self.match)
            yield from self._writer(self.decision.match)
        yield from self._rules()

    def _validity(self, match: Match) -> str:
        ticket = self.dry_run.ticket
        return ticket.validity if ticket else validity_of(match, self.dry_run.context.arrival)

    def _route(self) -> str:
        reason = self.dry_run.context.route.reason
        queue = _("Queue: %(queue)s.") % {"queue": self.queue} if self.queue else _("No queue handles that address.")
        return f"{reason} {queue}"

    def _filters(self) -> Iterator[Line]:
        stopped = False
        for each in FILTERS:
            label = str(FILTER_QUESTIONS[each])
            if each is self.decision.stopped_by:
                stopped = True
                yield Line(label, self.unless_hidden(self.decision.reason), "failed")
            else:
                yield Line(label, _("Not asked.") if stopped else _("No."), "skipped" if stopped else "ok")

    def _rules(self) -> Iterator[Line]:
        """Which rules for new requests acted, what each would do, and why."""
        ruling = self.decision.arrival.ruling if self.decision.arrival else None
        if ruling is None:
            return
        hits = ruling.plan.hits
        names = Names.of(chain.from_iterable((*hit.because, *hit.rule.actions) for hit in hits), self.user)
        for hit in hits:
            why = "; ".join(condition_text(each, names) for each in hit.because)
            done = "; ".join(action_text(each, names) for each in hit.rule.actions)
            label = _("Rule “%(name)s”") % {"name": hit.rule.name}
            yield Line(label, f"{done} ({why})" if why else done, "failed" if ruling.plan.deletes else "ok")
        if not hits:
            yield Line(_("Does a rule apply?"), _("No."), "skipped")

    def _writer(self, match: Match) -> Iterator[Line]:
        """What the writer has to do with the ticket, and whether they are valid."""
        thread, reply = self.decision.thread, self.decision.reply
        if reply:
            role = {
                Role.AGENT: _("It is an agent's reply."),
                Role.CUSTOMER: _("The sender is involved in the ticket."),
            }.get(reply.writer.role, reply.writer.reason)
            yield Line(_("May the sender write to it?"), role, _state(reply.held))
        elif thread.ticket:
            answer = _("The sender is not involved in it; the settings then ask for a new ticket.")
            yield Line(_("May the sender write to it?"), answer, "failed")
        valid = self._validity(match)
        doubtful = valid not in (Validity.VALID, Validity.VERIFIED)
        yield Line(_("Is the sender valid?"), str(_label(valid)), _state(doubtful))
        if any(each.copy.asks and not each.withheld for each in self.dry_run.told):
            asked = _("Yes: the mail to the sender has a link to confirm the address.")
            yield Line(_("Is the sender asked to confirm the address?"), asked, "ok")


def _named(context: InboundContext) -> str:
    """The author whom the mail names, with a full stop; "" if it names nobody."""
    author = context.mail.author
    return f"{author.name} <{display(context.author)}>.".strip() if context.author else ""


def _origin(verdict: Verdict) -> str:
    """A mail of which nothing is known is neither authentic nor a forgery."""
    return "failed" if verdict.failed else "ok" if verdict.passed else "asked"


def _state(failed: bool) -> str:
    return "failed" if failed else "ok"


def _label(validity: str) -> str | Promise:
    return Validity(validity).label


def _readable(match: Match | None, user: User) -> tuple[dict[str, Any], bool]:
    """`match` as values that `user` may read; and whether a name was taken out that says whose the ticket would be."""
    if match is None:
        return {}, False
    values = match.as_json()
    (readable,) = masked([values], user)
    return readable, {**readable, "lookalike": None} != {**values, "lookalike": None}
