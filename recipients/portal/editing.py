"""The visitor edits who may open tickets for their account: Account details, Edit details (A07)."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from recipients.customers import authorised
from recipients.customers.authorised_forms import AuthorisedForm
from recipients.models import Customer
from recipients.portal.access import PortalRequest, visitor_required


@never_cache
@visitor_required
def choose(request: PortalRequest) -> HttpResponse:
    """The only account that the visitor manages, or the question which one."""
    managed = Customer.objects.present().filter(pk__in=request.visitor.managed)
    if len(managed) == 1:
        return redirect("portal_account:edit_customer", managed[0].pk)
    return render(request, "recipients/portal/choose_customer.html", {"managed": managed})


@never_cache
@visitor_required
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    if pk not in request.visitor.managed:
        raise Http404
    customer = get_object_or_404(Customer.objects.present(), pk=pk)
    form = AuthorisedForm(request.POST or None, customer=customer)
    if form.is_bound and (told := _saved(form, request.visitor.address)):
        messages.success(request, told)
        return redirect("portal_account:account")
    context = {"form": form, "customer": customer, "waiting": authorised.waiting(customer)}
    return render(request, "recipients/portal/edit_customer.html", context)


@transaction.atomic
def _saved(form: AuthorisedForm, address: str) -> str:
    """What was saved, in sentences; "" if an entry is refused. Nobody else lists anything between check and save."""
    authorised.one_at_a_time()
    return form.save(by_address=address) if form.is_valid() else ""
