"""Splitting messages off: they become a ticket of their own, and one click brings them back."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import sentence
from tickets.agents.ticket_access import visible_or_404
from tickets.intake.by_agent import split_off, undo_split
from tickets.models import Comment
from tickets.models.work.errors import NotAllowed


class SplitForm(forms.Form):
    """How much goes, and what the new ticket is called."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=500)
    later = forms.ChoiceField(
        label=gettext_lazy("What is split off"),
        choices=[("one", gettext_lazy("This message alone")), ("all", gettext_lazy("This message and all later ones"))],
        widget=forms.RadioSelect,
    )


@require_http_methods(["GET", "POST"])
@agent_required
def split(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Make a message, or it and all later ones, a ticket of its own."""
    ticket = visible_or_404(request.user, number)
    comment = get_object_or_404(Comment, pk=pk, ticket=ticket)
    form = SplitForm(request.POST or None, initial={"subject": ticket.subject, "later": "one"})
    if form.is_valid():
        subject, later = form.cleaned_data["subject"], form.cleaned_data["later"] == "all"
        try:
            new = split_off(comment, subject=subject, with_later=later, by=request.user)
        except (NotAllowed, ValidationError) as error:
            form.add_error(None, sentence(error))
        else:
            undo = f"undo={reverse('tickets:undo_split', args=[new.number])}"
            said = _("Split off from #%(number)d.") % {"number": ticket.number}
            messages.success(request, said, extra_tags=undo)
            return redirect("tickets:detail", new.number)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"ticket": ticket, "comment": comment, "form": form}
    return render(request, "tickets/ticket_page/conversation/split.html", context, status=status)


@require_POST
@agent_required
def undo(request: SignedIn, number: int) -> HttpResponse:
    """Bring a ticket that was split off back into the one from which it came."""
    ticket = visible_or_404(request.user, number)
    try:
        before = undo_split(ticket, by=request.user)
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
        return redirect("tickets:detail", number)
    messages.success(request, _("Undone."))
    return redirect("tickets:detail", before.number)
