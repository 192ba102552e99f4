"""Pages of lists of millions of rows, which are not counted: one row more is fetched than the page shows."""

from typing import Any

from django.core.paginator import EmptyPage, Page
from django.http import HttpRequest
from django_tables2 import Table
from django_tables2.paginators import LazyPaginator

ROWS_A_PAGE = 50
LAST_PAGE = 1000  # further back one filters: the database would walk over every row before


class LookAheadPage(Page):  # type: ignore[type-arg]  # not generic at run time
    """A page that knows which rows it shows, though nobody counted them all."""

    def start_index(self) -> int:
        return (self.number - 1) * self.paginator.per_page + 1 if self.object_list else 0

    def end_index(self) -> int:
        return (self.number - 1) * self.paginator.per_page + len(self.object_list)


class LookAheadPaginator(LazyPaginator):  # type: ignore[misc]  # django-tables2 has no types
    """Knows whether there is a next page, never how many rows there are: `count` is None, which templates ask for."""

    count: int | None = None

    def page(self, number: Any) -> LookAheadPage:
        page = super().page(number)
        return LookAheadPage(page.object_list, page.number, self)


def paged(request: HttpRequest, table: Table, per_page: int = ROWS_A_PAGE) -> Table:
    """`table` sorted and paged as the address of `request` says; a page that does not exist is the first."""
    table.request = request
    if order := request.GET.getlist(table.prefixed_order_by_field):
        table.order_by = order
    try:
        number = min(max(int(request.GET.get(table.prefixed_page_field, "")), 1), LAST_PAGE)
    except ValueError:
        number = 1
    try:
        table.paginate(paginator_class=LookAheadPaginator, per_page=per_page, page=number)
    except EmptyPage:
        table.page = table.paginator.page(1)
    return table
