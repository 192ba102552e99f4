"""The drafts of agents: answers and notes on tickets, and new tickets."""

from typing import Any

from django.http import QueryDict
from django.urls import reverse

from helpdesk.text.text_to_html import text_to_html
from helpdesk.ui.ids import row_id
from recipients.models import User
from recipients.users.access import SignedIn, agent_required
from tickets.agents.ticket_access import visible_or_404
from tickets.drafts.drafts import NOBODY, Place
from tickets.drafts.files import FilesForm, most_bytes
from tickets.drafts.upload_quota import with_quota
from tickets.drafts.views import DraftViews, View
from tickets.models import Category, Comment, Queue, Ticket

#: Views take no more from agents: what is more is not even kept for a moment.
within_quota = with_quota(most_bytes)


class AgentDrafts(DraftViews[SignedIn]):
    files_form = FilesForm
    after_discard = "tickets:new"
    pictures_in_text = True

    def admit(self, view: View) -> View:
        return agent_required(within_quota(view))

    def ticket(self, request: SignedIn, number: int) -> Ticket:
        return visible_or_404(request.user, number)

    def at(self, request: SignedIn, ticket: Ticket | None = None, key: str = "") -> Place:
        return Place(ticket, key, author=request.user)

    def typed(self, form: QueryDict, *, on_ticket: bool) -> dict[str, Any]:
        html = form.get("html", "") or text_to_html(form.get("text", ""))
        if on_ticket:
            to, cc = _chosen(form, "to")[:400], _chosen(form, "cc")
            people = {"to": to, "cc": cc, "bcc": form.get("bcc", "")}
            if forwards := row_id(form.get("forwards", "")):
                people["to"] = people["to"] or NOBODY
            passed_on = Comment.objects.filter(pk=forwards).first() if forwards else None
            return {"html": html, "is_note": form.get("kind") == "note", "forwards": passed_on, **people}
        return {
            "html": html,
            "to": form.get("to", "")[:400],
            "subject": form.get("subject", "")[:500],
            "cc": form.get("cc", ""),
            "note": form.get("note", ""),
            "tags": form.get("tags", "")[:500],
            "assignee": User.objects.filter(pk=row_id(form.get("assignee", "")) or 0).first(),
            "category": Category.objects.filter(pk=row_id(form.get("category", "")) or 0).first(),
            "queue": Queue.objects.filter(pk=row_id(form.get("queue", "")) or 0).first(),
        }

    def address(self, place: Place) -> str:
        return reverse("tickets:detail", args=[place.ticket.pk]) if place.ticket else new_address(place.key)


def _chosen(form: QueryDict, name: str) -> str:
    """Whom a field of the composer names, "" while they are the usual ones: those may change meanwhile."""
    usual, given = form.get(f"usual_{name}"), form.get(name, "")
    if given == (usual or ""):
        return ""
    return given if given.strip() or usual is None else NOBODY


def new_address(key: str) -> str:
    """Where a new ticket goes on that was begun in the form `key`."""
    return reverse("tickets:new", query={"draft": key})


agent_drafts = AgentDrafts()
