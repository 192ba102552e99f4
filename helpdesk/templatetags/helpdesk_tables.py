"""Which columns and rows does a table show, and how do its rows become HTML?"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import localize
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The columns that are shown, and the rows of the page as HTML."""

    columns: list[Any]
    rows: list[SafeString]

    @property
    def html(self) -> SafeString:
        """All rows, without the white space of a template between them."""
        return mark_safe("".join(self.rows))  # noqa: S308 - HTML each


@register.filter
def laid_out(table: Any) -> LaidOut:
    """The page of `table`, without the columns of its `folding` that say nothing, or the same in each of several rows.

    How the cells of a column begin is written once: one that has attributes of its own is what `render` returns, a
    whole cell that begins with `<td`. Asked for each of five hundred cells, that took as long as their contents. For
    the same reason what a column's `render` asks for is looked up once and not, as django-tables2 does it, in its
    signature for each cell.
    """
    columns, rows = list(table.columns), list(table.paginated_rows)
    renderers = [_renderer(table, column) for column in columns]
    cells = [[_text(render(row)) for render in renderers] for row in rows]
    folding = getattr(table, "folding", ())
    shown = [
        number
        for number, column in enumerate(columns)
        if column.name not in folding or column.is_ordered or _says_something([row[number] for row in cells])
    ]
    labelled = "table-inline" not in table.attrs.get("class", "")
    begins = [_beginnings(columns[number], labelled=labelled) for number in shown]
    row_class = table.row_attrs.get("class") if table.row_attrs else None
    html = []
    for row, texts in zip(rows, cells, strict=True):
        name = row_class(record=row.record) if callable(row_class) else row_class
        begins_row = f'<tr data-row class="{escape(name)}">' if name else "<tr data-row>"
        # HTML needs no end of a cell or row: three of a hundred bytes.
        written = (
            text if text.startswith("<td") else (begin if text else empty) + text
            for text, (begin, empty) in zip((texts[number] for number in shown), begins, strict=True)
        )
        html.append(mark_safe(begins_row + "".join(written)))  # noqa: S308 - escaped
    return LaidOut([columns[number] for number in shown], html)


def _text(content: Any) -> str:
    """What a cell says, escaped unless it is HTML."""
    return content if isinstance(content, SafeString) else conditional_escape(localize(content))


def _renderer(table: Any, bound: Any) -> Callable[[Any], Any]:
    """What gives the content of a column's cell for a row, as `BoundRow.get_cell` of django-tables2 does."""
    column, render, accessor = bound.column, bound.render, bound.accessor
    wanted, takes_all = _parameters(getattr(render, "__func__", render))
    # It makes its cell of the row alone, whatever the column's value is.
    is_silent = wanted == {"record"} and not column.empty_values and not bound.link
    # The label of a choice is looked for among all of them: only where it is shown as it is.
    display = _display_of(table, str(accessor)) if takes_all or "value" in wanted else ""

    def cell(row: Any) -> Any:
        record = row.record
        if display:
            value = getattr(record, display)()
        elif is_silent:
            return render(record)
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


@lru_cache(maxsize=512)
def _parameters(render: Callable[..., Any]) -> tuple[frozenset[str], bool]:
    """The names of what `render` asks for, and whether it takes whatever there is."""
    parameters = [each for each in inspect.signature(render).parameters.values() if each.name != "self"]
    return frozenset(each.name for each in parameters), any(each.kind is each.VAR_KEYWORD for each in parameters)


def _display_of(table: Any, name: str) -> str:
    """The method that gives the label of a choice, if the column shows one."""
    try:
        field = table._meta.model._meta.get_field(name)
    except (AttributeError, FieldDoesNotExist):
        return ""
    return f"get_{name}_display" if getattr(field, "choices", None) else ""


def _says_something(texts: list[str]) -> bool:
    return len(set(texts)) > 1 if len(texts) > 1 else any(texts)


def _beginnings(column: Any, *, labelled: bool) -> tuple[str, str]:
    """How a cell of `column` begins, and an empty one.

    Where a phone shows rows as cards, they are `labelled` beside each cell; a column without that has a label, too,
    whose attributes have an empty `data-label`.
    """
    if column.name == "select":
        return "<td>", "<td>"
    own = column.attrs["td"]
    written = own.as_html().replace('data-label=""', "").strip()
    empty = f"<td {written}>" if written else "<td>"
    if not column.header or not (labelled or "data-label" in own):
        return empty, empty
    return format_html('{} data-label="{}">', mark_safe(empty[:-1]), column.header), empty  # noqa: S308 - of its class
