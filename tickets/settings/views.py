"""How do tickets behave, and which queues are there?"""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from recipients.users.access import SignedIn, administrator_required
from tickets.models import Queue, TicketSettings
from tickets.settings.forms import QueueForm, TicketSettingsForm


@administrator_required
def queue_list(request: SignedIn) -> HttpResponse:
    queues = Queue.objects.prefetch_related("addresses").annotate(
        agent_count=Count("agents", filter=Q(agents__is_active=True))
    )
    return render(request, "tickets/settings/queue_list.html", {"queues": queues})


@administrator_required
def queue_edit(request: SignedIn, pk: int | None = None, form_class: type[QueueForm] = QueueForm) -> HttpResponse:
    queue = get_object_or_404(Queue, pk=pk) if pk else Queue()
    form = form_class(request.POST or None, instance=queue)
    if form.is_valid():
        messages.success(request, _("The queue %(queue)s was saved.") % {"queue": form.save()})
        return redirect("settings:queues")
    return render(request, "tickets/settings/queue_form.html", {"form": form, "queue": queue})


@administrator_required
def ticket_settings(request: SignedIn) -> HttpResponse:
    form = TicketSettingsForm(request.POST or None, instance=TicketSettings.load())
    if form.is_valid():
        form.save()
        messages.success(request, _("The ticket settings were saved."))
        return redirect("settings:tickets")
    return render(request, "tickets/settings/tickets.html", {"form": form})
