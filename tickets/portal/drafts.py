"""What a visitor types and has not sent: kept while they write, with its files, as agents' drafts are."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from helpdesk.text.text_to_html import text_to_html
from helpdesk.ui.ids import row_id
from recipients.portal.access import PortalRequest, visitor_required
from tickets.drafts import drafts
from tickets.drafts.upload_quota import with_quota
from tickets.models import Draft, Queue, Ticket
from tickets.portal.forms import MOST_CHARACTERS, PortalFilesForm
from tickets.portal.visible import visible_or_404
from tickets.ticket_page.draft_views import files_added, keep_files


@require_POST
@visitor_required
@with_quota
def keep(request: PortalRequest, number: int | None = None) -> HttpResponse:
    """Keep what is typed so far."""
    keep_typed(request, _place(request, number))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
@visitor_required
@with_quota
def add_files(request: PortalRequest, number: int | None = None) -> HttpResponse:
    """Keep files that were just chosen."""
    place = _place(request, number)
    return files_added(request, place, PortalFilesForm(request, drafts.find(place)))


@require_POST
@visitor_required
@with_quota
def take_out(request: PortalRequest, pk: int, number: int | None = None) -> HttpResponse:
    """Let one file go. Without scripts all of the form comes along, and none of it is lost."""
    place = _place(request, number)
    keep_typed(request, place)
    drafts.take_out(place, pk)
    keep_files(request, place, PortalFilesForm(request, drafts.find(place)))
    return redirect(f"{reverse('portal:ticket', args=[number])}#answer" if number else "portal:new")


@require_POST
@visitor_required
@with_quota
def discard(request: PortalRequest) -> HttpResponse:
    """Give up a new request that was not sent."""
    drafts.discard(_place(request, None))
    return redirect("portal:list")


def place_of(request: PortalRequest, ticket: Ticket | None = None, key: str = "") -> drafts.Place:
    return drafts.Place(ticket, key, visitor=request.visitor.account)


def unfinished(request: PortalRequest) -> Draft | None:
    """The request that the visitor began last and has not sent."""
    return drafts.unfinished(place_of(request)).first()


def keep_typed(request: PortalRequest, place: drafts.Place) -> None:
    """Keep the fields of a visitor's form, as they are."""
    html = text_to_html(request.POST.get("text", "")[:MOST_CHARACTERS])
    if place.ticket:
        drafts.keep(place, html=html)
        return
    queue = Queue.objects.filter(pk=row_id(request.POST.get("queue", "")) or 0, in_portal=True).first()
    drafts.keep(place, html=html, subject=request.POST.get("subject", "")[:200], queue=queue)


def _place(request: PortalRequest, number: int | None) -> drafts.Place:
    if number is None:
        return place_of(request, key=request.POST.get("key", "") or drafts.new_key())
    return place_of(request, visible_or_404(request.visitor, number))
