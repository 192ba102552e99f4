"""Which partners are there?"""

from django.contrib import messages
from django.db.models import Count, ProtectedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from recipients.models import Partner
from recipients.users.access import SignedIn, administrator_required
from recipients.users.forms import PartnerForm


@administrator_required
def partner_list(request: SignedIn) -> HttpResponse:
    partners = Partner.objects.annotate(
        customer_count=Count("customers", distinct=True), user_count=Count("user", distinct=True)
    )
    return render(request, "recipients/users/partner_list.html", {"partners": partners})


@administrator_required
def partner_edit(request: SignedIn, pk: int | None = None) -> HttpResponse:
    partner = get_object_or_404(Partner, pk=pk) if pk else Partner()
    form = PartnerForm(request.POST or None, instance=partner)
    if form.is_valid():
        messages.success(request, _("%(partner)s was saved.") % {"partner": form.save()})
        return redirect("settings:partners")
    return render(request, "recipients/users/partner_form.html", {"form": form, "partner": partner})


@administrator_required
@require_POST
def partner_delete(request: SignedIn, pk: int) -> HttpResponse:
    partner = get_object_or_404(Partner, pk=pk)
    try:
        partner.delete()
    except ProtectedError:
        refused = _("%(partner)s still has customers or users; give them another partner first.")
        messages.error(request, refused % {"partner": partner})
    else:
        messages.success(request, _("%(partner)s was deleted.") % {"partner": partner})
    return redirect("settings:partners")
