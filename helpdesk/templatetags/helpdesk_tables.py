"""What stands in the body of a table?"""

from collections.abc import Iterator
from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def body_rows(table: Any) -> Iterator[SafeString]:
    """The rows of the page. How the cells of a column begin is written once, as no cell of ours has attributes of its
    own: asked for each of five hundred cells, that took as long as their contents.
    """
    columns = [(column.name, _beginning(column)) for column in table.columns]
    for row in table.paginated_rows:
        cells = (f"{begins}{conditional_escape(localize(row.get_cell(name)))}</td>" for name, begins in columns)
        yield format_html("<tr data-row {}>{}</tr>", row.attrs.as_html(), mark_safe("".join(cells)))  # noqa: S308


def _beginning(column: Any) -> SafeString:
    if column.name == "select":
        return mark_safe('<td class="select-cell">')
    label = format_html(' data-label="{}"', column.header) if column.header else ""
    return format_html('<td data-col="{}" {}{}>', column.name, column.attrs["td"].as_html(), label)
