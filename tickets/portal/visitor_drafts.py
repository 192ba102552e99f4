"""The drafts of visitors of the portal: answers on tickets, and new requests."""

from typing import Any

from django.http import QueryDict
from django.urls import reverse

from helpdesk import limits
from helpdesk.text.text_to_html import text_to_html
from helpdesk.ui.ids import row_id
from recipients.portal.access import PortalRequest, visitor_required
from tickets.drafts import drafts
from tickets.drafts.drafts import Place
from tickets.drafts.views import DraftViews, View
from tickets.models import Draft, Queue, Ticket
from tickets.portal.forms import PortalFilesForm, within_quota
from tickets.portal.visible import visible_or_404


class VisitorDrafts(DraftViews[PortalRequest]):
    files_form = PortalFilesForm
    after_discard = "portal:list"

    def admit(self, view: View) -> View:
        return visitor_required(within_quota(view))

    def ticket(self, request: PortalRequest, number: int) -> Ticket:
        return visible_or_404(request.visitor, number)

    def at(self, request: PortalRequest, ticket: Ticket | None = None, key: str = "") -> Place:
        return Place(ticket, key, visitor=request.visitor.account)

    def typed(self, form: QueryDict, *, on_ticket: bool) -> dict[str, Any]:
        html = text_to_html(form.get("text", "")[: limits.VISITOR_CHARACTERS.amount])
        if on_ticket:
            return {"html": html}
        queue = Queue.objects.filter(pk=row_id(form.get("queue", "")) or 0, in_portal=True).first()
        return {"html": html, "subject": form.get("subject", "")[:200], "queue": queue}

    def address(self, place: Place) -> str:
        return f"{reverse('portal:ticket', args=[place.ticket.pk])}#answer" if place.ticket else reverse("portal:new")

    def unfinished(self, request: PortalRequest) -> Draft | None:
        """The request that the visitor began last and has not sent."""
        return drafts.unfinished(self.at(request)).first()


visitor_drafts = VisitorDrafts()
