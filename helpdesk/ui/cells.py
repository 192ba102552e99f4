"""Cells of tables that are made from a template, and the attributes that columns share."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import django_tables2 as tables
from django.template import Context, Engine
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

#: A column that takes what room is left.
FILL = {"td": {"class": "fill"}}
#: Names give way before what the row is about; they are whole on hover, by the script `tables.js`.
NAME = {"td": {"class": "name"}}
#: One that is never wrapped.
SMALL = {"td": {"class": "nowrap"}}
#: One that only wide screens show.
WIDE_ONLY = {"td": {"class": "opt nowrap"}, "th": {"class": "opt"}}


def page_of_row(name: str) -> Callable[[object], str]:
    """What gives, by the key of a row, the address of its page with this `name`: reverse() once, and not for each row.

    The key is the page's one argument, between slashes.
    """
    before, after = reverse(name, args=[0]).rsplit("/0/", 1)
    return lambda key: f"{before}/{key}/{after}"


class Cell(tables.TemplateColumn):  # type: ignore[misc]  # django-tables2 has no types
    """A cell from a template, which sees `record`, `value` and what the page shows.

    django-tables2 would make a context of its own for each cell, and ask every context processor for it. A cell that
    says nothing is empty, so that a phone leaves it out.
    """

    def __init__(self, template_name: str, **options: Any) -> None:
        super().__init__(template_name=template_name, **options)

    def render(self, record: Any, table: Any, value: Any, **kwargs: Any) -> SafeString:
        context: Context = table.context
        with context.push(record=record, value=value):
            html = Engine.get_default().get_template(self.template_name).render(context)
        return SafeString(html.strip())  # what the template has escaped


class RowSelect(tables.Column):  # type: ignore[misc]  # django-tables2 has no types
    """The checkbox of a selectable row; it belongs to the form with id "bulk". `name`: by what one knows a row."""

    def __init__(self, name: Callable[[Any], object] = str) -> None:
        super().__init__(accessor="pk", orderable=False)
        self.name = name

    @cached_property
    def label(self) -> str:
        return _("Select %(record)s")

    def render(self, value: Any, record: Any) -> SafeString:
        return format_html(
            '<input type=checkbox name=selected value="{}" form=bulk aria-label="{}">',
            value,
            self.label % {"record": self.name(record)},
        )
