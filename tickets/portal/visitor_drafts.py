"""The drafts of visitors of the portal: answers on tickets, new requests, and what they write in forums."""

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
from tickets.portal.topics import topic_or_404
from tickets.portal.visible import visible_or_404

#: How the keys of forms of new topics begin; others are the letters a to f and digits.
_TOPIC = "topic"


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
        return {"html": html, "subject": form.get("subject", "")[:200], "queue": self.queue(form)}

    def queue(self, form: QueryDict) -> Queue | None:
        """Where the visitor chose to write."""
        return Queue.objects.filter(pk=row_id(form.get("queue", "")) or 0, in_portal=True).first()

    def address(self, place: Place) -> str:
        return f"{reverse('portal:ticket', args=[place.ticket.pk])}#answer" if place.ticket else reverse("portal:new")

    def unfinished(self, request: PortalRequest) -> Draft | None:
        """The request that the visitor began last and has not sent."""
        return drafts.unfinished(self.at(request)).exclude(key__startswith=_TOPIC).first()


class TopicDrafts(VisitorDrafts):
    """Answers in topics, and new topics: their keys say so, as files may come before anything else is known."""

    after_discard = "portal:topics"

    def ticket(self, request: PortalRequest, number: int) -> Ticket:
        return topic_or_404(request.visitor, number)

    def at(self, request: PortalRequest, ticket: Ticket | None = None, key: str = "") -> Place:
        return super().at(request, ticket, key if key.startswith(_TOPIC) else _TOPIC + key)

    def queue(self, form: QueryDict) -> Queue | None:
        return Queue.objects.exclude(forum="").filter(pk=row_id(form.get("forum", "")) or 0).first()

    def address(self, place: Place) -> str:
        return f"{place.ticket.portal_path}#answer" if place.ticket else reverse("portal:topic_new")

    def unfinished(self, request: PortalRequest) -> Draft | None:
        """The topic that the visitor began last and has not sent."""
        return drafts.unfinished(self.at(request)).filter(key__startswith=_TOPIC).first()


visitor_drafts, topic_drafts = VisitorDrafts(), TopicDrafts()
