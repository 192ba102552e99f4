"""Which columns and rows does a table show?"""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The columns that are shown, and the rows of the page as HTML."""

    columns: list[Any]
    rows: list[SafeString]


@register.filter
def laid_out(table: Any) -> LaidOut:
    """The page of `table`, without the columns of its `folding` that say nothing, or the same in each of several rows.

    How the cells of a column begin is written once, as no cell of ours has attributes of its own: asked for each of
    five hundred cells, that took as long as their contents.
    """
    columns, rows = list(table.columns), list(table.paginated_rows)
    cells = [[conditional_escape(localize(row.get_cell(column.name))) for column in columns] for row in rows]
    shown = [
        number
        for number, column in enumerate(columns)
        if column.name not in getattr(table, "folding", ())
        or column.is_ordered
        or _says_something([row[number] for row in cells])
    ]
    begins = {number: _beginning(columns[number]) for number in shown}
    return LaidOut(
        [columns[number] for number in shown],
        [
            format_html(
                "<tr data-row {}>{}</tr>",
                row.attrs.as_html(),
                mark_safe("".join(f"{begins[number]}{texts[number]}</td>" for number in shown)),  # noqa: S308 - escaped
            )
            for row, texts in zip(rows, cells, strict=True)
        ],
    )


def _says_something(texts: list[str]) -> bool:
    return len(set(texts)) > 1 if len(texts) > 1 else any(texts)


def _beginning(column: Any) -> SafeString:
    if column.name == "select":
        return mark_safe('<td class="select-cell">')
    label = format_html(' data-label="{}"', column.header) if column.header else ""
    return format_html('<td data-col="{}" {}{}>', column.name, column.attrs["td"].as_html(), label)
