"""Which columns and rows does a table show, and how do its rows become HTML?"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_PICTURE = re.compile(r"<svg ([^>]*)>(.*?)</svg>", re.DOTALL)
#: What an icon keeps where it stands; the rest of it is drawn once, and the style of its class says how large it is.
_OWN = re.compile(r'(?<![\w-])(?:class|role|aria-\w+)="[^"]*"')


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The columns that are shown, the rows of the page as HTML, and the icons in them, which are drawn once."""

    columns: list[Any]
    rows: list[SafeString]
    symbols: SafeString


@register.filter
def laid_out(table: Any) -> LaidOut:
    """The page of `table`, without the columns of its `folding` that say nothing, or the same in each of several rows.

    How the cells of a column begin is written once, as no cell of ours has attributes of its own: asked for each of
    five hundred cells, that took as long as their contents. For the same reason what a column's `render` asks for is
    looked up once for a page and not, as django-tables2 does it, in its signature for each cell.
    """
    columns, rows = list(table.columns), list(table.paginated_rows)
    renderers = [_renderer(table, column) for column in columns]
    cells = [[conditional_escape(localize(render(row))) for render in renderers] for row in rows]
    shown = [
        number
        for number, column in enumerate(columns)
        if column.name not in getattr(table, "folding", ())
        or column.is_ordered
        or _says_something([row[number] for row in cells])
    ]
    begins = {number: _beginning(columns[number]) for number in shown}
    prefix = f"{table.attrs.get('id', 'table')}-icon-"
    symbols: dict[str, str] = {}

    def drawn_once(found: re.Match[str]) -> str:
        symbol = symbols.setdefault(found[2], f"{prefix}{len(symbols) + 1}")
        return f'<svg {" ".join(_OWN.findall(found[1]))}><use href="#{symbol}"/></svg>'

    html = [
        format_html(
            "<tr data-row{}>{}</tr>",
            _attributes(row.attrs),
            mark_safe(  # noqa: S308 - escaped
                _PICTURE.sub(drawn_once, "".join(f"{begins[number]}{texts[number]}</td>" for number in shown))
            ),
        )
        for row, texts in zip(rows, cells, strict=True)
    ]
    return LaidOut([columns[number] for number in shown], html, _symbols(symbols))


def _symbols(symbols: dict[str, str]) -> SafeString:
    """The icons of lucide by what is drawn in them."""
    drawn = (f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>' for inside, name in symbols.items())
    return mark_safe(f'<svg hidden aria-hidden="true">{"".join(drawn)}</svg>' if symbols else "")  # noqa: S308 - ours


def _renderer(table: Any, bound: Any) -> Callable[[Any], Any]:
    """What gives the content of a column's cell for a row, as `BoundRow.get_cell` of django-tables2 does."""
    column, render, accessor = bound.column, bound.render, bound.accessor
    parameters = inspect.signature(render).parameters.values()
    takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters)
    wanted = {each.name for each in parameters}
    # The label of a choice is looked for among all of them: only where it is shown as it is.
    display = _display_of(table, str(accessor)) if takes_all or "value" in wanted else ""

    def cell(row: Any) -> Any:
        record = row.record
        if display:
            value = getattr(record, display)()
        else:
            try:
                value = accessor.resolve(record)
            except (AttributeError, KeyError, TypeError, ValueError):  # there is nothing on the way to it
                value = None
        if value in column.empty_values:
            return bound.default
        known = {"value": value, "record": record, "column": column, "bound_column": bound, "bound_row": row}
        known["table"] = table
        content = render(**(known if takes_all else {name: known[name] for name in wanted}))
        return bound.link(content, **known) if bound.link else content

    return cell


def _display_of(table: Any, name: str) -> str:
    """The method that gives the label of a choice, if the column shows one."""
    try:
        field = table._meta.model._meta.get_field(name)
    except (AttributeError, FieldDoesNotExist):
        return ""
    return f"get_{name}_display" if getattr(field, "choices", None) else ""


def _says_something(texts: list[str]) -> bool:
    return len(set(texts)) > 1 if len(texts) > 1 else any(texts)


def _beginning(column: Any) -> SafeString:
    if column.name == "select":
        return mark_safe('<td class="select-cell">')
    label = format_html(' data-label="{}"', column.header) if column.header else ""
    return format_html("<td{}{}>", _attributes(column.attrs["td"]), label)


def _attributes(attributes: Any) -> SafeString:
    written = attributes.as_html()
    return format_html(" {}", written) if written else mark_safe("")
