"""The pages that merge two customers who are the same, and take it back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from recipients.customers.merging import refusal
from recipients.models import Customer, CustomerMerge
from recipients.users.access import SignedIn, agent_required, visible_customers
from tickets.agents.customer_search import choice, chosen_or_404
from tickets.customers import merge_customers

#: What stayed, told one by one.
SHOWN = 10


@require_http_methods(["GET", "POST"])
@agent_required
def merge(request: SignedIn, pk: int) -> HttpResponse:
    """Choose who goes on, see what goes over, merge."""
    merged = get_object_or_404(visible_customers(request.user), pk=pk)
    asked = request.POST if request.method == "POST" else request.GET
    wanted = asked.get("customer", "")
    others = visible_customers(request.user).filter(is_company=merged.is_company).exclude(pk=pk)
    survivor = chosen_or_404(others, wanted) if wanted else None
    if request.method == "POST" and survivor and asked.get("do") == "merge":
        return _merge(request, merged, survivor)
    context = {
        "customer": merged,
        "survivor": survivor,
        "refusal": refusal(merged, survivor) if survivor else "",
        "choice": choice(others, asked.get("text", "")),
        "counts": _counts(merged) if survivor else {},
    }
    return render(request, "tickets/customers/merge.html", context)


@require_POST
@agent_required
def undo(request: SignedIn, pk: int) -> HttpResponse:
    """Make them two again; says what stays."""
    done = get_object_or_404(CustomerMerge.objects.select_related("batch__by", "survivor", "merged"), pk=pk)
    if not all(request.user.serves(each) for each in (done.survivor, done.merged)) and done.batch.by != request.user:
        raise PermissionDenied
    try:
        undone = merge_customers.undo(done, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("customers:detail", done.survivor_id)
    text = ngettext("Undone; %(count)d ticket is back.", "Undone; %(count)d tickets are back.", undone.tickets)
    messages.success(request, text % {"count": undone.tickets})
    if undone.stays:
        messages.warning(request, " ".join([_("Some things stay as they are."), *undone.stays[:SHOWN]]))
    return redirect("customers:detail", done.merged_id)


def _merge(request: SignedIn, merged: Customer, survivor: Customer) -> HttpResponse:
    try:
        done = merge_customers.merge(merged, survivor, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("customers:detail", merged.pk)
    text = ngettext(
        "%(merged)s was merged into %(survivor)s; %(count)d ticket moved.",
        "%(merged)s was merged into %(survivor)s; %(count)d tickets moved.",
        done.tickets,
    )
    undo_url = reverse("pairing:undo_merge", args=[done.merge.pk])
    names = {"merged": merged, "survivor": survivor, "count": done.tickets}
    messages.success(request, text % names, extra_tags=f"undo={undo_url}")
    return redirect("customers:detail", survivor.pk)


def _counts(customer: Customer) -> dict[str, int]:
    """What goes over."""
    return {
        "addresses": customer.addresses.count(),
        "senders": customer.authorised_senders.count(),
        "pairings": customer.paired_recipients.count(),
        "persons": customer.persons.count(),
        "tickets": customer.tickets.count(),
    }
