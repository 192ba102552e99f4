"""Why this customer? The stored decision about a sender, said in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recipients.matching import Rejection, Step
from recipients.verdict import Verdict
from recipients.verification import Validity
from tickets.models import Comment, CustomerSource, Ticket

STEPS: dict[str, str | Promise] = {
    Step.EXACT: gettext_lazy("Registered address"),
    Step.PAIRING: gettext_lazy("Paired address"),
    Step.AUTHORISED_ADDRESS: gettext_lazy("Authorised sender"),
    Step.AUTHORISED_DOMAIN: gettext_lazy("Authorised domain"),
    Step.DOMAIN: gettext_lazy("Domain of a company"),
}
REJECTIONS: dict[str, str | Promise] = {
    Rejection.KIND: gettext_lazy("this kind of contact may not be a ticket's customer"),
    Rejection.PREFERENCE: gettext_lazy("a person and a company have the address, and the other is preferred"),
    Rejection.AMBIGUOUS: gettext_lazy("more than one is possible"),
    Rejection.SHARED: gettext_lazy("the address is shared by many people"),
    Rejection.PUBLIC_MAIL: gettext_lazy("anybody can have an address at this provider"),
    Rejection.OWN_ADDRESS: gettext_lazy("the address is one of our own"),
    Rejection.NO_COMPANY: gettext_lazy("the contact belongs to no company"),
    Rejection.NO_ADDRESS: gettext_lazy("the mail names no sender"),
    Rejection.UNAUTHENTICATED: gettext_lazy("the mail server did not confirm the sender's domain"),
}
_BECAUSE: dict[str, str | Promise] = {
    Step.EXACT: gettext_lazy("%(name)s, because %(address)s is one of its addresses."),
    Step.PAIRING: gettext_lazy("%(name)s, because %(address)s is paired with it."),
    Step.AUTHORISED_ADDRESS: gettext_lazy("%(name)s, because %(address)s may write for it."),
    Step.AUTHORISED_DOMAIN: gettext_lazy("%(name)s, because %(address)s is authorised by %(evidence)s."),
    Step.DOMAIN: gettext_lazy("%(name)s, because it alone uses the domain %(evidence)s; the sender is not verified."),
}
_NOBODY: dict[str, str | Promise] = {
    Rejection.KIND: gettext_lazy("No customer: who has %(address)s may not be a ticket's customer."),
    Rejection.PREFERENCE: gettext_lazy("No customer: a person and a company have %(address)s. Please choose."),
    Rejection.AMBIGUOUS: gettext_lazy("No customer: more than one is possible for %(address)s. Please choose."),
    Rejection.SHARED: gettext_lazy("No customer: %(address)s is shared by many people."),
    Rejection.PUBLIC_MAIL: gettext_lazy("No customer: anybody can have an address like %(address)s."),
    Rejection.OWN_ADDRESS: gettext_lazy("No customer: %(address)s is one of our own addresses."),
    Rejection.NO_COMPANY: gettext_lazy("No customer: others with the domain of %(address)s belong to no company."),
    Rejection.NO_ADDRESS: gettext_lazy("No customer: the mail names no sender."),
    Rejection.UNAUTHENTICATED: gettext_lazy("No customer: the domain of %(address)s was not confirmed."),
}


@dataclass(frozen=True)
class Line:
    """One step that was asked, and what it answered. `state` is a class of the steps component."""

    label: str
    answer: str
    state: str


@dataclass(frozen=True)
class Badge:
    """What kind of sender this is: told by an icon, a colour and a word."""

    label: str | Promise
    icon: str
    tone: str
    title: str | Promise = ""


def why(ticket: Ticket) -> str:
    """The customer of `ticket` and the reason, in one sentence."""
    name = str(ticket.customer) if ticket.customer else ""
    if name and ticket.customer_source == CustomerSource.AGENT:
        return _("%(name)s, because an agent chose it.") % {"name": name}
    if name and ticket.customer_source == CustomerSource.PAIRING:
        return str(_BECAUSE[Step.PAIRING]) % {"name": name, "address": requester_address(ticket)}
    return sentence(ticket.match, name, requester_address(ticket))


def sentence(match: Mapping[str, Any], name: str, address: str) -> str:
    """What `match` concluded about `address`; `name` is the customer's name of today, "" if there is none."""
    values = {"name": name, "address": address, "evidence": match.get("evidence") or address}
    if name and match.get("step") in _BECAUSE:
        return str(_BECAUSE[match["step"]]) % values
    if name:
        return _("%(name)s.") % values
    reason = match.get("reason") or ""
    if reason in _NOBODY:
        return str(_NOBODY[reason]) % values
    return _("No customer: %(address)s is not known yet.") % values


def requester_address(ticket: Ticket) -> str:
    return ticket.requester.display_address if ticket.requester else _("the sender")


def lines(match: Mapping[str, Any]) -> list[Line]:
    """Every step in the order in which it was asked, with the candidates it rejected."""
    asked = list(match.get("trail") or [])
    rejected: dict[str, list[str]] = {}
    for candidate in match.get("candidates") or []:
        why_not = REJECTIONS.get(candidate["rejected"], candidate["rejected"])
        rejected.setdefault(candidate["step"], []).append(f"{candidate['name']}: {why_not}")
    return [_line(step, match, asked, rejected.get(step, [])) for step in STEPS]


def _line(step: str, match: Mapping[str, Any], asked: list[str], rejected: list[str]) -> Line:
    label = str(STEPS[step])
    if step not in asked:
        return Line(label, _("Not asked."), "skipped")
    if match.get("customer") is not None and match.get("step") == step:
        found = _("%(name)s, by %(evidence)s") % {"name": match["customer_name"], "evidence": match["evidence"]}
        return Line(label, " · ".join([found, *rejected]), "ok")
    return Line(label, " · ".join(rejected) or _("Nobody."), "failed")


def sender_badge(comment: Comment, primary_addresses: Mapping[int, str]) -> Badge | None:
    """Which class of sender wrote `comment` (A06); `primary_addresses` maps customers to their profile Email."""
    if comment.kind == Comment.Kind.AGENT:
        return Badge(gettext_lazy("Agent"), "headset", "accent")
    if comment.kind == Comment.Kind.NOTE:
        return Badge(gettext_lazy("Internal note"), "lock", "warn", gettext_lazy("Only agents see this."))
    if comment.kind == Comment.Kind.AUTOMATIC:
        return Badge(gettext_lazy("Automatic reply"), "bot", "outline")
    if comment.kind == Comment.Kind.BOUNCE:
        return Badge(gettext_lazy("Delivery failure"), "mail-x", "danger")
    return _customer_badge(comment, primary_addresses) if comment.match else None


def _customer_badge(comment: Comment, primary_addresses: Mapping[int, str]) -> Badge:
    match, step = comment.match, comment.match.get("step")
    if Verdict.from_json(comment.verdict).failed:
        title = gettext_lazy("The mail server reports that this address may be forged.")
        return Badge(gettext_lazy("Failed authentication"), "shield-x", "danger", title)
    if match.get("customer") is None:
        if comment.validity == Validity.VERIFIED:
            return Badge(gettext_lazy("Verified, unknown"), "shield-question-mark", "warn")
        return Badge(gettext_lazy("Unknown sender"), "shield-x", "danger")
    if step == Step.EXACT:
        primary = primary_addresses.get(match["customer"]) == comment.author_address
        label = gettext_lazy("Primary address") if primary else gettext_lazy("Registered address")
        return Badge(label, "shield-check", "ok")
    if step == Step.PAIRING:
        return Badge(gettext_lazy("Paired address"), "link", "ok")
    if step == Step.DOMAIN:
        return Badge(gettext_lazy("Recognised by domain"), "triangle-alert", "warn")
    return Badge(gettext_lazy("Authorised sender"), "key-round", "violet")


def authentication(verdict: Mapping[str, Any]) -> Badge:
    """What the receiving server said about the origin of a mail, in one sentence."""
    said = Verdict.from_json(dict(verdict))
    if not said.trusted:
        return Badge(_("The origin of this mail was not checked by a server we trust."), "shield", "")
    results = ", ".join(
        f"{name} {result}" for name, result in (("SPF", said.spf), ("DKIM", said.dkim), ("DMARC", said.dmarc)) if result
    )
    values = {"server": said.authserv_id, "results": results or _("nothing")}
    if said.failed:
        return Badge(_("%(server)s says it is not authentic: %(results)s.") % values, "shield-x", "danger")
    if said.passed:
        return Badge(_("%(server)s says it is authentic: %(results)s.") % values, "shield-check", "ok")
    return Badge(_("%(server)s says: %(results)s.") % values, "shield", "")
