"""Mark addresses as shared, or as forms: many people write from there, and persons added by a first mail go (R15)."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from recipients.addresses.decision_views import Decision, decided
from recipients.decisions import pairing_checks
from recipients.decisions.actions import Changed
from recipients.decisions.displaced_persons import displaceable
from recipients.models import Recipient, User
from recipients.models.recipients import RecipientQuerySet
from recipients.users.access import SignedIn, agent_required
from tickets.customers import pairing


@require_http_methods(["GET", "POST"])
@agent_required
def share(request: SignedIn) -> HttpResponse:
    """Do it, or ask first where it ends a pairing, takes a person away or changes more than one address."""
    return decided(request, SHARE)


@require_http_methods(["GET", "POST"])
@agent_required
def mark_as_form(request: SignedIn) -> HttpResponse:
    """The same for addresses of contact forms and shops: whoever filled them in is the requester."""
    return decided(request, FORM)


def _asks_alone(recipient: Recipient) -> bool:
    return recipient.customer_id is not None or bool(displaceable([recipient.address]))


def _also(recipients: RecipientQuerySet) -> dict[str, Any]:
    """How many pairings end, and which persons go."""
    chosen = list(recipients)
    refused = pairing_checks.sharing(chosen)
    return {
        "unpairing": sum(each.customer_id is not None for each in chosen),
        "leaving": pairing.leaving(each for each in chosen if each.address not in refused),
    }


def _share(recipients: RecipientQuerySet, *, by: User) -> Changed:
    return pairing.share(recipients, by=by).changed


def _mark_as_form(recipients: RecipientQuerySet, *, by: User) -> Changed:
    return pairing.share(recipients, by=by, as_form=True).changed


SHARE = Decision(
    _share,
    "pairing:share",
    _("Mark as shared"),
    _("Many people write from there: each ticket gets its own customer, and the address cannot be paired."),
    _("Mark as shared"),
    "users",
    _("%(address)s is marked as shared."),
    _("%(count)d addresses are marked as shared."),
    asks_alone=_asks_alone,
    also=_also,
)
FORM = Decision(
    _mark_as_form,
    "pairing:form",
    _("Mark as a form"),
    _(
        "Its mail is written on behalf of others: whoever Reply-To names is the requester, has to be "
        "verified, and gets the answers."
    ),
    _("Mark as a form"),
    "text-cursor-input",
    _("%(address)s is marked as a form."),
    _("%(count)d addresses are marked as forms."),
    asks_alone=_asks_alone,
    also=_also,
)
