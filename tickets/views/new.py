"""May an agent write first? The form of a new ticket."""

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from recipients.access import SignedIn, agent_required
from tickets.forms_new import NewTicketForm
from tickets.models import NotAllowed
from tickets.starting import start
from tickets.views.composer import uploads
from tickets.views.telling import sentence


@require_http_methods(["GET", "POST"])
@agent_required
def new(request: SignedIn) -> HttpResponse:
    """To whom, about what, in which queue; sent as any answer, with the same time to take it back."""
    form = NewTicketForm(request.POST or None, request.FILES or None, by=request.user, initial=request.GET.dict())
    if form.is_valid():
        data = form.cleaned_data
        try:
            comment = start(
                by=request.user,
                queue=data["queue"],
                to=data["to"],
                subject=data["subject"],
                html=data["message"],
                files=uploads(data["files"]),
            )
        except (NotAllowed, ValidationError) as error:
            form.add_error(None, sentence(error))
        else:
            undo_url = reverse("tickets:undo", args=[comment.ticket_id, comment.pk])
            messages.success(request, _("The message is on its way."), extra_tags=f"undo={undo_url}")
            return redirect("tickets:detail", comment.ticket_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "tickets/ticket_new.html", {"form": form}, status=status)
