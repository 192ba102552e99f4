"""How senders are recognised, what other settings would change, and whether older tickets follow."""

import hashlib

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from recipients.models import Batch, RecognitionSettings
from recipients.users.access import SignedIn, administrator_of_all_required
from recipients.users.forms import RecognitionForm
from tickets.customers import rematching, transfer
from tickets.models import Ticket


@administrator_of_all_required
@require_http_methods(["GET", "POST"])
def recognition(request: SignedIn) -> HttpResponse:
    """The settings. What would be matched differently is shown before they are saved, and can follow afterwards."""
    form = RecognitionForm(request.POST or None, instance=RecognitionSettings.load())
    differences, shown = [], ""
    if form.is_valid():
        shown = _digest(form)
        differences = list(rematching.under(form.save(commit=False), request.user).shown)
        if not differences or request.POST.get("seen") == shown:
            form.save()
            messages.success(request, _("The recognition settings were saved."))
            unconfirmed = any(not each.is_confirmed for each in differences)
            return redirect("settings:rematch" if unconfirmed else "settings:recognition")
    context = {"form": form, "differences": differences, "shown": shown}
    return render(request, "tickets/settings/recognition.html", context)


@administrator_of_all_required
@require_http_methods(["GET", "POST"])
def rematch(request: SignedIn) -> HttpResponse:
    """The tickets that no person confirmed and that would be matched differently today; posted: they follow."""
    if request.method == "GET":
        return render(request, "tickets/settings/rematch.html", {"differences": rematching.today(request.user).shown})
    batch = Batch(kind=Batch.Kind.REMATCHED, by=request.user)
    with transaction.atomic():
        answers = rematching.answers(rematching.today(request.user))
        visible = Ticket.objects.visible_to(request.user)
        count = len(transfer.rematch(visible, answers, batch=batch))
    text = ngettext("%(count)d ticket was matched again.", "%(count)d tickets were matched again.", count)
    undo = reverse("pairing:undo", args=[batch.pk])
    messages.success(request, text % {"count": count}, extra_tags=f"undo={undo}" if count else "")
    return redirect("settings:recognition")


def _digest(form: RecognitionForm) -> str:
    """Names what was typed: what was changed after it was shown is shown anew before it is saved."""
    return hashlib.sha256(repr(sorted(form.cleaned_data.items())).encode()).hexdigest()
