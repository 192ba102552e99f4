"""Writing on a ticket: send a reply or a note, keep the draft, take a sent message back."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from recipients.access import SignedIn, agent_required
from tickets import drafts, richtext
from tickets.conversation import Message
from tickets.forms import ComposerForm, Upload
from tickets.models import Comment, Status, Ticket
from tickets.models.errors import NotAllowed
from tickets.views.telling import sentence
from tickets.views.ticket import newer_than, ticket_page, visible_or_404

UNPROCESSABLE = 422


@require_POST
@agent_required
def send(request: SignedIn, number: int) -> HttpResponse:
    """Send what was typed; if it cannot be sent, say why and keep it."""
    ticket = visible_or_404(request.user, number)
    form = ComposerForm(request.POST, request.FILES)
    if not form.is_valid() or _is_overtaken(form, ticket):
        return _not_sent(request, ticket, form)
    try:
        comment = _send(form, ticket, request)
    except (NotAllowed, ValidationError) as error:
        form.add_error(None, sentence(error))
        return _not_sent(request, ticket, form)
    drafts.discard(ticket, request.user)
    _tell(request, ticket, comment, form)
    # To the message itself; with a query, because browsers load no page anew whose fragment alone is another one.
    address = f"{reverse('tickets:detail', args=[ticket.pk])}?message={comment.pk}#message-{comment.pk}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_POST
@agent_required
def draft(request: SignedIn, number: int) -> HttpResponse:
    """Keep what is typed so far."""
    ticket = visible_or_404(request.user, number)
    html = request.POST.get("html", "") or richtext.from_text(request.POST.get("text", ""))
    is_note = request.POST.get("kind") == "note"
    drafts.keep(ticket, request.user, html=html, is_note=is_note, cc=request.POST.get("cc", ""))
    return HttpResponse(status=204)


@require_POST
@agent_required
def undo(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Take a message back while it waits, and put its text back into the composer."""
    ticket = visible_or_404(request.user, number)
    comment = get_object_or_404(Comment, pk=pk, ticket=ticket)
    files = " " + _("Its files are gone; please attach them again.") if comment.attachments.exists() else ""
    try:
        comment.undo_send(by=request.user)
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("The message was not sent. Its text is in the composer again.") + files)
    return redirect("tickets:detail", ticket.pk)


def _send(form: ComposerForm, ticket: Ticket, request: SignedIn) -> Comment:
    data = form.cleaned_data
    files = uploads(data["files"])
    if form.is_note:
        return ticket.add_note(by=request.user, html=data["message"], files=files)
    status = Status(data["then"]) if data["then"] else None
    return ticket.reply(by=request.user, html=data["message"], cc=data["cc"], files=files, status=status)


def uploads(files: "Iterable[UploadedFile[Any]]") -> list[Upload]:
    """Files of a form, read."""
    return [Upload(file.name or "", file.content_type or "application/octet-stream", file.read()) for file in files]


def _is_overtaken(form: ComposerForm, ticket: Ticket) -> bool:
    """Whether messages came in that the agent has not seen; a reply that ignores them is not sent unread."""
    newer = [] if form.is_note else newer_than(ticket, form.cleaned_data["seen"])
    if not newer:
        return False
    who = ", ".join(dict.fromkeys(Message(comment, None).who for comment in newer))
    text = ngettext(
        "%(who)s wrote while you were writing. Read it, then send again.",
        "There are new messages by %(who)s. Read them, then send again.",
        len(newer),
    )
    form.add_error(None, text % {"who": who})
    form.newer = newer
    return True


def _not_sent(request: SignedIn, ticket: Ticket, form: ComposerForm) -> HttpResponse:
    """With htmx only the reasons come back, so that text and files stay as they are; else the page with the text."""
    if not request.htmx:
        return ticket_page(request, ticket, composer=form, status=UNPROCESSABLE)
    seen = form.newer[-1].pk if form.newer else form.data.get("seen", "")
    context = {"ticket": ticket, "composer_form": form, "seen": seen}
    return render(request, "tickets/_composer_errors.html", context, status=UNPROCESSABLE)


def _tell(request: SignedIn, ticket: Ticket, comment: Comment, form: ComposerForm) -> None:
    if form.is_note:
        messages.success(request, _("The note was added."))
        return
    undo_url = reverse("tickets:undo", args=[ticket.pk, comment.pk])
    messages.success(request, _("The message is on its way."), extra_tags=f"undo={undo_url}")
