"""How is the cell of a table made from a template? As an include is: in the context that the page has already."""

from typing import Any

import django_tables2 as tables
from django.template import Context, Engine
from django.utils.safestring import SafeString


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
