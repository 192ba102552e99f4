"""The pages of customers: the list, a customer's profile, its form, and its authorised senders."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from helpdesk.ui.pages import Link, ListPage
from recipients.customers import authorised
from recipients.customers.authorised_forms import AuthorisedForm
from recipients.customers.forms import CustomerForm, address_formset
from recipients.customers.lists import CustomerFilter, CustomerTable
from recipients.models import AuthorisedSender, Customer, Pairing, RecognitionSettings, User
from recipients.models.customers import CustomerQuerySet
from recipients.models.reach import beyond
from recipients.users.access import SignedIn, agent_required, visible_customers

_UNCONFIRMED_FIRST = (F("unconfirmed_since").desc(nulls_last=True), "kind", "value")
SHOWN = 50  # persons and addresses on a profile; a company may have ten thousand


class CustomerList(ListPage):
    """The customers whom an agent may see, and how many of them have listed senders that await approval."""

    request: SignedIn
    template_name = "recipients/customers/list.html"
    filter_class, table_class = CustomerFilter, CustomerTable
    title = gettext_lazy("Customers")
    links: Sequence[Link] = (
        Link("customers:import", gettext_lazy("Import"), "upload"),
        Link("customers:add", gettext_lazy("New customer"), "plus", primary=True, shortcut="n"),
    )
    icon = "building-2"
    no_match = gettext_lazy("No customer matches")
    nothing = gettext_lazy("No customers yet")
    nothing_text = gettext_lazy(
        "Add the people and companies you serve, so that mail from their addresses is recognised."
    )
    nothing_link = links[1]

    def get_queryset(self) -> CustomerQuerySet:
        return visible_customers(self.request.user).with_email().select_related("company", "partner")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(waiting=_waiting(self.request.user), **kwargs)


def _waiting(user: User) -> int:
    """How many customers of `user` have listed senders that await approval. One query."""
    waiting = AuthorisedSender.objects.waiting().order_by().filter(customer__in=visible_customers(user).order_by())
    return waiting.values("customer").distinct().count()


@agent_required
def customer_detail(request: SignedIn, pk: int) -> HttpResponse:
    rows = Customer.objects.filter(pk=pk).select_related("company", "partner", "merged_into")
    customer = get_object_or_404(rows)
    if not request.user.serves(customer):
        raise Http404
    if customer.withdrawn_at:
        raise Http404
    if customer.merged_into_id:
        return redirect("customers:detail", customer.merged_into_id)
    senders = list(customer.authorised_senders.order_by(*_UNCONFIRMED_FIRST)[:SHOWN])
    has_unconfirmed = any(sender.unconfirmed_since for sender in senders)
    context = {
        "customer": customer,
        "language_name": dict(settings.LANGUAGES).get(customer.language, customer.language),
        "pairings": _pairings(customer)[:SHOWN],
        "merges": customer.merges.select_related("merged", "batch__by", "undone_by")[:SHOWN],
        "addresses": customer.addresses.all()[:SHOWN],
        "persons": visible_customers(request.user).with_email().filter(company=customer)[:SHOWN],
        "authorised": senders,
        "listed_senders_wait": has_unconfirmed and RecognitionSettings.load().listed_senders_wait,
        "changes": authorised.changes([customer.pk])[:SHOWN],
        "paired": customer.paired_recipients.all()[:SHOWN],
        "shown": SHOWN,
    }
    return render(request, "recipients/customers/detail.html", context)


def _pairings(customer: Customer) -> QuerySet[Pairing]:
    """Which addresses were ever paired with `customer`, or with those that go on as it; the newest first."""
    rows = Pairing.objects.filter(Q(customer=customer) | Q(customer__merged_into=customer))
    return rows.select_related("recipient", "started_by", "ended_by").order_by("-started_at", "-pk")


@agent_required
def customer_edit(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """The form of a customer, or of a new one; nothing is saved unless everything is right (T23)."""
    customer = get_object_or_404(visible_customers(request.user).select_related("company"), pk=pk) if pk else Customer()
    form = CustomerForm(request.POST or None, instance=customer, by=request.user)
    addresses = address_formset(customer, request.POST or None, by=request.user)
    if form.is_bound and not addresses.is_valid():
        form.add_error(None, _("One of the additional addresses is wrong; it is marked below."))
    elif form.is_valid():
        saved = form.save_with(addresses)
        messages.success(request, _("%(customer)s was saved.") % {"customer": saved})
        return redirect("customers:detail", saved.pk)
    context = {"form": form, "addresses": addresses, "customer": customer}
    return render(request, "recipients/customers/form.html", context)


@agent_required
def customer_authorised(request: SignedIn, pk: int) -> HttpResponse:
    """The customer's own field "Authorised senders to open tickets", edited by an agent (A07)."""
    customer = get_object_or_404(visible_customers(request.user), pk=pk)
    form = AuthorisedForm(request.POST or None, customer=customer, by=request.user)
    if form.is_valid():
        messages.success(request, form.save())
        return redirect("customers:detail", pk)
    return render(request, "recipients/customers/authorised.html", {"form": form, "customer": customer})


@agent_required
@require_POST
def listed_confirm(request: SignedIn, pk: int, sender: int) -> HttpResponse:
    """What the customer listed may write for them, an agent says."""
    text = _("Confirmed: %(sender)s may write for %(customer)s.")
    return _decide(request, pk, sender, authorised.confirm, text)


@agent_required
@require_POST
def listed_remove(request: SignedIn, pk: int, sender: int) -> HttpResponse:
    """What the customer listed may not write for them, an agent says."""
    text = _("Removed: %(sender)s may no longer write for %(customer)s. Tickets stay as they are.")
    return _decide(request, pk, sender, authorised.remove, text)


def _decide(request: SignedIn, pk: int, sender: int, decision: Callable[..., bool], done: str) -> HttpResponse:
    """Take a decision about what the customer has listed and nobody has confirmed; 404 if they are not the agent's."""
    customer = get_object_or_404(visible_customers(request.user), pk=pk)
    unconfirmed = AuthorisedSender.objects.unconfirmed().select_related("customer")
    listed = unconfirmed.filter(customer=customer, pk=sender).first()
    if listed and decision is authorised.confirm and (refused := beyond([listed.value], request.user)):
        messages.error(request, " ".join(refused.values()))
        return redirect("customers:detail", pk)
    if listed and decision(listed, by=request.user):
        messages.success(request, done % {"sender": listed, "customer": customer})
    else:
        messages.info(request, _("Somebody has already decided about it: nothing was changed."))
    return redirect("customers:detail", pk)


@agent_required
def company_names(request: SignedIn) -> HttpResponse:
    """The options under the company field while somebody types in it."""
    typed = request.GET.get("company_name", "").replace("\0", "").strip()
    companies = visible_customers(request.user).filter(is_company=True, name__istartswith=typed)
    return render(request, "recipients/customers/_company_options.html", {"companies": companies[:10] if typed else []})
