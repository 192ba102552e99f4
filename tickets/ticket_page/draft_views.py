"""What is typed and not sent: kept while one writes, with its files; on a ticket, or in the form of a new one."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from helpdesk.text.text_to_html import text_to_html
from helpdesk.ui.ids import row_id
from recipients.users.access import SignedIn, agent_required
from tickets.agents.ticket_access import visible_or_404
from tickets.drafts import drafts
from tickets.drafts.files import FilesForm
from tickets.models import Queue


@require_POST
@agent_required
def keep(request: SignedIn, number: int | None = None) -> HttpResponse:
    """Keep what is typed so far."""
    keep_typed(request, place_of(request, number))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
@agent_required
def add_files(request: SignedIn, number: int | None = None) -> HttpResponse:
    """Keep files that were just chosen."""
    place = place_of(request, number)
    return files_added(request, place, FilesForm(request.POST, request.FILES, draft=drafts.find(place)))


@require_POST
@agent_required
def take_out(request: SignedIn, pk: int, number: int | None = None) -> HttpResponse:
    """Let one file go. Without scripts all of the form comes along, and none of it is lost."""
    place = place_of(request, number)
    keep_typed(request, place)
    drafts.take_out(place, pk)
    keep_files(request, place, FilesForm(request.POST, request.FILES, draft=drafts.find(place)))
    return redirect("tickets:detail", number) if number else redirect(new_address(place.key))


@require_POST
@agent_required
def discard(request: SignedIn) -> HttpResponse:
    """Give up a new ticket that was not sent."""
    drafts.discard(place_of(request, None))
    return redirect("tickets:new")


def place_of(request: SignedIn, number: int | None) -> drafts.Place:
    """Where the agent writes: on the ticket of that number, else in the form that `key` names."""
    if number is None:
        return drafts.Place(author=request.user, key=request.POST.get("key", "") or drafts.new_key())
    return drafts.Place(visible_or_404(request.user, number), author=request.user)


def new_address(key: str) -> str:
    """Where a new ticket goes on that was begun in the form `key`."""
    return reverse("tickets:new", query={"draft": key})


def keep_typed(request: HttpRequest, place: drafts.Place) -> None:
    """Keep the fields of an agent's form, as they are."""
    typed = request.POST
    html = typed.get("html", "") or text_to_html(typed.get("text", ""))
    if place.ticket:
        drafts.keep(place, html=html, is_note=typed.get("kind") == "note", cc=typed.get("cc", ""))
        return
    drafts.keep(
        place,
        html=html,
        to=typed.get("to", "")[:400],
        subject=typed.get("subject", "")[:500],
        queue=Queue.objects.filter(pk=row_id(typed.get("queue", "")) or 0).first(),
    )


def files_added(request: HttpRequest, place: drafts.Place, form: FilesForm) -> HttpResponse:
    """Keep the files that were sent; answers with their list items, or with what is wrong with them.

    One of them is let go at the address of this request, followed by its id.
    """
    added = drafts.add_files(place, form.sent_files()) if form.is_valid() else []
    context = {"form": form, "files": added, "files_url": request.path}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tickets/drafts/_files.html", context, status=status)


def keep_files(request: HttpRequest, place: drafts.Place, form: FilesForm) -> None:
    """Keep the files that a browser without scripts sent along, or say what is wrong with them."""
    if form.is_valid():
        drafts.add_files(place, form.sent_files())
    for error in form.errors.get("files", ()):
        messages.error(request, str(error))
