"""Ban, unban, mark as not shared or as reachable: one address at once, several after a confirmation (R09, R10, R15).

Marking as shared is a decision of this kind that moves tickets too: `tickets.customers.sharing_views`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from helpdesk.ui.back import back
from recipients.addresses.deny_list import address_rules, denied_by
from recipients.addresses.feedback import one_or_many, tell
from recipients.addresses.selection import Selection, selected
from recipients.decisions import actions
from recipients.decisions.actions import Changed
from recipients.models import DenyRule, Recipient, User
from recipients.models.recipients import RecipientQuerySet
from recipients.users.access import SignedIn, agent_required

#: Addresses that a confirmation lists by name.
SHOWN = 20
Text = str | Promise


class Action(Protocol):
    """What is done about the recipients, and by whom."""

    def __call__(self, recipients: RecipientQuerySet, *, by: User) -> Changed: ...


@dataclass(frozen=True)
class Decision:
    """An action as a page: what it is called, what it means, and what is said when it is done.

    `asks_alone`: whether it asks first even for this one address. `also`: what the page that asks shows besides.
    `warn`: says what the decision leaves as it was.
    """

    action: Action
    url: str
    title: Text
    means: Text
    button: Text
    icon: str
    one: Text
    many: Text
    is_dangerous: bool = False
    asks_alone: Callable[[Recipient], bool] = lambda recipient: False
    also: Callable[[RecipientQuerySet], dict[str, Any]] = lambda recipients: {}
    warn: Callable[[SignedIn, Changed], None] = lambda request, done: None


DECISIONS = {
    "ban": Decision(
        actions.ban,
        "recipients:ban",
        _("Ban"),
        _("Their mail no longer becomes tickets; it stays in the mail log. Pairings are kept for later."),
        _("Ban"),
        "ban",
        _("%(address)s is banned."),
        _("%(count)d addresses are banned."),
        is_dangerous=True,
    ),
    "unban": Decision(
        actions.unban,
        "recipients:unban",
        _("Unban"),
        _("Their next mail becomes a ticket again. What arrived while they were banned stays in the mail log."),
        _("Unban"),
        "circle-check",
        _("%(address)s is no longer banned."),
        _("%(count)d addresses are no longer banned."),
        also=lambda recipients: {"denied": _denied(recipients)},
        warn=lambda request, done: _warn_of_rules(request, done),
    ),
    "unshare": Decision(
        actions.unshare,
        "recipients:unshare",
        _("Mark as not shared"),
        _("They can be paired again. Their tickets keep their customers."),
        _("Mark as not shared"),
        "user",
        _("%(address)s is no longer shared."),
        _("%(count)d addresses are no longer shared."),
    ),
    "reach": Decision(
        actions.mark_reachable,
        "recipients:reach",
        _("Mark as reachable"),
        _("Mail to them is sent again. What was not sent in the meantime is not sent now."),
        _("Mark as reachable"),
        "mail-check",
        _("Mail to %(address)s is sent again."),
        _("Mail to %(count)d addresses is sent again."),
    ),
}


@require_http_methods(["GET", "POST"])
@agent_required
def decide(request: SignedIn, name: str) -> HttpResponse:
    """Do it, or ask first where it changes more than one thing."""
    return decided(request, DECISIONS[name])


def decided(request: SignedIn, decision: Decision) -> HttpResponse:
    """The answer of a decision's page."""
    leave = back(request, reverse("recipients:list"))
    try:
        selection = selected(request)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(leave)
    if request.method == "GET" or _has_to_ask(request, decision, selection):
        return _ask(request, decision, selection, leave)
    done = decision.action(selection.recipients, by=request.user)
    tell(request, done, one_or_many(done, str(decision.one), str(decision.many)))
    decision.warn(request, done)
    return redirect(leave)


def _has_to_ask(request: SignedIn, decision: Decision, selection: Selection) -> bool:
    if "confirmed" in request.POST:
        return False
    alone = selection.single
    return alone is None or decision.asks_alone(alone)


def _ask(request: SignedIn, decision: Decision, selection: Selection, leave: str) -> HttpResponse:
    shown = list(selection.recipients.select_related("customer").order_by("address")[:SHOWN])
    context = {
        "decision": decision,
        "action": reverse(decision.url),
        "selection": selection,
        "shown": shown,
        "more": len(selection) - len(shown),
        "next": leave,
        **decision.also(selection.recipients),
    }
    return render(request, "recipients/addresses/decide.html", context)


def _denied(recipients: RecipientQuerySet) -> dict[str, DenyRule]:
    return denied_by(recipients.values_list("address", flat=True), address_rules())


def _warn_of_rules(request: SignedIn, done: Changed) -> None:
    """Ban and deny list are independent: unban leaves the rule, and says so (SC28)."""
    still = _denied(Recipient.objects.filter(pk__in=[recipient.pk for recipient in done.recipients]))
    if not still:
        return
    rules = ", ".join(dict.fromkeys(str(rule) for rule in still.values()))
    text = _t("%(addresses)s is still on the deny list, so its mail is still refused. The rule: %(rules)s.")
    names = next(iter(still)) if len(still) == 1 else _t("%(count)d addresses") % {"count": len(still)}
    messages.warning(request, text % {"addresses": names, "rules": rules})
