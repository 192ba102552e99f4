"""What belongs to one message: its HTML in a page of its own, its files, and letting a held one in."""

import re
from contextlib import suppress
from shutil import copyfileobj
from tempfile import TemporaryFile
from zipfile import ZipFile

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from helpdesk.text.pictures import content_ids
from recipients.models import User
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import attempt, sentence, tell_paired
from tickets.customers import pairing
from tickets.intake.by_agent import open_with_held
from tickets.models import Attachment, Comment, Ticket
from tickets.models.work.errors import NotAllowed
from tickets.sender.held_messages import accept_held, reject_held
from tickets.text import mail_html

_FILE_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'"


@require_GET
@agent_required
def body(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """The HTML of a message for its frame; with `?images=1` the pictures of other servers are fetched too."""
    comment = _comment_or_404(request.user, number, pk)
    remote_images = request.GET.get("images") == "1"
    pictures = {
        file.cid: f"{reverse('tickets:attachment', args=[number, file.pk])}?show=1"
        for file in comment.attachments.all()
        if file.inline and file.cid and file.type in mail_html.PREVIEWED
    }
    title = comment.subject or _("Message")
    return mail_html.response(comment.html, title=title, pictures=pictures, remote_images=remote_images)


@require_GET
@agent_required
def text(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """The whole text of a message that is too long for the page of its ticket."""
    return whole_text(_comment_or_404(request.user, number, pk).text)


def whole_text(text: str) -> HttpResponse:
    """All that was written, as plain text: nothing in it is looked at, so that no length of it costs anything."""
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_GET
@agent_required
def attachment(request: SignedIn, number: int, pk: int) -> FileResponse:
    """A file of a message: to be kept, or with `?show=1` to be looked at if that is harmless."""
    tickets = Ticket.objects.visible_to(request.user).filter(pk=number)
    file = get_object_or_404(Attachment, pk=pk, comment__ticket__in=tickets)
    return delivered(file, show=request.GET.get("show") == "1")


def delivered(file: Attachment, *, show: bool) -> FileResponse:
    """The bytes of `file`: to be kept, or with `show` to be looked at if that is harmless. 404 if they are lost."""
    shown = show and file.type in mail_html.PREVIEWED | mail_html.PLAYED
    try:
        content = default_storage.open(file.path, "rb")
    except FileNotFoundError as error:
        raise Http404(_("This file is missing from the storage.")) from error
    response = FileResponse(
        content,
        as_attachment=not shown,
        filename=file.name,
        content_type=file.type if shown else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    # A sandbox would keep Chromium's PDF viewer from opening, which itself runs nothing of ours.
    response["Content-Security-Policy"] = _FILE_POLICY if file.type == "application/pdf" else f"{_FILE_POLICY}; sandbox"
    return response


@require_GET
@agent_required
def files(request: SignedIn, number: int, pk: int) -> FileResponse:
    """The files of a message that are listed below it, in one archive; those that the storage has lost are left out."""
    comment = _comment_or_404(request.user, number, pk)
    in_text = content_ids(comment.html)
    archive = TemporaryFile()  # noqa: SIM115 - the response closes it
    with ZipFile(archive, "w") as packed:
        for place, file in enumerate(comment.attachments.all(), 1):
            if not (file.inline and file.cid in in_text):
                name = re.sub(r"[/\\\0]", "_", file.name)
                _pack(packed, file, f"{place} {name}" if name in packed.namelist() else name)
    archive.seek(0)
    return FileResponse(archive, as_attachment=True, filename=f"{number}-{pk}.zip")


def _pack(archive: ZipFile, file: Attachment, name: str) -> None:
    with (
        suppress(FileNotFoundError),
        default_storage.open(file.path, "rb") as content,
        archive.open(name, "w", force_zip64=True) as entry,
    ):
        copyfileobj(content, entry)


@require_POST
@agent_required
def accept(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Let a held message in, as if its writer had been known."""
    comment = _comment_or_404(request.user, number, pk)
    attempt(request, lambda: accept_held(comment, by=request.user), _("The message was accepted."))
    return _back_to(comment)


@require_POST
@agent_required
def reject(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Keep a held message out of the conversation with the customer."""
    comment = _comment_or_404(request.user, number, pk)
    attempt(request, lambda: reject_held(comment, by=request.user), _("The message was rejected."))
    return _back_to(comment)


@require_POST
@agent_required
def new_from_held(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Take a held message out of its conversation, as a ticket of its own."""
    comment = _comment_or_404(request.user, number, pk)
    attempt(request, lambda: open_with_held(comment, by=request.user), _("The message is now a separate ticket."))
    return redirect("tickets:detail", comment.ticket_id)


@require_POST
@agent_required
def accept_and_pair(request: SignedIn, number: int, pk: int) -> HttpResponse:
    """Let a held message in, and pair its writer to the ticket's customer, so that the next one is not held."""
    comment = _comment_or_404(request.user, number, pk)
    try:
        done = pairing.accept_and_pair(comment, by=request.user)
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
    else:
        assert comment.ticket.customer
        messages.success(request, _("The message was accepted."))
        tell_paired(request, done.changed, len(done.moved), comment.ticket.customer)
    return _back_to(comment)


def _back_to(comment: Comment) -> HttpResponse:
    """To the message itself: in a long conversation it is far below."""
    return redirect(comment)


def _comment_or_404(user: User, number: int, pk: int) -> Comment:
    tickets = Ticket.objects.visible_to(user).filter(pk=number)
    return get_object_or_404(Comment.objects.prefetch_related("attachments"), pk=pk, ticket__in=tickets)
