"""The ticket list: saved views, filters, columns, and what came in since it was opened."""

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from helpdesk import limits
from helpdesk.database.time_limit import in_time
from helpdesk.ui.chips import chips
from helpdesk.ui.columns import choose, chosen, hide, may_fold
from helpdesk.ui.pagination import paged
from recipients.models import User
from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import address_of_ours
from tickets.fields.inputs import columns as own_columns
from tickets.models import Tag, Ticket
from tickets.models.work.sender_requests import WAITS, is_waiting
from tickets.models.work.visibility import TicketQuerySet
from tickets.search.operators import complaints, operators
from tickets.search.query import LOOKED_THROUGH, Found, number_in, search
from tickets.search.ranking import best_first
from tickets.search.spelling import did_you_mean
from tickets.search.words import has_parts
from tickets.ticket_list import own_views
from tickets.ticket_list.filters import Named, TicketFilter, queues_of
from tickets.ticket_list.forms import BulkForm
from tickets.ticket_list.row_facts import add_facts, marks
from tickets.ticket_list.saved_views import BY_SLUG, DEFAULT, EVERYTHING, SavedView, counted
from tickets.ticket_list.tables import FOLDING, OPTIONAL_COLUMNS, TicketTable, due_first

#: New tickets are counted up to here; more are "99+".
NEWS_LIMIT = 99
#: Letters of a search whose spelling is looked at.
LONGEST_TEXT = 200
#: Tags that are offered while one types.
TAGS_OFFERED = 200
#: How much of the tickets could be looked through.
NONE, NEWEST, ALL = range(3)
#: Columns that show rows of other tables, which are joined to those of one page. Queues and agents are named elsewhere
#: on the page as well.
JOINED, FETCHED = ("requester", "customer"), ("tags",)


@require_GET
@agent_required
def ticket_list(request: SignedIn) -> HttpResponse:
    """The tickets of a view, as narrowed by the filter bar; Enter after a number opens the ticket of that number."""
    if "open" in request.GET and (wanted := _named(request)):
        address = wanted.get_absolute_url()
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    opened = timezone.now().isoformat()
    view, views = view_of(request.GET), _views(request)
    kept = views["kept"]
    own, offered = dict(own_columns()), offered_columns()
    columns = chosen(request.user, "tickets", offered)
    # The customer stands below the requester where both are wanted.
    beside = {"requester", "customer"} <= set(columns)
    left_out = [name for name in offered if name not in columns or (beside and name == "customer")]
    named = Named(request.user)
    filterset, table, looked = _looked_up(request, columns, left_out, named)
    table.customers_beside = beside
    table.folding = may_fold(request.user, "tickets", FOLDING)
    tickets = [row.record for row in table.page.object_list]
    _name(tickets, named)
    add_facts(tickets, request.GET.get("text", ""))
    context = {
        "table": table,
        "filter": filterset,
        "chips": chips(filterset),
        "operators": reverse("tickets:operators"),
        "complaints": complaints(request.GET.get("text", ""), request.user),
        "view": view,
        "heading": kept.name if kept else _("Search") if request.GET.get("text") and view is EVERYTHING else view.label,
        "searched_view": view if request.GET.get("text") else None,
        "bar_view": _of_bar(request.GET),
        "narrower": _narrower(request.GET, view),
        "everywhere": _everywhere(request.GET),
        "too_much": limits.SEARCH_TIME.sentence() if looked < ALL else "",
        "looked_through": LOOKED_THROUGH if looked == NEWEST else 0,
        "orders": _orders(request.GET, filterset.found) if len(table.page.object_list) > 1 else None,
        "meant": "" if table.page.object_list else _meant(request),
        "begins": None if table.page.object_list or request.GET.get("text") else _begins(request.user),
        "columns_url": reverse("tickets:columns"),
        "columns": [(name, own.get(name) or table.base_columns[name], name in columns) for name in offered],
        "bulk": BulkForm(user=request.user, named=named),
        "opened": opened,
        "news_url": _news_url(request.GET, opened),
    }
    context |= views
    return render(request, "tickets/ticket_list/list.html", context)


@require_GET
@agent_required
def news(request: SignedIn) -> HttpResponse:
    """How many tickets of the list are new or changed since it was opened; the list itself stays as it is."""
    since = moment(request.GET.get("opened", ""))
    count = _changed(request, since)
    address = request.GET.copy()
    address.pop("opened", None)
    context = {
        "count": count,
        "shown": f"{NEWS_LIMIT}+" if count > NEWS_LIMIT else str(count),
        "list_url": f"{reverse('tickets:list')}?{address.urlencode()}",
    }
    return render(request, "tickets/ticket_list/_news.html", context | _views(request))


def _views(request: SignedIn) -> dict[str, Any]:
    """The views beside the list, and which one it is: of one's own, or one of those that all have."""
    kept = own_views.named(request.user, request.GET.get("own", ""))
    current = None if kept else view_of(request.GET)
    return {"views": counted(request.user, current), "own_views": own_views.own_views(request.user), "kept": kept}


@require_GET
@agent_required
def tags(request: SignedIn) -> HttpResponse:
    """The tags that fields offer while one types."""
    names = Tag.objects.values_list("name")[:TAGS_OFFERED]
    return HttpResponse(format_html_join("", '<option value="{}"></option>', names))


@require_GET
@agent_required
def offered_operators(request: SignedIn) -> HttpResponse:
    """What the search offers beside words."""
    offered = ((each.example, each.says) for each in operators().values())
    return HttpResponse(format_html_join("", '<option value="{}">{}</option>', offered))


@require_POST
@agent_required
def columns(request: SignedIn) -> HttpResponse:
    """Remember which columns the agent wants, and go back to the list."""
    choose(request.user, "tickets", offered_columns(), request.POST.getlist("columns"))
    return redirect(back_to_list(request))


def offered_columns() -> dict[str, bool]:
    """The columns that an agent may show or hide, those of custom fields after the others."""
    return OPTIONAL_COLUMNS | {name: False for name, _column in own_columns()}


def back_to_list(request: SignedIn) -> str:
    """The address of the list that a form was sent from; the plain list if it is not one of ours."""
    return address_of_ours(request, "next") or reverse("tickets:list")


def _named(request: SignedIn) -> Ticket | None:
    """The ticket whose number alone is searched for."""
    number = number_in(request.GET.get("text", ""))
    return Ticket.objects.visible_to(request.user).filter(pk=number).first() if number is not None else None


def _changed(request: SignedIn, since: dt.datetime) -> int:
    """How many tickets of the list changed, at most one more than are told; 0 where it takes too long to say."""

    def count() -> int:
        changed = matching(request.user, request.GET, since=since).qs
        return len(changed.order_by().values_list("pk")[: NEWS_LIMIT + 1])

    return in_time(limits.SEARCH_TIME, count, otherwise=0) if _is_typed(request.GET) else count()


def _meant(request: SignedIn) -> str:
    """What was perhaps meant by words that found nothing, as far as it finds something."""
    visible = Ticket.objects.visible_to(request.user)

    def meant() -> str:
        found = did_you_mean(visible, request.GET.get("text", "")[:LONGEST_TEXT])
        return found if found and search(visible, found).exists() else ""

    return in_time(limits.SEARCH_TIME, meant, otherwise="")


def _begins(user: User) -> dict[str, Any] | None:
    """What an empty list says to who has no ticket at all, and so none that is solved; None to others. Two queries."""
    if Ticket.objects.visible_to(user).exists():
        return None
    return {"is_in_queue": queues_of(user).exists(), "sets_up": user.administers_all}


def _everywhere(asked: QueryDict) -> str:
    """The address of the list with the same words, and nothing else that narrows it."""
    kept = {name: asked[name] for name in ("text", "sort", "from") if asked.get(name)}
    if (left := BY_SLUG.get(asked.get("view", ""))) and left is not EVERYTHING:
        kept["from"] = left.slug
    return reverse("tickets:list", query=kept if kept.get("text") else {"view": EVERYTHING.slug, **kept})


def _of_bar(asked: QueryDict) -> tuple[str, str]:
    """What the filter bar says of the view: a search stays in one only where somebody has narrowed it to that."""
    named = BY_SLUG.get(asked.get("view", ""))
    if named and named is not EVERYTHING and asked.get("text"):
        return "view", named.slug
    return "from", (named or _came_from(asked)).slug


def _narrower(asked: QueryDict, view: SavedView) -> tuple[SavedView, str] | None:
    """The view from which everything is searched, and the address of the same search in it alone."""
    came_from = _came_from(asked)
    if not asked.get("text") or view is not EVERYTHING or came_from is EVERYTHING:
        return None
    kept = asked.copy()
    for gone in ("from", "page", "open"):
        kept.pop(gone, None)
    kept["view"] = came_from.slug
    return came_from, f"{reverse('tickets:list')}?{kept.urlencode()}"


def _looked_up(
    request: SignedIn, columns: list[str], left_out: list[str], named: Named
) -> tuple[TicketFilter, TicketTable, int]:
    """The filter of the list, the page that it makes, and how much of the tickets could be looked through in time."""
    found = partial(_found, request, columns, left_out, named)
    if not _is_typed(request.GET):
        return *found(), ALL
    if whole := in_time(limits.SEARCH_TIME, found, otherwise=None):
        if not whole[1].page.object_list and any(word.part for word in whole[0].found.words):
            whole = in_time(limits.SEARCH_TIME, partial(found, parts=True), otherwise=whole)
        return *whole, ALL
    if request.GET.get("text") and (newest := in_time(limits.SEARCH_TIME, partial(found, newest=True), otherwise=None)):
        return *newest, NEWEST
    return *found(nothing=True), NONE


def _found(
    request: SignedIn, columns: list[str], left_out: list[str], named: Named, *, nothing: bool = False, **how: Any
) -> tuple[TicketFilter, TicketTable]:
    """The filter of the list, and the page that it makes; `how`: as `matching` has it."""
    tickets = Ticket.objects.none() if nothing else None
    filterset = matching(request.user, request.GET, tickets, named=named, **how)
    tickets = filterset.qs
    found, table = filterset.found, TicketTable(tickets, extra_columns=own_columns())
    hide(table, left_out)
    keys_of = None
    if is_ranked(request.GET, found):
        table.order_by = ()
        keys_of = best_first(found.tickets, found.words, found.ranked, number_in(request.GET["text"]))
    elif sort := sort_of(request.GET):
        table.order_by = sort
        if sort.lstrip("-") == "due_at":
            keys_of = partial(due_first, tickets, sort.startswith("-"))
    rows_of = partial(_rows, columns=columns, user=request.user)
    paged(request, table, rows_of=rows_of, keys_of=keys_of)
    return filterset, table


def _is_typed(asked: QueryDict) -> bool:
    """Whether words are looked for, which may take long."""
    return bool(asked.get("text") or asked.get("customer"))


def sort_of(asked: QueryDict) -> str:
    """The column by which the list is sorted, "" for none in particular."""
    return asked.get("sort") or view_of(asked).sort


def is_ranked(asked: QueryDict, found: Found) -> bool:
    """Whether the best match is first: where words were looked for, unless a column is sorted by."""
    return bool(found.words) and not asked.get("sort")


def _orders(asked: QueryDict, found: Found) -> tuple[bool, str] | None:
    """Whether the best match is first, and the address of the list in the other order; None without words."""
    if not found.words:
        return None
    other = asked.copy()
    other.pop("page", None)
    ranked = is_ranked(asked, found)
    if ranked:
        other["sort"] = "-updated_at"
    else:
        other.pop("sort", None)
    return ranked, f"{reverse('tickets:list')}?{other.urlencode()}"


def matching(
    user: User,
    asked: QueryDict,
    tickets: TicketQuerySet | None = None,
    *,
    parts: bool = False,
    newest: bool = False,
    since: dt.datetime | None = None,
    named: Named | None = None,
) -> TicketFilter:
    """The tickets that `user` sees at the list's address with this query.

    `parts`: also by parts of words; `newest`: words are looked for in the newest ones alone; `since`: changed since
    then. `tickets` are looked through instead of all that `user` may see.
    """
    visible = Ticket.objects.visible_to(user) if tickets is None else tickets
    visible = visible.filter(updated_at__gt=since) if since else visible
    of_view = view_of(asked).of(visible, user, any_status=bool(asked.get("status")))
    return TicketFilter(asked, of_view, user=user, named=named, parts=parts, newest=newest)


def all_listed(user: User, asked: QueryDict) -> TicketFilter:
    """The tickets on all pages of the list: also those that have parts of words, where nothing else does."""
    found = matching(user, asked)
    if has_parts(asked.get("text", "")) and not found.qs.exists():
        return matching(user, asked, parts=True)
    return found


def view_of(asked: QueryDict) -> SavedView:
    """The view that the address names; a search looks through everything unless a view is named.

    The filter bar says `from` which view one came: it holds while no words are looked for.
    """
    if view := BY_SLUG.get(asked.get("view", "")):
        return view
    came_from = _came_from(asked)
    searches = asked.get("text") or (asked.get("status") and came_from is DEFAULT)
    return EVERYTHING if searches else came_from


def _came_from(asked: QueryDict) -> SavedView:
    return BY_SLUG.get(asked.get("from", ""), DEFAULT)


def _rows(keys: QuerySet[Ticket, Any] | list[int], columns: list[str], user: User) -> TicketQuerySet:
    tickets = (
        Ticket.objects.filter(pk__in=keys).defer("match", "verdict").annotate(**{WAITS: is_waiting()}, **marks(user))
    )
    joined = [name for name in JOINED if name in columns]
    tickets = tickets.select_related(*joined) if joined else tickets  # without a name it would join them all
    return tickets.prefetch_related(*(name for name in FETCHED if name in columns))


def _name(tickets: Iterable[Ticket], named: Named) -> None:
    """Give `tickets` their queues and assignees of the page; one query where somebody no longer works here."""
    queues = {queue.pk: queue for queue in named.queues}
    agents = {agent.pk: agent for agent in named.agents}
    gone = {ticket.assignee_id for ticket in tickets if ticket.assignee_id} - agents.keys()
    agents |= User.objects.in_bulk(gone) if gone else {}
    for ticket in tickets:
        ticket.queue = queues[ticket.queue_id]
        ticket.assignee = agents[ticket.assignee_id] if ticket.assignee_id else None


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
