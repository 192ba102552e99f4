"""The page of a new ticket, for an agent who writes first."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from helpdesk.text.text_to_html import text_to_html
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import sentence, tag_names
from tickets.drafts import drafts
from tickets.intake.by_agent import start, started_by
from tickets.models import Comment, Draft, NotAllowed
from tickets.text import richtext
from tickets.ticket_page.agent_drafts import agent_drafts, new_address, within_quota
from tickets.ticket_page.new_ticket_forms import NewTicketForm

#: Unfinished new tickets that the form offers to go on with.
MOST_OFFERED = 20


@require_http_methods(["GET", "POST"])
@agent_required
@within_quota
def new(request: SignedIn) -> HttpResponse:
    """To whom, about what, in which queue; sent as any answer, with the same time to take it back."""
    key = request.POST.get("key", "") or request.GET.get("draft", "") or drafts.new_key()
    place = agent_drafts.at(request, key=key)
    draft = drafts.find(place)
    initial = _typed(draft) if draft else request.GET.dict()
    form = NewTicketForm(request, draft, by=request.user, initial=initial)
    if form.is_bound and (comment := started_by(request.user, place.key)):
        return _sent_before(request, comment)
    if form.is_valid() and (comment := _start(request, form, place.key)):
        drafts.discard(place)
        undo_url = reverse("tickets:undo", args=[comment.ticket_id, comment.pk])
        messages.success(request, _("The message is on its way."), extra_tags=f"undo={undo_url}")
        return redirect("tickets:detail", comment.ticket_id)
    if form.is_bound:
        agent_drafts.keep_unsent(request, place, form)
    context = {
        "form": form,
        "typed": _shown(form),
        "typed_more": any(
            form[name].value() for name in ("assignee", "category", "tags", "note") if name in form.fields
        ),
        "key": place.key,
        "address": new_address(place.key),
        "draft": draft,
        "files": drafts.listed(form.draft),
        "unfinished": drafts.unfinished(place).exclude(key=place.key)[:MOST_OFFERED],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "tickets/ticket_page/new.html", context, status=status)


def _sent_before(request: SignedIn, comment: Comment) -> HttpResponse:
    """To the ticket of a form that is sent once more. What it says now and did not say then is a draft there."""
    html = agent_drafts.typed(request.POST, on_ticket=False)["html"]
    if richtext.to_text(html).strip() != comment.text.strip():
        drafts.keep(agent_drafts.at(request, comment.ticket), html=html)
        messages.info(request, _("This form was already sent. What you have written since is in the composer."))
    return redirect("tickets:detail", comment.ticket_id)


def _start(request: SignedIn, form: NewTicketForm, key: str) -> Comment | None:
    """The first message of the ticket; None if there may be none, and the form says why."""
    data = form.cleaned_data
    try:
        return start(
            by=request.user,
            queue=data["queue"],
            to=data["to"],
            subject=data["subject"],
            html=data["message"],
            files=form.attachments,
            key=key,
            cc=data["cc"],
            assignee=data["assignee"],
            category=data.get("category"),
            tags=tag_names(data["tags"]),
            note=text_to_html(data["note"]) if data["note"].strip() else "",
        )
    except (NotAllowed, ValidationError) as error:
        form.add_error(None, sentence(error))
        return None


def _shown(form: NewTicketForm) -> dict[str, str]:
    """What the editor begins with: what was just sent, else the draft."""
    html = str(form["html"].value() or "")
    if html:
        html = richtext.sanitise(html)
    return {"html": html, "text": richtext.to_text(html) if html else str(form["text"].value() or "")}


def _typed(draft: Draft) -> dict[str, Any]:
    return {
        "to": draft.to,
        "subject": draft.subject,
        "queue": draft.queue_id,
        "html": draft.html,
        "cc": draft.cc,
        "note": draft.note,
        "tags": draft.tags,
        "assignee": draft.assignee_id,
        "category": draft.category_id,
        "text": richtext.to_text(draft.html),
    }
