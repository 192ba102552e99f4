"""The conditions of rules for new requests: what is asked of a mail, and whether it holds. Knows no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from recipients.addressing.comparison import compares
from recipients.addressing.expressions import Clock
from recipients.addressing.normalise import display, domain_of, normalise_domain
from tickets.rules.language import language_of


class Field(TextChoices):
    """What a condition looks at."""

    ADDRESS = "address", _("Our address it was sent to")
    ANY_ADDRESS = "any_address", _("Any address it was sent to")
    SENDER = "sender", _("Sender's address")
    SENDER_DOMAIN = "sender_domain", _("Sender's domain")
    CUSTOMER = "customer", _("Customer")
    CUSTOMER_KIND = "customer_kind", _("Kind of customer")
    PARTNER = "partner", _("Partner")
    KNOWN = "known", _("Sender is known")
    SUBJECT = "subject", _("Subject")
    BODY = "body", _("Text")
    HEADER = "header", _("Header")
    SIZE = "size", _("Size in kB")
    FILE = "file", _("Has a file")
    LANGUAGE = "language", _("Language of the text")
    KIND = "kind", _("Kind of mail")
    VERDICT = "verdict", _("Authentication")
    QUEUE = "queue", _("Queue")
    IN_HOURS = "in_hours", _("Within the working hours of its queue")
    STATUS = "status", _("Status")
    PRIORITY = "priority", _("Priority")
    CATEGORY = "category", _("Category")
    TAG = "tag", _("Tag")
    ASSIGNEE = "assignee", _("Assignee")
    HOURS_CREATED = "hours_created", _("Hours since it was created")
    HOURS_CUSTOMER = "hours_customer", _("Hours since the customer's last message")
    HOURS_AGENT = "hours_agent", _("Hours since an agent's last message")
    HOURS_DUE = "hours_due", _("Hours until it is due")
    HOURS_OVERDUE = "hours_overdue", _("Hours overdue")


#: What a ticket is asked over time; everything else is asked of the mail that opens one.
OF_TICKETS = (
    Field.STATUS,
    Field.QUEUE,
    Field.PRIORITY,
    Field.CATEGORY,
    Field.TAG,
    Field.ASSIGNEE,
    Field.HOURS_CREATED,
    Field.HOURS_CUSTOMER,
    Field.HOURS_AGENT,
    Field.HOURS_DUE,
    Field.HOURS_OVERDUE,
)
OF_MAILS = tuple(field for field in Field if field is Field.QUEUE or field not in OF_TICKETS)


def is_own(field: str) -> bool:
    """Whether a condition or an action is about a custom field, which it names by its key."""
    return field.startswith("field_")


class How(TextChoices):
    """How it is compared; each can be negated."""

    EXACT = "exact", _("is")
    CONTAINS = "contains", _("contains")
    STARTS = "starts", _("starts with")
    ENDS = "ends", _("ends with")
    REGEX = "regex", _("matches the regular expression")
    IS = "is", _("is")
    AT_LEAST = "at_least", _("is at least")
    AT_MOST = "at_most", _("is at most")
    YES = "yes", pgettext_lazy("condition", "yes")
    SINCE = "since", _("is on or after")
    UNTIL = "until", _("is on or before")
    FILLED = "filled", _("is filled in")


NEGATED: Mapping[str, Any] = {
    How.EXACT: _("is not"),
    How.CONTAINS: _("does not contain"),
    How.STARTS: _("does not start with"),
    How.ENDS: _("does not end with"),
    How.REGEX: _("does not match the regular expression"),
    How.IS: _("is not"),
    How.AT_LEAST: _("is less than"),
    How.AT_MOST: _("is more than"),
    How.YES: pgettext_lazy("condition", "no"),
    How.SINCE: _("is before"),
    How.UNTIL: _("is after"),
    How.FILLED: _("is empty"),
}
TEXT = (How.CONTAINS, How.EXACT, How.STARTS, How.ENDS, How.REGEX)
TEXT_FIELDS = (Field.ADDRESS, Field.ANY_ADDRESS, Field.SENDER, Field.SUBJECT, Field.BODY, Field.HEADER)
#: Hours until or since something.
HOURS = (Field.HOURS_CREATED, Field.HOURS_CUSTOMER, Field.HOURS_AGENT, Field.HOURS_DUE, Field.HOURS_OVERDUE)
NUMBERS = (Field.SIZE, Field.PRIORITY, *HOURS)
FLAGS = (Field.KNOWN, Field.FILE, Field.IN_HOURS)
#: Where the value is ordered: what is empty is neither before nor after anything.
ORDERED = (How.AT_LEAST, How.AT_MOST, How.SINCE, How.UNTIL)
#: Comparisons of custom fields, by their kind.
OF_KIND: Mapping[str, Sequence[How]] = {
    "text": (How.CONTAINS, How.EXACT, How.STARTS, How.ENDS, How.FILLED),
    "number": (How.AT_LEAST, How.AT_MOST, How.IS, How.FILLED),
    "date": (How.SINCE, How.UNTIL, How.IS, How.FILLED),
    "choice": (How.IS, How.FILLED),
    "checkbox": (How.YES,),
}


def hows(field: str) -> Sequence[How]:
    """The comparisons that make sense for `field`."""
    if field in TEXT_FIELDS:
        return TEXT
    if field in NUMBERS:
        return (How.AT_LEAST, How.AT_MOST)
    return (How.YES,) if field in FLAGS else (How.IS,)


class MailKind(TextChoices):
    PERSON = "person", _("written by a person")
    AUTOMATIC = "automatic", _("written by a program")
    BULK = "bulk", _("newsletter or automatic notice")


class Authenticity(TextChoices):
    PASSED = "passed", _("proven")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("nothing is known")


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """The customer whom recognition found, as conditions see one; `family` are its own number and its company's."""

    family: frozenset[int]
    kind: str
    partner: int | None


@dataclass(frozen=True)
class Facts:
    """All that conditions may look at: of one mail, at its receipt, before any rule acted.

    `address` is the registered address that it was sent to ("" if none), `sent_to` every address of envelope, To and
    Cc, `sender` its author's: normalised. `size` in bytes; `files` without pictures of the text.
    `in_hours`: whether it came within the working hours of `queue`, None if no queue handles it. `fields`: what
    custom fields say, by their keys; None for what is not filled in.
    """

    received_at: datetime
    address: str = ""
    sent_to: tuple[str, ...] = ()
    sender: str = ""
    customer: CustomerFacts | None = None
    subject: str = ""
    text: str = ""
    headers: Sequence[tuple[str, str]] = ()
    size: int = 0
    files: int = 0
    kind: MailKind = MailKind.PERSON
    verdict: Authenticity = Authenticity.UNKNOWN
    queue: int | None = None
    in_hours: bool | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def language(self) -> str:
        """The language of the text as a code ("de"), "" if nothing tells."""
        return language_of(self.text)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: `value` is a text, a number, or one of a list; `name` that of a header."""

    field: str
    how: str
    value: Any = ""
    negated: bool = False
    name: str = ""

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """As it is stored; what no form of ours has written becomes a condition that never holds."""
        value = stored.get("value", "") if isinstance(stored, Mapping) else None
        if not isinstance(value, str | int | float):
            return cls("", "")
        return cls(
            field=str(stored.get("field", "")),
            how=str(stored.get("how", "")),
            value=value,
            negated=bool(stored.get("negated")),
            name=str(stored.get("name", "")),
        )

    def as_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = {"field": self.field, "how": self.how, "value": self.value}
        return stored | ({"negated": True} if self.negated else {}) | ({"name": self.name} if self.name else {})


def holds(condition: Condition, facts: Facts, clock: Clock | None = None) -> bool:
    """Whether `condition` holds. One that nobody can read any more does not, negated or not."""
    found = _asked(condition, facts, clock)
    return found is not None and found is not condition.negated


def _asked(condition: Condition, facts: Facts, clock: Clock | None) -> bool | None:
    value: object = condition.value
    if is_own(condition.field):
        return _asked_of_own(condition, facts, clock) if condition.field in facts.fields else None
    match condition.field:
        case Field.SIZE:
            return _compared(condition.how, facts.size / 1000, value)
        case Field.FILE:
            return facts.files > 0
        case Field.IN_HOURS:
            return facts.in_hours
        case Field.KNOWN:
            return facts.customer is not None
        case Field.SENDER_DOMAIN:
            return domain_of(facts.sender) == normalise_domain(str(value))
        case Field.CUSTOMER:
            return facts.customer is not None and value in facts.customer.family
        case Field.CUSTOMER_KIND:
            return facts.customer is not None and facts.customer.kind == str(value)
        case Field.PARTNER:
            return facts.customer is not None and facts.customer.partner == value
        case Field.QUEUE:
            return facts.queue == value
        case Field.KIND:
            return facts.kind == str(value)
        case Field.VERDICT:
            return facts.verdict == str(value)
        case Field.LANGUAGE:
            return facts.language == str(value)
    texts = _texts(condition, facts)
    return None if texts is None else any(compares(condition.how, str(value), text, clock) for text in texts)


def _asked_of_own(condition: Condition, facts: Facts, clock: Clock | None) -> bool | None:
    """As `tickets.rules.over_time` asks the database."""
    stored, value = facts.fields[condition.field], condition.value
    is_filled = not (stored is None or stored is False or stored == "")
    if condition.how in ORDERED and (not is_filled or isinstance(stored, str) is not isinstance(value, str)):
        return None
    match condition.how:
        case How.FILLED | How.YES:
            return is_filled
        case How.IS:
            return bool(stored == value)
        case How.AT_LEAST | How.SINCE:
            return bool(stored >= value)
        case How.AT_MOST | How.UNTIL:
            return bool(stored <= value)
        case How.EXACT | How.CONTAINS | How.STARTS | How.ENDS:
            return compares(condition.how, str(value), str(stored or ""), clock)
    return None


def _texts(condition: Condition, facts: Facts) -> set[str] | None:
    """The texts of which one has to compare; None for a field that does not exist."""
    match condition.field:
        case Field.ADDRESS:
            return _forms((facts.address,))
        case Field.ANY_ADDRESS:
            return _forms((facts.address, *facts.sent_to))
        case Field.SENDER:
            return _forms((facts.sender,))
        case Field.SUBJECT:
            return {facts.subject}
        case Field.BODY:
            return {facts.text}
        case Field.HEADER:
            wanted = condition.name.casefold()
            return {value for name, value in facts.headers if name.casefold() == wanted}
    return None


def _forms(addresses: Sequence[str]) -> set[str]:
    """Addresses as they are stored and as people read them."""
    return {form for address in addresses if address for form in (address, display(address))}


def _compared(how: str, number: float, value: Any) -> bool | None:
    if not isinstance(value, int | float):
        return None
    return number >= value if how == How.AT_LEAST else number <= value
