"""Decisions about senders in words: a sentence, and every step with whom it rejected and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recipients.addressing.lookalikes import Owner
from recipients.addressing.normalise import display, domain_of
from recipients.matching.match import Rejection, Step
from recipients.matching.validity import Validity

STEPS: dict[str, str | Promise] = {
    Step.EXACT: gettext_lazy("Registered address"),
    Step.PAIRING: gettext_lazy("Paired address"),
    Step.AUTHORISED_ADDRESS: gettext_lazy("Authorised sender"),
    Step.AUTHORISED_DOMAIN: gettext_lazy("Authorised domain"),
    Step.ADDED: gettext_lazy("Added automatically"),
    Step.DOMAIN: gettext_lazy("Domain of a company"),
}
REJECTIONS: dict[str, str | Promise] = {
    Rejection.KIND: gettext_lazy("contacts of this kind own no tickets"),
    Rejection.PREFERENCE: gettext_lazy("a person and a company have the address, and the other is preferred"),
    Rejection.AMBIGUOUS: gettext_lazy("more than one is possible"),
    Rejection.PUBLIC_MAIL: gettext_lazy("anybody can have an address at this provider"),
    Rejection.NO_COMPANY: gettext_lazy("the contact belongs to no company"),
    Rejection.UNAUTHENTICATED: gettext_lazy("the mail server did not confirm the sender's domain"),
    Rejection.UNCONFIRMED: gettext_lazy("the customer listed it, awaiting approval"),
}
BECAUSE: dict[str, str | Promise] = {
    Step.EXACT: gettext_lazy("%(name)s, because %(address)s is one of their addresses."),
    Step.PAIRING: gettext_lazy("%(name)s, because %(address)s is paired with this customer."),
    Step.AUTHORISED_ADDRESS: gettext_lazy("%(name)s, because %(address)s may write for this customer."),
    Step.AUTHORISED_DOMAIN: gettext_lazy("%(name)s, because %(address)s is authorised by %(evidence)s."),
    Step.ADDED: gettext_lazy("%(name)s, added by the first mail of %(address)s; the sender is not verified."),
    Step.DOMAIN: gettext_lazy(
        "%(name)s, because only this customer uses the domain %(evidence)s; the sender is not verified."
    ),
}
#: What is told of these steps instead, once the sender is no longer to be verified.
_SETTLED: dict[str, str | Promise] = {
    Step.ADDED: gettext_lazy("%(name)s, added by the first mail of %(address)s."),
    Step.DOMAIN: gettext_lazy("%(name)s, because only this customer uses the domain %(evidence)s."),
}
_NOBODY: dict[str, str | Promise] = {
    Rejection.KIND: gettext_lazy("No customer: %(address)s belongs to a contact whose kind owns no tickets."),
    Rejection.PREFERENCE: gettext_lazy("No customer: a person and a company have %(address)s. Please choose."),
    Rejection.AMBIGUOUS: gettext_lazy("No customer: more than one is possible for %(address)s. Please choose."),
    Rejection.SHARED: gettext_lazy("No customer: %(address)s is shared by many people."),
    Rejection.PUBLIC_MAIL: gettext_lazy("No customer: anybody can have an address like %(address)s."),
    Rejection.OWN_ADDRESS: gettext_lazy("No customer: %(address)s is one of our own addresses."),
    Rejection.NO_COMPANY: gettext_lazy("No customer: others with the domain of %(address)s belong to no company."),
    Rejection.NO_ADDRESS: gettext_lazy("No customer: the mail names no sender."),
    Rejection.UNAUTHENTICATED: gettext_lazy("No customer: the domain of %(address)s was not confirmed."),
    Rejection.UNCONFIRMED: gettext_lazy(
        "No customer: a customer listed %(address)s or its domain in the portal, awaiting approval."
    ),
}
_UNCONFIRMED = gettext_lazy(
    "%(evidence)s was listed by the customer in the portal on %(date)s and not confirmed by an agent."
)


@dataclass(frozen=True)
class Line:
    """One step that was asked, and what it answered. `state` is a class of the steps component."""

    label: str
    answer: str
    state: str


def sentence(match: Mapping[str, Any], name: str, address: str, validity: str = "") -> str:
    """What `match` concluded about `address`; `name` is the customer's name of today, "" if there is none.

    `validity` is the sender's of today, "" if nobody has asked yet.
    """
    values = {"name": name, "address": address, "evidence": match.get("evidence") or address}
    if name and match.get("step") in BECAUSE:
        return f"{because(match['step'], validity) % values} {unconfirmed(match)}".strip()
    if name:
        return _("%(name)s.") % values
    reason = match.get("reason") or ""
    if reason in _NOBODY:
        return str(_NOBODY[reason]) % values
    return _("No customer: %(address)s is not known yet.") % values


def because(step: str, validity: str) -> str:
    """Why `step` chose a customer, to be filled in; that the sender is not verified is said for as long as it is so."""
    is_settled = validity in (Validity.VALID, Validity.VERIFIED)
    return str(_SETTLED.get(step, BECAUSE[step]) if is_settled else BECAUSE[step])


def lines(match: Mapping[str, Any]) -> list[Line]:
    """Every step in the order in which it was asked, with whom it rejected; and whom the domain looks like."""
    asked = list(match.get("trail") or [])
    rejected: dict[str, list[str]] = {}
    for candidate in match.get("candidates") or []:
        why_not = REJECTIONS.get(candidate["rejected"], candidate["rejected"])
        rejected.setdefault(candidate["step"], []).append(f"{candidate['name']}: {why_not}")
    shown = [step for step in STEPS if step is not Step.ADDED or step in asked]
    steps = [_line(step, match, asked, rejected.get(step, [])) for step in shown]
    if looks_like := lookalike(match):
        steps.append(Line(_("Does the domain look like another one?"), looks_like, "failed"))
    return steps


def unconfirmed(match: Mapping[str, Any]) -> str:
    """That the answer rests on what the customer alone said, and since when; "" if it does not."""
    since = match.get("unconfirmed_since")
    if not since:
        return ""
    date = date_format(timezone.localtime(datetime.fromisoformat(since)), "DATE_FORMAT")
    return str(_UNCONFIRMED) % {"evidence": match["evidence"], "date": date}


def lookalike(match: Mapping[str, Any]) -> str:
    """Whose domain the unknown sender's looks like, in a sentence; "" if nobody's."""
    found = match.get("lookalike")
    if not found:
        return ""
    values = {
        "domain": _shown(domain_of(match.get("address") or "")),
        "other": _shown(found["domain"]),
        "name": found["customer_name"] or _("several customers"),
    }
    return str(_LOOKS_LIKE[found["owner"]]) % values


_LOOKS_LIKE: dict[str, str | Promise] = {
    Owner.CUSTOMER: gettext_lazy("%(domain)s looks like %(other)s, the domain of %(name)s."),
    Owner.AUTHORISED: gettext_lazy("%(domain)s looks like %(other)s, which may write for %(name)s."),
    Owner.OWN: gettext_lazy("%(domain)s looks like %(other)s, one of our own domains."),
}


def _shown(domain: str) -> str:
    """`domain` with the letters that people see; the A-label beside it, as these letters may be what deceives."""
    shown = display(f"@{domain}")[1:]
    return shown if shown == domain else f"{shown} ({domain})"


def _line(step: str, match: Mapping[str, Any], asked: list[str], rejected: list[str]) -> Line:
    label = str(STEPS[step])
    if step not in asked:
        return Line(label, _("Not asked."), "skipped")
    if match.get("customer") is not None and match.get("step") == step:
        found = _("%(name)s, by %(evidence)s") % {"name": match["customer_name"], "evidence": match["evidence"]}
        return Line(label, " · ".join(filter(None, [found, unconfirmed(match), *rejected])), "ok")
    if step == Step.DOMAIN and match.get("reason") == Rejection.PUBLIC_MAIL:
        rejected = [str(REJECTIONS[Rejection.PUBLIC_MAIL])]
    return Line(label, " · ".join(rejected), "failed") if rejected else Line(label, _("Nobody."), "asked")
