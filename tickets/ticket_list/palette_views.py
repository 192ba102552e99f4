"""What Ctrl-K finds beside the links and buttons of the page: a ticket by its number, views, tickets, customers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from helpdesk import limits
from helpdesk.database.time_limit import in_time
from helpdesk.ui.ids import row_id
from recipients.models import User
from recipients.search.query import find_customers
from recipients.users.access import SignedIn, agent_required, visible_customers
from tickets.macros.replies import found as found_replies
from tickets.models import Ticket
from tickets.models.work.visibility import TicketQuerySet
from tickets.search.query import number_in, search
from tickets.search.words import has_parts
from tickets.ticket_list.own_views import own_views
from tickets.ticket_list.saved_views import VIEWS

#: Tickets, and customers, that are offered at most.
SHOWN = 5
#: The newest tickets with the words, among which those come first that are called by them.
LOOKED_AT = 25
#: Letters from which on tickets and customers are searched: fewer fit everything.
ENOUGH = 2


@dataclass(frozen=True)
class Option:
    """One line of the palette, and where it leads; `canned`: the address of a reply that is inserted on the spot."""

    icon: str
    label: str
    url: str
    detail: str = ""
    canned: str = ""


@require_GET
@agent_required
def palette(request: SignedIn) -> HttpResponse:
    """The options for what was typed, the most certain first. At most three queries and those of who may see what."""
    text = request.GET.get("text", "").strip()[:100]
    options = (
        [*_views(request.user, text), *_tickets(request.user, text), *_customers(request.user, text)] if text else []
    )
    if text and (number := row_id(request.GET.get("ticket", ""))):
        options = [*_replies(request.user, text, number), *options]
    return render(request, "tickets/ticket_list/palette.html", {"options": options})


def _views(user: User, text: str) -> Iterator[Option]:
    for own in own_views(user):
        if text.casefold() in own.name.casefold():
            yield Option("star", own.name, own.url)
    for view in VIEWS:
        if text.casefold() in str(view.label).casefold():
            yield Option(view.icon, str(view.label), reverse("tickets:list", query={"view": view.slug}))


def _replies(user: User, text: str, number: int) -> Iterator[Option]:
    """Canned replies and macros for the ticket that the page shows. Two queries more."""
    ticket = Ticket.objects.visible_to(user).filter(pk=number).first()
    for reply in found_replies(ticket, user, text)[:SHOWN] if ticket else ():
        macro = reverse("tickets:macro", args=[number, reply.pk])
        if reply.does_something:
            yield Option("zap", reply.name, macro, _("Macro"))
        else:
            insert = reverse("tickets:canned_insert", args=[number, reply.pk])
            yield Option("message-square-quote", reply.name, macro, _("Canned reply"), insert)


def _tickets(user: User, text: str) -> Iterator[Option]:
    visible = Ticket.objects.visible_to(user).select_related("requester")
    number = number_in(text)
    named = list(visible.filter(pk=number)) if number is not None else []
    found = in_time(limits.SEARCH_TIME, partial(_searched, visible, text), otherwise=[])
    for ticket in [*named, *(each for each in found if each not in named)][:SHOWN]:
        who = ticket.requester_display_name
        yield Option("ticket", str(ticket), ticket.get_absolute_url(), who)


def _searched(visible: TicketQuerySet, text: str) -> list[Ticket]:
    found = _found(visible, text) if len(text) >= ENOUGH else []
    return _found(visible, text, parts=True) if not found and has_parts(text) else found


def _found(visible: TicketQuerySet, text: str, *, parts: bool = False) -> list[Ticket]:
    """The newest ones, those before the others whose subject has the words."""
    newest = search(visible, text, parts=parts).order_by("-updated_at", "-pk")[:LOOKED_AT]
    words = text.lower().split()
    return sorted(newest, key=lambda ticket: not all(word in ticket.subject.lower() for word in words))


def _customers(user: User, text: str) -> Iterator[Option]:
    if len(text) < ENOUGH:
        return
    called = find_customers(visible_customers(user), text).order_by("name", "pk")[:SHOWN]
    for customer in in_time(limits.SEARCH_TIME, lambda: list(called), otherwise=[]):
        icon = "building-2" if customer.is_company else "user"
        yield Option(icon, customer.name, reverse("customers:detail", args=[customer.pk]), customer.number)
