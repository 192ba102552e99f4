"""The ticket's page: its conversation, its composer, its right side, and what is new since it was opened."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from helpdesk import limits
from helpdesk.ui.ids import row_id
from recipients.models import User
from recipients.users.access import SignedIn, agent_required
from tickets.agents.ticket_access import visible_or_404
from tickets.conversation import presence
from tickets.conversation.moderation import may_be_published
from tickets.conversation.replying import newer_than
from tickets.drafts import drafts
from tickets.models import CannedReply, Comment, Draft, Event, Ticket
from tickets.models.setup.canned_reply import are_there_buttons
from tickets.text import richtext
from tickets.ticket_page.agent_drafts import agent_drafts
from tickets.ticket_page.conversation.history import told
from tickets.ticket_page.conversation.page import Part, conversation
from tickets.ticket_page.explanation import explain
from tickets.ticket_page.forms import ComposerForm, PropertiesForm
from tickets.ticket_page.panel import panel

#: Macros that have a button below the composer.
MOST_BUTTONS = 6
#: Events on one page of the history.
HISTORY_SHOWN = 50


@require_GET
@agent_required
def detail(request: SignedIn, number: int) -> HttpResponse:
    """The newest messages of a ticket, or what `?before=`, `?message=` or `?all` asks for."""
    return ticket_page(request, visible_or_404(request.user, number))


def ticket_page(
    request: SignedIn,
    ticket: Ticket,
    *,
    composer: ComposerForm | None = None,
    properties: PropertiesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page; with the form that was not accepted, if there is one."""
    context = context_of(request, ticket, composer, properties)
    return render(request, "tickets/ticket_page/detail.html", context, status=status)


def context_of(
    request: SignedIn, ticket: Ticket, composer: ComposerForm | None = None, properties: PropertiesForm | None = None
) -> dict[str, Any]:
    """What the page and its parts show."""
    shown = conversation(ticket, Part.of(request.GET), by=request.user)
    context: dict[str, Any] = {
        "ticket": ticket,
        "conversation": shown,
        "panel": panel(ticket, request.user, properties),
        "colleagues": presence.here(ticket, request.user),
        "macros": _macros(request.user, ticket),
        "may_be_published": may_be_published(ticket),
    }
    in_copy = ", ".join(recipient.display_address for recipient in context["panel"].participants)
    draft = drafts.find(agent_drafts.at(request, ticket))
    to = ticket.requester.display_address if ticket.requester else ""
    forwards = _forwarded(request, ticket, draft, composer)
    usual = {"to": "", "cc": ""} if forwards else {"to": to, "cc": in_copy}
    context |= {"composer_form": composer, "draft": draft, "composer": _typed(composer, draft, usual), "usual": usual}
    context["forwards"] = forwards
    if forwards is None and draft and draft.forwards_id and composer is None:
        context["composer"] |= usual  # it is to be an answer after all
    if (asked := request.GET.get("to", "")) and composer is None:
        context["composer"]["to"] = asked  # where a message wants its answers
    context["then"] = ComposerForm.THEN
    context["files"] = drafts.listed(draft)
    # A message may come in while the page is made: seen is what was read for it, however new others are.
    context["seen"] = max((newer.pk for newer in composer.newer), default=0) if composer else 0
    context["seen"] = max(context["seen"], shown.last_comment)
    return context


def _forwarded(request: SignedIn, ticket: Ticket, draft: Draft | None, composer: ComposerForm | None) -> Comment | None:
    """The message that is passed on by what is typed, unless the agent wants to answer instead."""
    pk = row_id(composer.data.get("forwards", "")) if composer else draft and draft.forwards_id
    if not pk or "answer" in request.GET:
        return None
    return Comment.objects.filter(ticket=ticket, pk=pk).first()


def _macros(user: User, ticket: Ticket) -> list[CannedReply]:
    """Those with a button. One query where there are any."""
    offered = CannedReply.objects.offered_to(user, ticket).filter(is_button=True)
    return list(offered[:MOST_BUTTONS]) if are_there_buttons() else []


def _typed(form: ComposerForm | None, draft: Draft | None, usual: dict[str, str]) -> dict[str, str]:
    """What the composer shows: what was just typed, else the draft, else nothing but `usual`, to whom it goes."""
    values = {"kind": "reply", "text": "", "html": "", "bcc": "", **usual}
    if form is not None:
        values |= {name: form.data.get(name, "") for name in values}
    elif draft:
        values |= {"kind": "note" if draft.is_note else "reply", "html": draft.html, "bcc": draft.bcc}
        values |= {name: _named(getattr(draft, name), usual[name]) for name in usual}
    if values["html"]:
        values["html"] = richtext.sanitise(values["html"])
        values["text"] = richtext.to_text(values["html"])
    return values


def _named(kept: str, usual: str) -> str:
    """Whom a field of a draft names."""
    return kept.strip(drafts.NOBODY) if kept else usual


@require_GET
@agent_required
def news(request: SignedIn, number: int) -> HttpResponse:
    """Whether messages came in since the page was opened, and who else is here."""
    ticket = visible_or_404(request.user, number)
    newer = newer_than(ticket, row_id(request.GET.get("seen", "")))
    context = {"ticket": ticket, "newer": newer, "colleagues": presence.here(ticket, request.user)}
    return render(request, "tickets/ticket_page/_news.html", context)


@require_GET
@agent_required
def why(request: SignedIn, number: int) -> HttpResponse:
    """Why a ticket got its queue, priority, assignee and customer, and who was told of it."""
    ticket = visible_or_404(request.user, number)
    lines = explain(ticket, request.user)
    return render(request, "tickets/ticket_page/why.html", {"ticket": ticket, "lines": lines})


@require_GET
@agent_required
def history(request: SignedIn, number: int) -> HttpResponse:
    """What happened to a ticket, the newest first: the last events, those before the event `?before=`, or `?all`."""
    ticket = visible_or_404(request.user, number)
    happened = Event.objects.filter(ticket=ticket)
    before = row_id(request.GET.get("before", ""))
    edge = happened.filter(pk=before).values_list("at", "pk").first() if before is not None else None
    if edge:
        happened = happened.filter(at__lte=edge[0]).exclude(pk__gte=edge[1], at=edge[0])
    most = limits.EVENTS_AT_ONCE.amount if "all" in request.GET else HISTORY_SHOWN
    events = list(happened.select_related("agent", "recipient").order_by("-at", "-pk")[: most + 1])
    shown = events[:most]
    earlier = shown[-1].pk if len(events) > most else None
    context = {"ticket": ticket, "events": told(shown, request.user), "earlier": earlier}
    return render(request, "tickets/ticket_page/history.html", context)
