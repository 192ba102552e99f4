"""Canned replies while one answers: finding one, inserting it; a macro: its preview, doing it, undoing it."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from liquid.exceptions import LiquidError

from helpdesk.ui.ids import row_id
from helpdesk.wording.faults import explained
from recipients.models import Batch
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import leave_or_stay, sentence
from tickets.agents.ticket_access import visible_or_404
from tickets.conversation.replying import Overtaken
from tickets.drafts.drafts import Place
from tickets.macros import macros, replies
from tickets.macros.placeholders import filled
from tickets.models import CannedReply, Comment, NotAllowed, Ticket


@require_GET
@agent_required
def options(request: SignedIn, number: int) -> JsonResponse:
    """The replies that fit what was typed, as JSON: their names, beginnings, and the addresses that give them."""
    ticket = visible_or_404(request.user, number)
    found = replies.found(ticket, request.user, request.GET.get("text", "")[:100]).exclude(html="")
    shown = [
        {
            "name": reply.name,
            "detail": replies.preview(reply.html),
            "url": reverse("tickets:canned_insert", args=[ticket.pk, reply.pk]),
        }
        for reply in found[: replies.OFFERED]
    ]
    return JsonResponse({"replies": shown})


@require_POST
@agent_required
def insert(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """The text of a reply on this ticket, as JSON, with the list items of its files: the draft has them now."""
    ticket, reply = _chosen(request, number, pk)
    try:
        html = filled(reply, ticket, request.user)
    except LiquidError as error:
        text = _("“%(name)s” has a placeholder that does not work: %(why)s") % {"name": reply, "why": explained(error)}
        return JsonResponse({"error": text}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    files = replies.attach(reply, Place(ticket, author=request.user))
    replies.count_use(reply)
    context = {"files": files, "files_url": reverse("tickets:draft_files", args=[ticket.pk])}
    items = render(request, "tickets/drafts/_files.html", context).content.decode() if files else ""
    return JsonResponse({"html": html, "files": items})


@require_http_methods(["GET", "POST"])
@agent_required
def macro(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """What a macro would send and change; posted: it does."""
    ticket, chosen = _chosen(request, number, pk)
    error = ""
    if request.method == "POST":
        try:
            applied = macros.apply(chosen, ticket, by=request.user, seen=row_id(request.POST.get("seen", "")))
        except Overtaken:
            error = _("A message has arrived in the meantime. Read it first.")
        except (NotAllowed, ValidationError) as refused:
            error = sentence(refused)
        except LiquidError as wrong:
            error = explained(wrong)
        else:
            messages.success(request, _("%(name)s: done.") % {"name": chosen}, extra_tags=_undo_tag(ticket, applied))
            return leave_or_stay(request, ticket)
    try:
        html = macros.text_of(chosen, ticket, request.user)
    except LiquidError as wrong:
        html, error = "", explained(wrong)
    last = Comment.objects.filter(ticket=ticket).order_by("-pk").values_list("pk", flat=True).first()
    context = {
        "ticket": ticket,
        "macro": chosen,
        "html": html,
        "files": chosen.files.all() if html else (),
        "deeds": macros.deeds(chosen, request.user),
        "seen": request.POST.get("seen") or last or 0,
        "error": error,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error and request.method == "POST" else HTTPStatus.OK
    return render(request, "tickets/macros/preview.html", context, status=status)


@require_POST
@agent_required
def undo(request: SignedIn, number: int, batch: uuid.UUID, comment: int) -> HttpResponse:
    """Take back what one's own macro did; `comment`: the answer that it sent, 0 for none."""
    ticket = visible_or_404(request.user, number)
    own = Batch.objects.filter(pk=batch, kind=Batch.Kind.CHANGED, by=request.user).first()
    said = get_object_or_404(Comment, pk=comment, ticket=ticket, agent=request.user) if comment else None
    try:
        macros.undo(own, said, by=request.user)
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("Undone."))
    return redirect("tickets:detail", ticket.pk)


def _chosen(request: SignedIn, number: int, pk: int) -> tuple[Ticket, CannedReply]:
    ticket = visible_or_404(request.user, number)
    return ticket, get_object_or_404(CannedReply.objects.offered_to(request.user, ticket), pk=pk)


def _undo_tag(ticket: Ticket, applied: macros.Applied) -> str:
    comment = applied.comment.pk if applied.comment else 0
    return f"undo={reverse('tickets:undo_macro', args=[ticket.pk, applied.batch.pk, comment])}"
