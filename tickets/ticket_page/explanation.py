"""Why a ticket got what it got: queue, rules, priority, assignee, customer, confirmation, and who was told of it.

Said from what was written down when it happened. Who did something since is told by the sentence of the history.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from recipients.addressing.normalise import display
from recipients.matching.explanation import Line
from recipients.models import User
from tickets.agents.masking import masked
from tickets.models import Event, Outbox, Ticket
from tickets.notifications.gate import Withheld
from tickets.rules.actions import Action, Do
from tickets.rules.conditions import Condition
from tickets.rules.sentences import Names, condition_text, done_text
from tickets.sender.badges import why as recognition
from tickets.ticket_page.conversation.history import told

#: What is explained by its last change, and what a rule calls it.
_CHANGED = {Event.Kind.QUEUE: Do.QUEUE, Event.Kind.PRIORITY: Do.PRIORITY, Event.Kind.ASSIGNEE: Do.ASSIGNEE}


@dataclass(slots=True)
class _Past:
    """What is known of how a ticket began, and of the last change of each kind."""

    ticket: Ticket
    opened: Event | None
    rules: list[Event]
    last: Mapping[str, Event]
    reader: User

    @property
    def data(self) -> Mapping[str, Any]:
        return self.opened.data if self.opened else {}

    def by_rule(self, do: Do) -> str:
        """The last rule that did this, "" if none did."""
        for event in reversed(self.rules):
            if any(each["do"] == do and "not" not in each for each in event.data["did"]):
                return str(event.data["name"])
        return ""


def explain(ticket: Ticket, reader: User) -> list[Line]:
    """The answers in the order in which they were given. Some ten queries."""
    kinds = (Event.Kind.OPENED, Event.Kind.RULE, *_CHANGED)
    events = list(ticket.events.filter(kind__in=kinds).select_related("agent", "recipient", "comment"))
    opened = next((event for event in events if event.kind == Event.Kind.OPENED), None)
    rules = [event for event in events if event.kind == Event.Kind.RULE]
    (ticket.match,) = masked([ticket.match], reader)  # for this page alone
    past = _Past(ticket, opened, rules, {event.kind: event for event in events}, reader)
    return [
        Line(_("How did it come in?"), _origin(past), "ok"),
        *_rules(past),
        _line(_("Queue"), ticket.queue, _changed(past, Event.Kind.QUEUE) or _queue(past)),
        _line(_("Priority"), ticket.priority_level.name, _changed(past, Event.Kind.PRIORITY) or _priority(past)),
        _line(_("Assignee"), ticket.assignee, _changed(past, Event.Kind.ASSIGNEE) or _assignee(past)),
        _line(_("Customer"), ticket.customer, recognition(ticket)),
        *_mails(past),
    ]


def _line(label: str, value: Any, why: str) -> Line:
    return Line(f"{label}: {value or _('Nobody')}", why, "ok" if value else "skipped")


def _origin(past: _Past) -> str:
    comment = past.opened.comment if past.opened else None
    if comment and comment.in_portal:
        return _("It was written in the portal.")
    if past.opened and past.opened.agent and not past.ticket.addressed_to:
        return _("%(agent)s opened it.") % {"agent": past.opened.agent}
    if past.ticket.addressed_to:
        return _("It was written to %(address)s.") % {"address": display(past.ticket.addressed_to)}
    return _("It names no address of ours.")


def _rules(past: _Past) -> Iterator[Line]:
    """Each rule that acted: what it did, and which of its conditions made it."""
    did = [Action.read(each) for event in past.rules for each in event.data["did"]]
    because = {event.pk: [Condition.read(each) for each in event.data.get("because", ())] for event in past.rules}
    names = Names.of([*did, *(each for conditions in because.values() for each in conditions)], past.reader)
    for event in past.rules:
        done = "; ".join(done_text(each, names) for each in event.data["did"])
        why = "; ".join(condition_text(each, names) for each in because[event.pk])
        label = _("Rule “%(name)s”") % {"name": event.data["name"]}
        yield Line(label, f"{done} ({why})" if why else done, "ok")
    if not past.rules:
        yield Line(_("Did a rule apply?"), _("No."), "skipped")


def _changed(past: _Past, kind: str) -> str:
    """The sentence of the history about the last change; "" if there was none."""
    event = past.last.get(kind)
    if event is None:
        return ""
    (happening,) = told([event], past.reader)
    return f"{happening.who} {happening.text}."


def _ruled(past: _Past, do: Do) -> str:
    name = past.by_rule(do)
    return _("The rule “%(rule)s” says so.") % {"rule": name} if name else ""


def _queue(past: _Past) -> str:
    if found := _ruled(past, Do.QUEUE):
        return found
    comment = past.opened.comment if past.opened else None
    if (comment and comment.in_portal) or not past.ticket.addressed_to:
        return _("It was chosen, or is the default queue.")
    return _("The queue handles the address it was sent to.")


def _priority(past: _Past) -> str:
    if found := _ruled(past, Do.PRIORITY):
        return found
    if past.data.get("quiet"):
        return _("The queue gives newsletters and automatic notices low priority.")
    if past.ticket.priority == past.ticket.queue.default_priority:
        return _("It is the default of the queue.")
    return _("The mail was marked as important, or the queue's default was different then.")


def _assignee(past: _Past) -> str:
    return _ruled(past, Do.ASSIGNEE) or _("Nobody has been assigned.")


def _mails(past: _Past) -> Iterator[Line]:
    """Whether the sender got a confirmation, and who was told of the new ticket."""
    kinds = (Outbox.Kind.REQUEST_RECEIVED, Outbox.Kind.NEW_TICKET)
    mails = list(past.ticket.outbox.filter(kind__in=kinds).order_by("pk").values_list("kind", "recipient"))
    confirmed = [display(to) for kind, to in mails if kind == Outbox.Kind.REQUEST_RECEIVED]
    staff = [display(to) for to in _staff([to for kind, to in mails if kind == Outbox.Kind.NEW_TICKET], past.reader)]
    answer = _("Yes: %(address)s.") % {"address": ", ".join(confirmed)} if confirmed else _unconfirmed(past)
    yield Line(_("Did the sender get a confirmation?"), answer, "ok" if confirmed else "skipped")
    told_only = _ruled(past, Do.NOTIFY_ONLY)
    said = ", ".join(staff) or _("Nobody: nobody wants notices, or they are off.")
    yield Line(_("Who was notified of the new ticket?"), f"{said} {told_only}".strip(), "ok" if staff else "skipped")


def _staff(addresses: list[str], reader: User) -> list[str]:
    """`addresses` of staff as `reader` may know them: who works for another partner has none. A query at most."""
    if reader.sees_every_partner or not addresses:
        return addresses
    known = set(
        User.objects.filter(Q(partner=None) | Q(partner=reader.partner), email__in=addresses)
        .order_by()
        .values_list("email", flat=True)
    )
    others = [_("somebody from another partner")] if set(addresses) - known else []
    return [address for address in addresses if address in known] + others


def _unconfirmed(past: _Past) -> str:
    """Why the sender got no confirmation, as far as anything was written down of it."""
    if found := _ruled(past, Do.NO_CONFIRMATION):
        return found
    requester = past.ticket.requester.address if past.ticket.requester else ""
    reasons = dict(Withheld.choices)
    for address, why in past.data.get("withheld", ()):
        if address == requester:
            return str(reasons.get(why, why))
    if past.data.get("silent"):
        return _("It was there before the mailbox was connected: nobody was notified.")
    return _("No: its queue confirms nothing, notices are off, or there was nobody to send it to.")
