"""One change on many tickets: what was done, and what was refused and why."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from helpdesk.ui.ids import row_id
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import address_of_ours, all_errors, sentence
from tickets.models import Ticket
from tickets.models.work.errors import NotAllowed
from tickets.ticket_list.forms import BulkForm
from tickets.ticket_list.views import back_to_list

#: Refusals that are told one by one.
REASONS_SHOWN = 5


@require_POST
@agent_required
def bulk(request: SignedIn) -> HttpResponse:
    """Assign, set the status of, or move the selected tickets; each by itself, so that one refusal stops no other."""
    form = BulkForm(request.POST)
    numbers = {number for each in request.POST.getlist("selected") if (number := row_id(each))}
    tickets = Ticket.objects.visible_to(request.user).filter(pk__in=numbers)
    if not form.is_valid():
        messages.error(request, all_errors(form))
    elif not numbers:
        messages.error(request, _("Select the tickets first, then what to do with them."))
    elif not form.has_changed():
        messages.error(request, _("Choose what to do with the selected tickets."))
    else:
        _tell(request, *_change_all(tickets, lambda ticket: form.apply_to(ticket, by=request.user)), len(numbers))
    return redirect(address_of_ours(request, "go") or back_to_list(request))


def _change_all(tickets: Iterable[Ticket], change: Callable[[Ticket], None]) -> tuple[int, list[str]]:
    """How many were changed, and for each of the others a sentence why not."""
    changed, refused = 0, []
    for ticket in tickets:
        try:
            with transaction.atomic():
                change(ticket)
        except (NotAllowed, ValidationError) as error:
            refused.append(f"#{ticket.number}: {sentence(error)}")
        else:
            changed += 1
    return changed, refused


def _tell(request: SignedIn, changed: int, refused: list[str], asked: int) -> None:
    gone = asked - changed - len(refused)
    if changed:
        text = ngettext("%(count)d ticket was changed.", "%(count)d tickets were changed.", changed)
        messages.success(request, text % {"count": changed})
    if refused:
        text = ngettext("%(count)d ticket was not changed.", "%(count)d tickets were not changed.", len(refused))
        messages.error(request, " ".join([text % {"count": len(refused)}, *refused[:REASONS_SHOWN]]))
    if gone:
        text = ngettext("%(count)d ticket is not there.", "%(count)d tickets are not there.", gone)
        messages.error(request, text % {"count": gone})
