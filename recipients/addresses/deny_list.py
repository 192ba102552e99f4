"""Matching against the deny list, for mails, for the list of recipients and for trials (R19, R20).

"In deny list" means that some active rule about the sender's address matches it. Rules are few and addresses many: what
is asked of one page is compared here; what is asked of all addresses goes to the database, except regular expressions
and domains beyond ASCII, which are read as people write them.
"""

from collections.abc import Iterable

from django.db.models import Q

from recipients.addressing.comparison import compares, folded
from recipients.addressing.expressions import Clock
from recipients.addressing.normalise import display, normalise
from recipients.models import DenyRule, Recipient, User
from recipients.models.recipients import RecipientQuerySet

#: Seconds that all regular expressions together may take for one page, and for the filter over every address.
PAGE_SECONDS = 0.5
FILTER_SECONDS = 3.0

_LOOKUPS = {
    DenyRule.How.EXACT: "exact",
    DenyRule.How.CONTAINS: "contains",
    DenyRule.How.STARTS: "startswith",
    DenyRule.How.ENDS: "endswith",
}


def matches(rule: DenyRule, text: str, clock: Clock | None = None) -> bool:
    """Whether a rule matches a text."""
    return compares(rule.how, rule.text, text, clock)


def matches_address(rule: DenyRule, address: str, clock: Clock | None = None) -> bool:
    """Whether a rule matches a normalised address, as it is stored or as people read it."""
    return bool(address) and any(matches(rule, form, clock) for form in {address, display(address)})


def first_denying(rules: Iterable[DenyRule], addresses: set[str], subject: str, text: str) -> DenyRule | None:
    """The first of `rules` that matches a message by its authors' normalised `addresses`, subject or text."""
    forms = addresses | {display(address) for address in addresses} if addresses - {""} else set()
    looked_at = {DenyRule.Where.EMAIL: forms, DenyRule.Where.SUBJECT: {subject}, DenyRule.Where.BODY: {text}}
    said_of = ((rule, looked_at[DenyRule.Where(rule.where)]) for rule in rules)
    return next((rule for rule, texts in said_of if any(matches(rule, each) for each in texts)), None)


def are_colleagues(addresses: set[str]) -> bool:
    """Whether all of the normalised `addresses` are agents': what they write is never denied. One query."""
    addresses = addresses - {""}
    return bool(addresses) and User.objects.filter(email__in=addresses, is_active=True).count() == len(addresses)


def address_rules() -> list[DenyRule]:
    """The active rules about the sender's address, in the order in which they are asked. One query."""
    return list(DenyRule.objects.filter(is_active=True, where=DenyRule.Where.EMAIL).order_by("pk"))


def denied_by(addresses: Iterable[str], rules: list[DenyRule]) -> dict[str, DenyRule]:
    """The first of `rules` that matches, for each of the addresses that one matches."""
    clock = Clock(PAGE_SECONDS)
    found = {address: _first(address, rules, clock) for address in addresses}
    return {address: rule for address, rule in found.items() if rule}


def in_deny_list(recipients: RecipientQuerySet) -> RecipientQuerySet:
    """Those of `recipients` whose address is in the deny list. Two queries, and a walk over what SQL cannot compare."""
    rules = address_rules()
    condition = Q(pk__in=_compared_here(rules))
    for rule in rules:
        text = folded(rule.text)
        if lookup := _LOOKUPS.get(DenyRule.How(rule.how)) if text else None:
            condition |= Q(**{f"address__{lookup}": normalise(text) or text})
    return recipients.filter(condition)


def _compared_here(rules: list[DenyRule]) -> list[int]:
    """The recipients that a rule matches which the database cannot ask."""
    by_expression = [rule for rule in rules if rule.how == DenyRule.How.REGEX]
    beyond_ascii = [rule for rule in rules if rule not in by_expression and not rule.text.isascii()]
    if not by_expression and not beyond_ascii:
        return []
    recipients = Recipient.objects.order_by().values_list("pk", "address")
    if not by_expression:
        recipients = recipients.filter(address__contains="xn--")
    clock, asked = Clock(FILTER_SECONDS), by_expression + beyond_ascii
    return [pk for pk, address in recipients.iterator() if _first(address, asked, clock)]


def _first(address: str, rules: list[DenyRule], clock: Clock) -> DenyRule | None:
    return next((rule for rule in rules if matches_address(rule, address, clock)), None)
