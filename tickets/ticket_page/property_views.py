"""Changing a ticket: its properties, its subject, who is in copy, and merging it with another."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk import limits
from helpdesk.ui.ids import row_id
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import all_errors, attempt, leave_or_stay, list_after_loss, sentence, undo_tag
from tickets.agents.ticket_access import visible_or_404
from tickets.conversation.changes import change
from tickets.conversation.merge_tickets import merge_ticket, undo_merge
from tickets.conversation.participants import add_participants, set_participants
from tickets.models import Ticket
from tickets.models.work.errors import NotAllowed
from tickets.ticket_page.forms import ParticipantsForm, PropertiesForm
from tickets.ticket_page.panel import mergeable, panel
from tickets.ticket_page.views import ticket_page


@require_POST
@agent_required
def properties(request: SignedIn, number: int) -> HttpResponse:
    """Change status, priority, category, queue, assignee and tags: those that differ."""
    ticket = visible_or_404(request.user, number)
    form = PropertiesForm(request.POST, ticket=ticket, user=request.user)
    if not form.is_valid():
        return _refused(request, ticket, form)
    done = change([ticket], lambda each: form.apply_to(each, by=request.user), by=request.user)
    for each, error in done.refused:
        form.add_error(None, sentence(error))
        return _refused(request, visible_or_404(request.user, each.number), form)
    if form.has_changed():
        messages.success(request, form.said(), extra_tags=undo_tag(done.batch))
    return _changed(request, ticket)


@require_POST
@agent_required
def participants(request: SignedIn, number: int) -> HttpResponse:
    """Set who gets a copy of every answer."""
    ticket = visible_or_404(request.user, number)
    form = ParticipantsForm(request.POST)
    if form.is_valid():
        addresses = form.cleaned_data["addresses"]
        done = _("The people in CC were changed.")
        attempt(request, lambda: set_participants(ticket, addresses, by=request.user), done)
    else:
        messages.error(request, all_errors(form))
    return _changed(request, ticket)


@require_POST
@agent_required
def add(request: SignedIn, number: int) -> HttpResponse:
    """Put those in copy whom a mail named, and who did not join by themselves."""
    ticket = visible_or_404(request.user, number)
    addresses = request.POST.getlist("address")[: limits.PEOPLE_OF_A_MAIL.amount]
    done = _("The people in CC were changed.")
    attempt(request, lambda: add_participants(ticket, addresses, by=request.user), done)
    return _changed(request, ticket)


class SubjectForm(forms.Form):
    """What the ticket is called, by agents and in mails to come."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=500)


@require_http_methods(["GET", "POST"])
@agent_required
def subject(request: SignedIn, number: int) -> HttpResponse:
    """Name a ticket anew. Answers to the mails that were sent under the old name still find it (R29)."""
    ticket = visible_or_404(request.user, number)
    form = SubjectForm(request.POST or None, initial={"subject": ticket.subject})
    if form.is_valid():
        if form.has_changed():
            done = _("The subject was changed.")
            attempt(request, lambda: ticket.set_subject(form.cleaned_data["subject"], by=request.user), done)
        return redirect("tickets:detail", ticket.number)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tickets/ticket_page/subject.html", {"ticket": ticket, "form": form}, status=status)


class MergeForm(forms.Form):
    """The ticket that goes on."""

    use_required_attribute = False  # one of those that are offered does as well

    number = forms.IntegerField(
        min_value=1,
        max_value=2**63 - 1,
        label=gettext_lazy("Merge into #"),
        widget=forms.TextInput(
            attrs={
                "size": 10,
                "inputmode": "numeric",
                "pattern": "#?[0-9]+",
                "autocomplete": "off",
                "hx-trigger": "input changed delay:150ms",
                "hx-target": "#merge-preview",
            }
        ),
    )


@require_http_methods(["GET", "POST"])
@agent_required
def merge(request: SignedIn, number: int) -> HttpResponse:
    """Merge a ticket into another: its messages go on there."""
    ticket = visible_or_404(request.user, number)
    if request.method == "GET" and request.htmx:
        return _merge_preview(request)
    given = request.POST.get("number", "").strip().lstrip("#") or request.POST.get("offered", "")
    form = MergeForm({"number": given} if request.method == "POST" else None)
    form.fields["number"].widget.attrs["hx-get"] = request.path
    if form.is_valid() and (survivor := _merged(request, ticket, form)):
        return redirect("tickets:detail", survivor.number)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"ticket": ticket, "form": form, "offered": mergeable(ticket, request.user)}
    return render(request, "tickets/ticket_page/merge.html", context, status=status)


def _merge_preview(request: SignedIn) -> HttpResponse:
    """Which ticket has the number that is being typed."""
    number = row_id(request.GET.get("number", "").strip().lstrip("#"))
    named = Ticket.objects.visible_to(request.user).filter(pk=number or 0).first()
    return render(request, "tickets/ticket_page/_merge_preview.html", {"named": named, "typed": number})


def _merged(request: SignedIn, ticket: Ticket, form: MergeForm) -> Ticket | None:
    """The ticket that goes on; None if there is none that may, and the form says why."""
    survivor = Ticket.objects.visible_to(request.user).filter(pk=form.cleaned_data["number"]).first()
    if survivor is None:
        form.add_error("number", _("There is no ticket with this number."))
        return None
    try:
        merge_ticket(ticket, into=survivor, by=request.user)
    except (NotAllowed, ValidationError) as error:
        form.add_error("number", sentence(error))
        return None
    text = _("#%(merged)d was merged into this ticket.") % {"merged": ticket.number}
    messages.success(request, text, extra_tags=f"undo={reverse('tickets:undo_merge', args=[ticket.number])}")
    return survivor


@require_POST
@agent_required
def follow(request: SignedIn, number: int) -> HttpResponse:
    """Let the agent be told of each message on a ticket, or not any more."""
    ticket = visible_or_404(request.user, number)
    on = request.POST.get("on") == "1"
    done = _("You get an email about each message on this ticket.") if on else _("You no longer follow this ticket.")
    attempt(request, lambda: ticket.follow(request.user, on=on), done)
    return redirect("tickets:detail", number)


@require_POST
@agent_required
def stand_alone(request: SignedIn, number: int) -> HttpResponse:
    """Say that a ticket belongs to no other one, though it seemed to."""
    ticket = visible_or_404(request.user, number)
    attempt(request, ticket.stand_alone)
    return redirect("tickets:detail", number)


@require_POST
@agent_required
def undo_merge_of(request: SignedIn, number: int) -> HttpResponse:
    """Make a merged ticket one of its own again."""
    ticket = visible_or_404(request.user, number)
    merging = ticket.merges.standing().filter(survivor__in=Ticket.objects.visible_to(request.user)).last()
    if merging is None:
        messages.info(request, _("It was already undone."))
    else:
        attempt(request, lambda: undo_merge(merging, by=request.user), _("Undone."))
    return redirect("tickets:detail", ticket.number)


def _changed(request: SignedIn, ticket: Ticket) -> HttpResponse:
    """The page again; with htmx only its right side and its heading."""
    if not request.htmx:
        return leave_or_stay(request, ticket)
    if not Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists():
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
        response["HX-Redirect"] = list_after_loss(request)
        return response
    ticket = visible_or_404(request.user, ticket.pk)
    context = {"ticket": ticket, "panel": panel(ticket, request.user), "oob": True}
    return render(request, "tickets/ticket_page/panel/changed.html", context)


def _refused(request: SignedIn, ticket: Ticket, form: PropertiesForm) -> HttpResponse:
    if not request.htmx:
        return ticket_page(request, ticket, properties=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    context = {"ticket": ticket, "panel": panel(ticket, request.user, form), "oob": True}
    return render(request, "tickets/ticket_page/panel/changed.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
