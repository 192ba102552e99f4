"""The page that snoozes a ticket, and waking it."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import sentence, undo_tag
from tickets.agents.ticket_access import visible_or_404
from tickets.conversation.changes import change
from tickets.waiting.snooze import OFFERED, ON_ANSWER, in_days

AT = "at"


class SnoozeForm(forms.Form):
    """Until when a ticket is put off, and whether an answer wakes it before."""

    until = forms.ChoiceField(
        label=gettext_lazy("Until"),
        widget=forms.RadioSelect,
        initial="1",
        choices=[*OFFERED, (AT, gettext_lazy("A specific time")), (ON_ANSWER, gettext_lazy("The customer answers"))],
    )
    at = forms.DateTimeField(
        label=gettext_lazy("Date and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    on_answer = forms.BooleanField(
        label=gettext_lazy("Also bring it back when the customer answers"), required=False, initial=True
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        until, at = self.cleaned_data.get("until"), self.cleaned_data.get("at")
        if (at or until == AT) and "at" not in self.errors and (at is None or at <= timezone.now()):
            self.add_error("at", _("Choose a time in the future."))
        return self.cleaned_data

    @property
    def wakes_at(self) -> Any:
        until = self.cleaned_data["until"]
        if at := self.cleaned_data["at"]:  # whoever types a time means it, with or without a click on its choice
            return at
        return None if until == ON_ANSWER else in_days(int(until))

    @property
    def wakes_on_answer(self) -> bool:
        return bool(self.cleaned_data["on_answer"] or self.cleaned_data["until"] == ON_ANSWER)


@require_http_methods(["GET", "POST"])
@agent_required
def snooze(request: SignedIn, number: int) -> HttpResponse:
    """Put a ticket off until a time, until the customer answers, or both."""
    ticket = visible_or_404(request.user, number)
    form = SnoozeForm(request.POST or None)
    if form.is_valid():
        until, on_answer = form.wakes_at, form.wakes_on_answer
        done = change([ticket], lambda each: each.snooze(until, on_answer=on_answer, by=request.user), by=request.user)
        if not done.refused:
            text = _("#%(number)d is snoozed. It comes back automatically.") % {"number": ticket.number}
            messages.success(request, text, extra_tags=undo_tag(done.batch))
            return redirect("tickets:detail", ticket.number)
        for _each, error in done.refused:
            form.add_error(None, sentence(error))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tickets/waiting/snooze.html", {"ticket": ticket, "form": form}, status=status)


@require_POST
@agent_required
def wake(request: SignedIn, number: int) -> HttpResponse:
    """Let a snoozed ticket come back now."""
    ticket = visible_or_404(request.user, number)
    done = change([ticket], lambda each: each.wake(by=request.user), by=request.user)
    for _each, error in done.refused:
        messages.error(request, sentence(error))
    if done.changed:
        messages.success(request, _("The ticket is back."), extra_tags=undo_tag(done.batch))
    return redirect("tickets:detail", ticket.number)
