"""The ticket list: saved views, filters, columns, and what came in since it was opened."""

import datetime as dt
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from helpdesk.ui.chips import chips
from helpdesk.ui.columns import choose, chosen, may_fold
from helpdesk.ui.pagination import paged
from recipients.models import User
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import address_of_ours
from tickets.fields.inputs import columns as own_columns
from tickets.models import Tag, Ticket
from tickets.models.work.sender_requests import WAITS, is_waiting
from tickets.models.work.visibility import TicketQuerySet
from tickets.search.operators import complaints, operators
from tickets.search.query import number_in, search
from tickets.search.spelling import did_you_mean
from tickets.search.words import has_parts
from tickets.ticket_list.filters import TicketFilter
from tickets.ticket_list.forms import BulkForm
from tickets.ticket_list.row_facts import add_facts, marks
from tickets.ticket_list.saved_views import BY_SLUG, DEFAULT, EVERYTHING, SavedView, counted
from tickets.ticket_list.tables import FOLDING, OPTIONAL_COLUMNS, TicketTable

#: New tickets are counted up to here; more are "99+".
NEWS_LIMIT = 99
#: Letters of a search whose spelling is looked at.
LONGEST_TEXT = 200
#: Tags that are offered while one types.
TAGS_OFFERED = 200
#: Columns that show rows of other tables. Those of one page are fetched: a join would be made before a page is cut out.
RELATED = ("requester", "customer", "queue", "assignee", "tags")


@require_GET
@agent_required
def ticket_list(request: SignedIn) -> HttpResponse:
    """The tickets of a view, as narrowed by the filter bar; Enter after a number opens the ticket of that number."""
    if "open" in request.GET and (named := _named(request)):
        address = named.get_absolute_url()
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    opened = timezone.now().isoformat()
    view = _view(request.GET)
    own, offered = dict(own_columns()), offered_columns()
    columns = chosen(request.user, "tickets", offered)
    # The customer stands below the requester where both are wanted.
    beside = {"requester", "customer"} <= set(columns)
    left_out = [name for name in offered if name not in columns or (beside and name == "customer")]
    filterset, table = _found(request, columns, left_out)
    if not table.page.object_list and has_parts(request.GET.get("text", "")):
        filterset, table = _found(request, columns, left_out, parts=True)
    table.customers_beside = beside
    table.folding = may_fold(request.user, "tickets", FOLDING)
    add_facts((row.record for row in table.page.object_list), request.GET.get("text", ""))
    context = {
        "table": table,
        "filter": filterset,
        "chips": chips(filterset),
        "operators": operators().values(),
        "complaints": complaints(request.GET.get("text", ""), request.user),
        "view": view,
        "searched_view": view if request.GET.get("text") and view is not EVERYTHING else None,
        "everywhere": _everywhere(request.GET),
        "meant": "" if table.page.object_list else _meant(request),
        "views": counted(request.user, view),
        "columns_url": reverse("tickets:columns"),
        "columns": [(name, own.get(name) or table.base_columns[name], name in columns) for name in offered],
        "bulk": BulkForm(user=request.user),
        "tags": Tag.objects.values_list("name", flat=True)[:TAGS_OFFERED],
        "opened": opened,
        "news_url": _news_url(request.GET, opened),
    }
    return render(request, "tickets/ticket_list/list.html", context)


@require_GET
@agent_required
def news(request: SignedIn) -> HttpResponse:
    """How many tickets of the list are new or changed since it was opened; the list itself stays as it is."""
    view = _view(request.GET)
    since = moment(request.GET.get("opened", ""))
    changed = matching(request.user, request.GET).qs.filter(updated_at__gt=since)
    count = len(changed.order_by().values_list("pk")[: NEWS_LIMIT + 1])
    address = request.GET.copy()
    address.pop("opened", None)
    context = {
        "count": count,
        "shown": f"{NEWS_LIMIT}+" if count > NEWS_LIMIT else str(count),
        "list_url": f"{reverse('tickets:list')}?{address.urlencode()}",
        "views": counted(request.user, view),
    }
    return render(request, "tickets/ticket_list/_news.html", context)


@require_POST
@agent_required
def columns(request: SignedIn) -> HttpResponse:
    """Remember which columns the agent wants, and go back to the list."""
    choose(request.user, "tickets", offered_columns(), request.POST.getlist("columns"))
    return redirect(back_to_list(request))


def offered_columns() -> dict[str, bool]:
    """The columns that an agent may show or hide, those of one's own fields after the others."""
    return OPTIONAL_COLUMNS | {name: False for name, _column in own_columns()}


def back_to_list(request: SignedIn) -> str:
    """The address of the list that a form was sent from; the plain list if it is not one of ours."""
    return address_of_ours(request, "next") or reverse("tickets:list")


def _named(request: SignedIn) -> Ticket | None:
    """The ticket whose number alone is searched for."""
    number = number_in(request.GET.get("text", ""))
    return Ticket.objects.visible_to(request.user).filter(pk=number).first() if number is not None else None


def _meant(request: SignedIn) -> str:
    """What was perhaps meant by words that found nothing, as far as it finds something."""
    visible = Ticket.objects.visible_to(request.user)
    meant = did_you_mean(visible, request.GET.get("text", "")[:LONGEST_TEXT])
    return meant if meant and search(visible, meant).exists() else ""


def _everywhere(asked: QueryDict) -> str:
    """The address of the list with the same words, and nothing else that narrows it."""
    kept = {name: asked[name] for name in ("text", "sort") if asked.get(name)}
    return reverse("tickets:list", query={"view": EVERYTHING.slug, **kept})


def _found(
    request: SignedIn, columns: list[str], left_out: list[str], *, parts: bool = False
) -> tuple[TicketFilter, TicketTable]:
    """The filter of the list, and the page that it makes."""
    filterset = matching(request.user, request.GET, parts=parts)
    table = TicketTable(filterset.qs, exclude=left_out, extra_columns=own_columns())
    if sort := _view(request.GET).sort:
        table.order_by = sort
    paged(request, table, rows_of=lambda keys: _rows(Ticket.objects.filter(pk__in=keys), columns, request.user))
    return filterset, table


def matching(user: User, asked: QueryDict, *, parts: bool = False) -> TicketFilter:
    """The tickets that `user` sees at the list's address with this query; `parts`: also by parts of words."""
    tickets = _view(asked).of(Ticket.objects.visible_to(user), user, any_status=bool(asked.get("status")))
    return TicketFilter(asked, tickets, user=user, parts=parts)


def _view(asked: QueryDict) -> SavedView:
    """The view that the address names; a search looks through everything unless a view is named."""
    if view := BY_SLUG.get(asked.get("view", "")):
        return view
    return EVERYTHING if asked.get("text") or asked.get("status") else DEFAULT


def _rows(tickets: TicketQuerySet, columns: list[str], user: User) -> TicketQuerySet:
    tickets = tickets.defer("match", "verdict").annotate(**{WAITS: is_waiting()}, **marks(user))
    shown = [name for name in RELATED if name in columns]
    return tickets.prefetch_related(*shown)


def _news_url(asked: QueryDict, opened: str) -> str:
    address: Any = asked.copy()
    address.pop("page", None)
    address["opened"] = opened
    return f"{reverse('tickets:news')}?{address.urlencode()}"


def moment(text: str) -> dt.datetime:
    """The aware moment in `text`, now if it says none."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    return moment if moment and timezone.is_aware(moment) else timezone.now()
