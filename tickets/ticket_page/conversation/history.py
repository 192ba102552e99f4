"""The events of a ticket, told in sentences."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recipients.addressing.normalise import display
from recipients.matching.validity import Validity
from recipients.models import Customer, User
from tickets.agents.masking import SOMEBODY, seen_by
from tickets.models import Event, Queue, Status, Target
from tickets.models.setup.priority import priority_choices
from tickets.notifications.gate import Withheld
from tickets.rules.actions import Action
from tickets.rules.sentences import Names as RuleNames
from tickets.rules.sentences import done_text


@dataclass(frozen=True)
class Happening:
    """An event as it is read: `who` did something, said by `text`, which goes on after the name.

    `withheld` says in sentences which mails it called for and were not written; `offered` are addresses that a mail
    named and that an agent may put in copy.
    """

    at: dt.datetime
    icon: str
    who: str
    text: str
    withheld: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


class Names:
    """The names of the queues, agents and customers that events speak of by number. One query a table.

    Whoever works for one partner reads no name of another one's customer.
    """

    def __init__(self, events: Sequence[Event], user: User) -> None:
        found: dict[str, set[int]] = {Event.Kind.QUEUE: set(), Event.Kind.ASSIGNEE: set(), Event.Kind.CUSTOMER: set()}
        named: set[int] = set()
        for event in events:
            if event.kind in found:
                found[event.kind] |= {value for value in _change(event.data) if isinstance(value, int)}
            if event.kind == Event.Kind.CUSTOMER:
                named |= {value for value in _ids(event.data) if value}
        self.queues = _names(Queue, found[Event.Kind.QUEUE])
        self.agents = _names(User, found[Event.Kind.ASSIGNEE])
        self.customers = _names(Customer, found[Event.Kind.CUSTOMER])
        did = [Action.read(each) for event in events if event.kind == Event.Kind.RULE for each in event.data["did"]]
        self.of_rules = RuleNames.of(did, user)
        self.seen = None if user.sees_every_partner else seen_by(user, named)

    def customer(self, value: Any, pk: int | None) -> str:
        """The customer whom an event keeps as `value`, a name or a number, and by `pk`; "" for nobody."""
        if not value:
            return ""
        if self.seen is not None and pk not in self.seen:
            return str(SOMEBODY)
        return str(self.customers.get(value, value))


def _names(model: Any, ids: set[int]) -> dict[Any, str]:
    return {row.pk: str(row) for row in model.objects.filter(pk__in=ids)} if ids else {}


def told(events: Sequence[Event], user: User) -> list[Happening]:
    """`events` in sentences, as `user` may read them. At most three queries more than the events themselves.

    One more for whoever works for one partner.
    """
    names = Names(events, user)
    return [_told(event, names) for event in events]


def _told(event: Event, names: Names) -> Happening:
    picture, plain = _PLAIN.get(event.kind, ("history", event.get_kind_display()))
    tell = _DETAILED.get(event.kind)
    sender = event.recipient if event.kind in _BY_THE_SENDER else None
    written = "" if sender and sender.name_by_hand else event.data.get("author", "")  # of several at one address
    who = str(event.agent or (sender and (written or sender.display_name)) or _("The helpdesk"))
    text = tell(event.data, names) if tell else str(plain)
    if event.kind == Event.Kind.ASSIGNEE:
        text = _of_oneself(event, names) or text
    return Happening(event.at, picture, who, text, tuple(_withheld(event.data)), tuple(event.data.get("waiting", ())))


def _withheld(data: Mapping[str, Any]) -> Iterator[str]:
    reasons = dict(Withheld.choices)
    for address, reason in data.get("withheld", ()):
        why = reasons.get(reason, reason)
        yield _("Not sent to %(address)s: %(why)s") % {"address": display(address), "why": why}


#: What is told of the sender if no agent did it.
_BY_THE_SENDER = (
    Event.Kind.OPENED,
    Event.Kind.TOPIC,
    Event.Kind.STATUS,
    Event.Kind.VALIDITY,
    Event.Kind.PRIMARY_WROTE,
    Event.Kind.RATED,
)
#: The icon of each kind, and its sentence where there is no more to say.
_PLAIN: dict[str, tuple[str, str | Promise]] = {
    Event.Kind.OPENED: ("ticket", gettext_lazy("opened the ticket")),
    Event.Kind.CUSTOMER_MESSAGE: ("mail", gettext_lazy("added the customer's message")),
    Event.Kind.AGENT_MESSAGE: ("reply", gettext_lazy("answered")),
    Event.Kind.NOTE: ("lock", gettext_lazy("added a note")),
    Event.Kind.AUTOMATIC_REPLY: ("bot", gettext_lazy("kept an automatic reply")),
    Event.Kind.DELIVERY_FAILURE: ("mail-x", gettext_lazy("noted that a mail could not be delivered")),
    Event.Kind.HELD: ("hand", gettext_lazy("held a message")),
    Event.Kind.HELD_ACCEPTED: ("check", gettext_lazy("accepted a held message")),
    Event.Kind.HELD_REJECTED: ("x", gettext_lazy("rejected a held message")),
    Event.Kind.TOPIC: ("messages-square", gettext_lazy("made it a topic of the forum")),
    Event.Kind.HIDDEN: ("eye-off", gettext_lazy("hid a message in the forum")),
    Event.Kind.STATUS: ("circle-dot", gettext_lazy("changed the status")),
    Event.Kind.PRIORITY: ("signal", gettext_lazy("changed the priority")),
    Event.Kind.SNOOZED: ("alarm-clock", gettext_lazy("snoozed the ticket")),
    Event.Kind.SUMMARY: ("scroll-text", gettext_lazy("sent the customer a summary")),
    Event.Kind.CLOSE_WARNED: ("hourglass", gettext_lazy("warned the customer that the ticket will be closed")),
    Event.Kind.DUE_SOON: ("timer", gettext_lazy("noted that it is due soon")),
    Event.Kind.OVERDUE: ("timer-off", gettext_lazy("noted that it is overdue")),
    Event.Kind.RATING_ASKED: ("smile", gettext_lazy("asked the customer whether they are satisfied")),
    Event.Kind.RATED: ("smile", gettext_lazy("rated the ticket")),
    Event.Kind.FIELDS: ("text-cursor-input", gettext_lazy("changed the fields")),
    Event.Kind.CATEGORY: ("shapes", gettext_lazy("changed the category")),
    Event.Kind.QUEUE: ("folder-input", gettext_lazy("moved the ticket")),
    Event.Kind.ASSIGNEE: ("user-check", gettext_lazy("changed the assignee")),
    Event.Kind.CUSTOMER: ("building-2", gettext_lazy("changed the customer")),
    Event.Kind.REQUESTER: ("user", gettext_lazy("corrected the requester")),
    Event.Kind.VALIDITY: ("shield-check", gettext_lazy("changed whether the sender is verified")),
    Event.Kind.VERIFY_ASKED: ("mail-question-mark", gettext_lazy("asked the sender to confirm the address")),
    Event.Kind.PRIMARY_ASKED: ("key-round", gettext_lazy("asked to write from the primary address")),
    Event.Kind.PRIMARY_WROTE: ("shield-check", gettext_lazy("confirmed it from the primary address")),
    Event.Kind.PERSON_ADDED: ("user-plus", gettext_lazy("added the sender as a person")),
    Event.Kind.SUBJECT: ("pencil", gettext_lazy("changed the subject")),
    Event.Kind.TAGS: ("tags", gettext_lazy("changed the tags")),
    Event.Kind.PARTICIPANTS: ("users", gettext_lazy("changed who is in CC")),
    Event.Kind.MERGED: ("merge", gettext_lazy("merged tickets")),
    Event.Kind.FOLLOW_UP: ("corner-down-right", gettext_lazy("opened a follow-up")),
    Event.Kind.SEND_CANCELLED: ("undo-2", gettext_lazy("took back a message before it was sent")),
    Event.Kind.RULE: ("workflow", gettext_lazy("applied a rule")),
}


def _change(data: Mapping[str, Any]) -> tuple[Any, Any]:
    """The value before and after; pairing writes numbers, the other verbs names."""
    if "from" in data or "to" in data:
        return data.get("from"), data.get("to")
    return data.get("before"), data.get("after")


def _ids(data: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The customers before and after, by number."""
    before, after = (value if isinstance(value, int) else None for value in _change(data))
    return data.get("before_id", before), data.get("after_id", after)


def _label(choices: Iterable[tuple[Any, Any]], data: Mapping[str, Any]) -> str:
    after = _change(data)[1]
    return str(dict(choices).get(after, after))


def _status(data: Mapping[str, Any], names: Names) -> str:
    text = _("set the status to %(to)s") % {"to": data.get("name") or _label(Status.choices, data)}
    return f"{text}: {data['reason']}" if data.get("reason") else text


def _priority(data: Mapping[str, Any], names: Names) -> str:
    return _("set the priority to %(to)s") % {"to": _label(priority_choices(), data)}


def _snoozed(data: Mapping[str, Any], names: Names) -> str:
    if data.get("awake"):
        return _("brought the ticket back")
    if not (until := parse_datetime(data.get("until") or "")):
        return _("snoozed the ticket until the customer answers")
    return _("snoozed the ticket until %(until)s") % {
        "until": date_format(timezone.localtime(until), "SHORT_DATETIME_FORMAT")
    }


def _fields(data: Mapping[str, Any], names: Names) -> str:
    told = [f"{name}: {after or '—'}" for name, _before, after in data.get("changed", ())]
    return _("set %(fields)s") % {"fields": ", ".join(told)} if told else _("changed the fields")


def _category(data: Mapping[str, Any], names: Names) -> str:
    before, after = _change(data)
    if not after:
        return _("removed the category %(from)s") % {"from": before}
    return _("set the category to %(to)s") % {"to": after}


def _queue(data: Mapping[str, Any], names: Names) -> str:
    before, after = (names.queues.get(value, value) for value in _change(data))
    return _("moved the ticket from %(from)s to %(to)s") % {"from": before, "to": after}


def _assignee(data: Mapping[str, Any], names: Names) -> str:
    before, after = (names.agents.get(value, value) for value in _change(data))
    if after:
        return _("assigned the ticket to %(to)s") % {"to": after}
    return _("unassigned %(from)s") % {"from": before}


def _of_oneself(event: Event, names: Names) -> str:
    """What is said where an agent gave the ticket to themselves, or away; "" of anybody else."""
    before, after = (names.agents.get(value, value) for value in _change(event.data))
    oneself = str(event.agent) if event.agent else ""
    if oneself and after == oneself:
        return _("took the ticket")
    return _("gave the ticket back") if oneself and before == oneself and not after else ""


def _customer(data: Mapping[str, Any], names: Names) -> str:
    before, after = (names.customer(*each) for each in zip(_change(data), _ids(data), strict=True))
    if _change(data)[0] == _change(data)[1] and "validity" in data:
        return _("set the sender to “%(to)s”") % {"to": dict(Validity.choices).get(data["validity"], data["validity"])}
    if not after:
        return _("removed the customer %(from)s") % {"from": before}
    if not before:
        return _("set the customer to %(to)s") % {"to": after}
    return _("changed the customer from %(from)s to %(to)s") % {"from": before, "to": after}


def _requester(data: Mapping[str, Any], names: Names) -> str:
    before, after = _change(data)
    if not before:
        return _("set the requester to %(to)s") % {"to": after}
    if not after:
        return _("removed the requester %(from)s") % {"from": before}
    return _("corrected the requester from %(from)s to %(to)s") % {"from": before, "to": after}


def _validity(data: Mapping[str, Any], names: Names) -> str:
    if count := data.get("messages"):
        return ngettext(
            "confirmed in the portal that they wrote a message",
            "confirmed in the portal that they wrote %(count)d messages",
            count,
        ) % {"count": count}
    if _change(data)[1] == Validity.VERIFIED:  # which only the sender can bring about
        return _("confirmed the address")
    return _("set the sender to “%(to)s”") % {"to": _label(Validity.choices, data)}


def _primary_asked(data: Mapping[str, Any], names: Names) -> str:
    if data.get("withdrawn"):
        return _("is no longer waiting for a message from the primary address")
    return str(_PLAIN[Event.Kind.PRIMARY_ASKED][1])


def _primary_wrote(data: Mapping[str, Any], names: Names) -> str:
    if data.get("accepted"):
        return _("accepted an unproven message as confirmation from the primary address")
    return str(_PLAIN[Event.Kind.PRIMARY_WROTE][1])


def _subject(data: Mapping[str, Any], names: Names) -> str:
    return _("changed the subject from “%(from)s”") % {"from": _change(data)[0]}


def _merged(data: Mapping[str, Any], names: Names) -> str:
    numbers = {"ticket": data.get("ticket", "?"), "survivor": data.get("survivor", "?")}
    if data.get("undone"):
        return _("took #%(ticket)s out of #%(survivor)s again") % numbers
    return _("merged #%(ticket)s into #%(survivor)s") % numbers


def _opened(data: Mapping[str, Any], names: Names) -> str:
    return _("split it off from #%(from)s") % data if data.get("split") else str(_PLAIN[Event.Kind.OPENED][1])


def _follow_up(data: Mapping[str, Any], names: Names) -> str:
    return _("split off #%(ticket)s") % data if data.get("split") else str(_PLAIN[Event.Kind.FOLLOW_UP][1])


def _list(data: Mapping[str, Any], names: Names) -> str:
    """What was added to and taken from a list, or who was left out of it."""
    if waiting := data.get("waiting"):
        return _("left out of CC: %(names)s") % {"names": ", ".join(map(display, waiting))}
    before, after = (value if isinstance(value, list) else [] for value in _change(data))
    added, removed = [v for v in after if v not in before], [v for v in before if v not in after]
    parts = []
    if added:
        parts.append(_("added %(names)s") % {"names": ", ".join(map(str, added))})
    if removed:
        parts.append(_("removed %(names)s") % {"names": ", ".join(map(str, removed))})
    return _(" and ").join(parts) or _("changed nothing")


def _topic(data: Mapping[str, Any], names: Names) -> str:
    if data.get("public"):
        return _("made it a topic of the forum")
    if data.get("unproved"):
        return _("wrote to the forum; as nobody vouches for the sender, it is private")
    return _("made the topic private")


def _hidden(data: Mapping[str, Any], names: Names) -> str:
    return _("showed a message in the forum again") if data.get("shown") else _("hid a message in the forum")


def _due_soon(data: Mapping[str, Any], names: Names) -> str:
    return _("noted that it is due soon: %(target)s") % {"target": Target(data["target"]).label}


def _overdue(data: Mapping[str, Any], names: Names) -> str:
    return _("noted that it is overdue: %(target)s") % {"target": Target(data["target"]).label}


def _rule(data: Mapping[str, Any], names: Names) -> str:
    done = "; ".join(done_text(each, names.of_rules) for each in data["did"])
    return _("applied the rule “%(rule)s”: %(done)s") % {"rule": data["name"], "done": done}


_DETAILED: dict[str, Callable[[Mapping[str, Any], Names], str]] = {
    Event.Kind.STATUS: _status,
    Event.Kind.PRIORITY: _priority,
    Event.Kind.SNOOZED: _snoozed,
    Event.Kind.FIELDS: _fields,
    Event.Kind.CATEGORY: _category,
    Event.Kind.QUEUE: _queue,
    Event.Kind.ASSIGNEE: _assignee,
    Event.Kind.CUSTOMER: _customer,
    Event.Kind.VALIDITY: _validity,
    Event.Kind.PRIMARY_ASKED: _primary_asked,
    Event.Kind.PRIMARY_WROTE: _primary_wrote,
    Event.Kind.REQUESTER: _requester,
    Event.Kind.SUBJECT: _subject,
    Event.Kind.OPENED: _opened,
    Event.Kind.FOLLOW_UP: _follow_up,
    Event.Kind.MERGED: _merged,
    Event.Kind.TAGS: _list,
    Event.Kind.PARTICIPANTS: _list,
    Event.Kind.RULE: _rule,
    Event.Kind.TOPIC: _topic,
    Event.Kind.HIDDEN: _hidden,
    Event.Kind.DUE_SOON: _due_soon,
    Event.Kind.OVERDUE: _overdue,
}
