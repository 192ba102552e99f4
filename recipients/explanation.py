"""Why this customer? A stored `Match` in words: one sentence, and every step with what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recipients.addressing import display
from recipients.matching import Rejection, Step

STEPS: dict[str, str | Promise] = {
    Step.EXACT: gettext_lazy("Registered address"),
    Step.PAIRING: gettext_lazy("Paired address"),
    Step.AUTHORISED_ADDRESS: gettext_lazy("Authorised address"),
    Step.AUTHORISED_DOMAIN: gettext_lazy("Authorised domain"),
    Step.DOMAIN: gettext_lazy("Domain of a company"),
}
CHOSEN: dict[str, str | Promise] = {
    Step.EXACT: gettext_lazy("%(customer)s, because %(address)s is one of its addresses."),
    Step.PAIRING: gettext_lazy("%(customer)s, because %(address)s is paired with it."),
    Step.AUTHORISED_ADDRESS: gettext_lazy("%(customer)s, because %(address)s is authorised to write for it."),
    Step.AUTHORISED_DOMAIN: gettext_lazy("%(customer)s, because %(address)s is authorised by %(evidence)s."),
    Step.DOMAIN: gettext_lazy("%(customer)s, because no other company has addresses at %(evidence)s."),
}
NOBODY: dict[str, str | Promise] = {
    Rejection.KIND: gettext_lazy("Nobody: %(names)s is of a kind that may not be a ticket's customer."),
    Rejection.PREFERENCE: gettext_lazy("Nobody yet: %(address)s belongs to %(names)s, and an agent chooses."),
    Rejection.AMBIGUOUS: gettext_lazy("Nobody yet: %(names)s fit equally well, and an agent chooses."),
    Rejection.SHARED: gettext_lazy("Nobody: %(address)s is marked as shared, so each ticket gets its own customer."),
    Rejection.PUBLIC_MAIL: gettext_lazy("Nobody: %(address)s is known nowhere, and anybody can have such an address."),
    Rejection.OWN_ADDRESS: gettext_lazy("Nobody: %(address)s is an address of ours."),
    Rejection.NO_COMPANY: gettext_lazy("Nobody: %(names)s has an address at that domain and belongs to no company."),
    Rejection.NO_ADDRESS: gettext_lazy("Nobody: the mail does not say who wrote it."),
    Rejection.UNAUTHENTICATED: gettext_lazy(
        "Nobody: the domain is that of %(names)s, but the mail server does not vouch for the sender."
    ),
}
REJECTED: dict[str, str | Promise] = {
    Rejection.KIND: gettext_lazy("its kind may not be a ticket's customer"),
    Rejection.PREFERENCE: gettext_lazy("the other kind is preferred, or an agent chooses"),
    Rejection.AMBIGUOUS: gettext_lazy("others fit equally well"),
    Rejection.NO_COMPANY: gettext_lazy("belongs to no company"),
    Rejection.UNAUTHENTICATED: gettext_lazy("the sender's domain is not authenticated"),
}


@dataclass(frozen=True)
class Rejected:
    """Somebody who was found and not chosen, and why."""

    customer: int
    name: str
    why: str


@dataclass(frozen=True)
class Explained:
    """One step: `state` is "ok" if it chose, "failed" if what it found was not usable, "skipped" if not asked."""

    label: str
    state: str
    text: str
    rejected: tuple[Rejected, ...] = ()


def sentence(match: Mapping[str, Any]) -> str:
    """`Match.as_json()` in one sentence; "" for a mail that was never matched."""
    if not match:
        return ""
    values = {
        "customer": match.get("customer_name", ""),
        "address": display(match.get("address", "")),
        "evidence": match.get("evidence", ""),
        "names": get_text_list(_names(match), _("and")),
    }
    if match.get("customer"):
        return str(CHOSEN[match["step"]]) % values
    reason = match.get("reason")
    if reason in NOBODY:
        return str(NOBODY[reason]) % values
    return _("Nobody: %(address)s is known nowhere.") % values


def steps(match: Mapping[str, Any]) -> list[Explained]:
    """The five steps in order, each with what it found; empty for a mail that was never matched."""
    return [_explained(match, step) for step in STEPS] if match else []


def _explained(match: Mapping[str, Any], step: str) -> Explained:
    label = str(STEPS[step])
    rejected = tuple(
        Rejected(each["customer"], each["name"], str(REJECTED.get(each["rejected"], "")))
        for each in match.get("candidates", ())
        if each["step"] == step
    )
    if step not in match.get("trail", ()):
        return Explained(label, "skipped", _("Not asked."), rejected)
    if match.get("customer") and match["step"] == step:
        return Explained(label, "ok", sentence(match), rejected)
    if rejected:
        return Explained(label, "failed", _("Found, but not chosen:"), rejected)
    return Explained(label, "none", _("Nobody."))


def _names(match: Mapping[str, Any]) -> list[str]:
    """Whom the reason is about, each once."""
    candidates = match.get("candidates", ())
    same = [each["name"] for each in candidates if each["rejected"] == match.get("reason")]
    return list(dict.fromkeys(same))
