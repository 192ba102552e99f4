"""Pages of lists of millions of rows, which are not counted: one row more is fetched than the page shows."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import EmptyPage, Page
from django.db.models import QuerySet
from django.http import HttpRequest
from django_tables2 import Table
from django_tables2.paginators import LazyPaginator
from django_tables2.rows import BoundRow

from helpdesk.database.time_limit import in_time
from helpdesk.limits import Limit

ROWS_A_PAGE = 50
LAST_PAGE = 1000  # further back one filters: the database would walk over every row before


#: The rows of these keys, with what a page shows of them.
RowsOf = Callable[[QuerySet[Any, Any] | list[int]], QuerySet[Any]]
#: The keys of the rows from one place to another, in an order that no column has.
KeysOf = Callable[[int, int], list[int]]


class LookAheadPage(Page):  # type: ignore[type-arg]  # not generic at run time
    """A page that knows which rows it shows, though nobody counted them all."""

    def start_index(self) -> int:
        return (self.number - 1) * self.paginator.per_page + 1 if self.object_list else 0

    def end_index(self) -> int:
        return (self.number - 1) * self.paginator.per_page + len(self.object_list)


class LookAheadPaginator(LazyPaginator):  # type: ignore[misc]  # django-tables2 has no types
    """Knows whether there is a next page, never how many rows there are: `count` is None, which templates ask for."""

    count: int | None = None

    def __init__(
        self,
        object_list: Any,
        per_page: int,
        rows_of: RowsOf | None = None,
        keys_of: KeysOf | None = None,
        **options: Any,
    ) -> None:
        super().__init__(object_list, per_page, **options)
        self.rows_of, self.keys_of = rows_of, keys_of

    def page(self, number: Any) -> LookAheadPage:
        if self.rows_of is None:
            page = super().page(number)
            return LookAheadPage(page.object_list, page.number, self)
        number = self.validate_number(number)
        before = (number - 1) * self.per_page
        found, table = self.object_list.data.data, self.object_list.table
        if self.keys_of:
            places = {key: place for place, key in enumerate(self.keys_of(before, before + self.per_page + 1))}
            rows = sorted(self.rows_of(list(places)).order_by(), key=lambda row: places[row.pk])
        else:
            keys = found.values("pk")[before : before + self.per_page + 1]
            rows = list(self.rows_of(keys).order_by(*found.query.order_by))
        if not rows and number > 1:
            raise EmptyPage(self.error_messages["no_results"])
        self._num_pages = number + 1 if len(rows) > self.per_page else number
        return LookAheadPage([BoundRow(row, table=table) for row in rows[: self.per_page]], number, self)


def paged(
    request: HttpRequest,
    table: Table,
    per_page: int = ROWS_A_PAGE,
    *,
    rows_of: RowsOf | None = None,
    keys_of: KeysOf | None = None,
    limit: Limit | None = None,
) -> Table:
    """`table` sorted and paged as the address of `request` says; a page that does not exist is the first.

    `rows_of` adds to the rows of some keys what they show. The database then looks for the keys of a page alone, and
    what is asked for each row is asked for those of the page: asked for in one, PostgreSQL may prepare it for all.
    `keys_of` says which they are, in their order, where no column does. With a `limit` it may take so many
    milliseconds, else `table.too_much` says so, and the page has no rows.
    """
    table.request = request
    if order := request.GET.getlist(table.prefixed_order_by_field):
        table.order_by = order
    try:
        number = min(max(int(request.GET.get(table.prefixed_page_field, "")), 1), LAST_PAGE)
    except ValueError:
        number = 1
    table.too_much = ""

    def turn_to() -> bool:
        try:
            options = {"paginator_class": LookAheadPaginator, "rows_of": rows_of, "keys_of": keys_of}
            table.paginate(per_page=per_page, page=number, **options)
        except EmptyPage:
            table.page = table.paginator.page(1)
        return True

    if limit is None:
        turn_to()
    elif not in_time(limit, turn_to, otherwise=False):
        table.too_much = limit.sentence()
        table.page = LookAheadPage([], 1, LookAheadPaginator(table.rows, per_page))
    return table
