"""One change on many tickets: what was done, what was refused and why, and the way back."""

import uuid
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from helpdesk import limits
from helpdesk.database.time_limit import in_time
from helpdesk.ui.back import back
from helpdesk.ui.ids import row_id
from recipients.models import Batch
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import address_of_ours, all_errors, sentence, undo_tag
from tickets.conversation import changes
from tickets.conversation.merge_tickets import merge_ticket, undo_merge
from tickets.models import Ticket, TicketMerge
from tickets.ticket_list.forms import BulkForm
from tickets.ticket_list.views import all_listed, back_to_list, moment

#: Refusals that are told one by one.
REASONS_SHOWN = 5
#: Tickets that are merged at once.
MOST_MERGED = 20


@require_POST
@agent_required
def bulk(request: SignedIn) -> HttpResponse:
    """Change the selected tickets, or all that match; each by itself, so that one refusal stops no other."""
    form = BulkForm(request.POST, user=request.user)
    numbers = _chosen(request)
    if not form.is_valid():
        messages.error(request, all_errors(form))
    elif numbers is None:
        messages.error(request, limits.WHOLE_TIME.sentence())
    elif not numbers:
        messages.error(request, _("Select the tickets first, then choose what to do with them."))
    elif not form.has_changed():
        messages.error(request, _("Choose what to do with the selected tickets."))
    elif len(numbers) > limits.TICKETS_AT_ONCE.amount:
        messages.error(request, limits.TICKETS_AT_ONCE.sentence())
    else:
        tickets = Ticket.objects.visible_to(request.user).filter(pk__in=numbers)
        done = changes.change(tickets, lambda ticket: form.apply_to(ticket, by=request.user), by=request.user)
        _tell(request, done, form.said(by=request.user))
        _tell_gone(request, len(numbers) - len(done.changed) - len(done.refused))
    return redirect(address_of_ours(request, "go") or back_to_list(request))


@require_POST
@agent_required
def undo(request: SignedIn, batch: uuid.UUID) -> HttpResponse:
    """Take back what one changed oneself, wherever nobody has changed it since."""
    own = get_object_or_404(Batch, pk=batch, kind=Batch.Kind.CHANGED, by=request.user)
    done = changes.undo(own, by=request.user)
    _tell_undone(request, done)
    came_from = back(request, reverse("tickets:list"))
    if len(done.changed) == 1 and urlsplit(came_from).path != reverse("tickets:list"):
        came_from = done.changed[0].get_absolute_url()  # sending may have led on to the next one
    return redirect(came_from)


@require_POST
@agent_required
def merge(request: SignedIn) -> HttpResponse:
    """Ask which of the selected tickets goes on, and merge the others into it; each by itself."""
    selected = Ticket.objects.visible_to(request.user).not_merged().filter(pk__in=_chosen(request) or ()).order_by("pk")
    tickets = list(selected.select_related("requester")[: MOST_MERGED + 1])
    if not 2 <= len(tickets) <= MOST_MERGED:
        text = _("Select between 2 and %(most)d tickets to merge.")
        messages.error(request, text % {"most": MOST_MERGED})
        return redirect(back_to_list(request))
    survivor = next((ticket for ticket in tickets if str(ticket.pk) == request.POST.get("into")), None)
    if survivor is None:
        context = {"tickets": tickets, "back": back_to_list(request)}
        return render(request, "tickets/ticket_list/merge.html", context)
    done = changes.Done(Batch(kind=Batch.Kind.TICKET_MERGED, by=request.user))
    for ticket in tickets:
        if ticket != survivor:
            with done.trying(ticket):
                merge_ticket(ticket, into=survivor, by=request.user, batch=done.batch)
    if done.changed:
        text = ngettext(
            "%(count)d ticket was merged into #%(into)d.",
            "%(count)d tickets were merged into #%(into)d.",
            n := len(done.changed),
        )
        undo_url = reverse("tickets:undo_merging", args=[done.batch.pk])
        messages.success(request, text % {"count": n, "into": survivor.number}, extra_tags=f"undo={undo_url}")
    _tell_refused(request, done)
    return redirect(back_to_list(request))


@require_POST
@agent_required
def undo_merging(request: SignedIn, batch: uuid.UUID) -> HttpResponse:
    """Make those tickets of their own again that one merged oneself."""
    own = get_object_or_404(Batch, pk=batch, kind=Batch.Kind.TICKET_MERGED, by=request.user)
    done = changes.Done(own)
    for each in TicketMerge.objects.filter(batch=own).standing().select_related("ticket").order_by("-pk"):
        with done.trying(each.ticket):
            undo_merge(each, by=request.user)
    _tell_undone(request, done)
    return redirect(back(request, reverse("tickets:list")))


def _chosen(request: SignedIn) -> set[int] | None:
    """The numbers that were ticked; with `every` those of all tickets that match and were there when one looked.

    None where it takes too long to find all of them.
    """
    if not request.POST.get("every"):
        return {number for each in request.POST.getlist("selected") if (number := row_id(each))}
    asked = QueryDict(urlsplit(back_to_list(request)).query)

    def found() -> set[int]:
        tickets = all_listed(request.user, asked).qs.filter(updated_at__lte=moment(request.POST.get("opened", "")))
        return set(tickets.values_list("pk", flat=True)[: limits.TICKETS_AT_ONCE.amount + 1])

    return in_time(limits.WHOLE_TIME, found, otherwise=None)


def _tell_undone(request: SignedIn, done: changes.Done) -> None:
    if done.changed or not done.refused:
        messages.success(request, _("Undone.") if done.changed else _("It was already undone."))
    _tell_refused(request, done)


def _tell(request: SignedIn, done: changes.Done, what: str) -> None:
    count = len(done.changed)
    if count == 1:
        text = f"#{done.changed[0].number}: {what}"
    else:
        text = ngettext("%(count)d ticket: %(what)s", "%(count)d tickets: %(what)s", count)
        text %= {"count": count, "what": what}
    if count:
        messages.success(request, text, extra_tags=undo_tag(done.batch))
    _tell_refused(request, done)


def _tell_refused(request: SignedIn, done: changes.Done) -> None:
    if not done.refused:
        return
    text = ngettext("%(count)d ticket was not changed.", "%(count)d tickets were not changed.", len(done.refused))
    reasons = [f"#{ticket.number}: {sentence(error)}" for ticket, error in done.refused[:REASONS_SHOWN]]
    messages.error(request, " ".join([text % {"count": len(done.refused)}, *reasons]))


def _tell_gone(request: SignedIn, gone: int) -> None:
    if gone:
        text = ngettext("%(count)d ticket was not found.", "%(count)d tickets were not found.", gone)
        messages.error(request, text % {"count": gone})
