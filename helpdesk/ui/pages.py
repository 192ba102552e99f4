"""Pages that differ in what they show alone: lists with and without filters, the form of a row, and deleting one.

Each is configured by class attributes, in a line of `urls.py` where nothing else is to be said:

    partner = FormPage.as_view(model=Partner, fields=["name"], saved=_("%(partner)s was saved."), …)
    path("partners/new/", administrator_required(partner), name="partner_add")

A message names its row as the template does, by `context_object_name`, which is the model's name if nothing is said.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Model, ProtectedError, QuerySet
from django.forms import ModelForm
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.generic import DeleteView, ListView, TemplateView, UpdateView
from django_filters import FilterSet
from django_tables2 import Table

from helpdesk import limits
from helpdesk.ui.filters import typed
from helpdesk.ui.pagination import paged

Text = str | Promise
SEEN = "seen"  # how a row was when its form was opened, as the form carries it


@dataclass(frozen=True, slots=True)
class Link:
    """A button that leads to the page with the name `url`; `shortcut` is the key that presses it."""

    url: str
    label: Text
    icon: str
    primary: bool = False
    shortcut: str = ""


class ListPage(TemplateView):
    """A list that is narrowed down by a filter and read page by page.

    What an empty one says: `no_match` where a filter is on, else `nothing` with `nothing_text` and, perhaps, a link.
    """

    template_name = "ui/list_page.html"
    layout = "base.html"
    filter_class: type[FilterSet]
    table_class: type[Table]
    title: Text = ""
    links: Sequence[Link] = ()
    icon = ""
    no_match: Text = ""
    nothing: Text = ""
    nothing_text: Text = ""
    nothing_link: Link | None = None  # its icon is not shown

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that the reader may see."""
        raise NotImplementedError

    def get_table(self, rows: QuerySet[Any]) -> Table:
        """The table of `rows`, not yet paged."""
        return self.table_class(rows)

    def get_rows(self, keys: QuerySet[Any, Any] | list[int]) -> QuerySet[Any]:
        """The rows of a page, with what the table shows of them; the page is looked for by keys alone."""
        return self.get_queryset().filter(pk__in=keys)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        narrowed = self.filter_class(self.request.GET, queryset=self.get_queryset())
        limit = limits.LIST_TIME if typed(narrowed) else None
        table = paged(self.request, self.get_table(narrowed.qs), rows_of=self.get_rows, limit=limit)
        return super().get_context_data(filter=narrowed, table=table, **kwargs)


class ShortListPage(ListView):  # type: ignore[type-arg]  # not generic at run time
    """A list that one sees at a glance, such as that of the queues: without filter or pages.

    Its template fills the blocks `heads` and `cells`, in which a row has the name `row`.
    """

    layout = "settings_page.html"
    title: Text = ""
    link: Link | None = None  # to the form of a new row
    icon = ""
    nothing: Text = ""
    nothing_text: Text = ""


class FormPage(UpdateView):  # type: ignore[type-arg]  # not generic at run time
    """The form of a row, or of a new one where the address names none; afterwards the list of them at `success_url`."""

    template_name = "ui/form_page.html"
    list_title: Text = ""
    new_title: Text = ""
    edit_title: Text = ""
    saved: Text = ""
    #: Fields of the row that the form changes and that are no fields of the form.
    changed_too: Sequence[str] = ()
    as_it_is = ""

    def get_form(self, form_class: Any = None) -> "ModelForm[Any]":
        """The form, which remembers how its row was when it was opened, through however many tries."""
        form: ModelForm[Any] = super().get_form(form_class)
        if not form.instance._state.adding:
            self.as_it_is = mark_of(form, self.changed_too)
            form.seen = self.request.POST.get(SEEN) or self.as_it_is  # type: ignore[attr-defined]  # for its template
        return form

    def get_object(self, queryset: QuerySet[Any] | None = None) -> Any:
        return super().get_object(queryset) if self.pk_url_kwarg in self.kwargs else None

    def form_valid(self, form: "ModelForm[Any]") -> HttpResponse:
        """Save it, unless somebody else has changed it since it was opened: then whoever saves again knows of it."""
        seen = self.request.POST.get(SEEN)
        if seen and self.as_it_is and seen != self.as_it_is:
            form.seen = self.as_it_is  # type: ignore[attr-defined]
            form.add_error(None, changed_meanwhile())
            return self.form_invalid(form)
        response = super().form_valid(form)
        messages.success(self.request, str(self.saved) % self.named(form.instance))
        return response

    def named(self, row: Model) -> dict[str, Model]:
        """The row under its name, for a message."""
        return {self.get_context_object_name(row) or "object": row}


def mark_of(form: "ModelForm[Any]", others: Sequence[str] = ()) -> str:
    """What tells a row, as far as the form changes it, from what it is later."""
    values = {name: _plain(form.initial.get(name)) for name in form.fields}
    values |= {f"row.{name}": _plain(getattr(form.instance, name)) for name in others}
    return salted_hmac(SEEN, json.dumps(values, default=str, sort_keys=True)).hexdigest()[:16]


def changed_meanwhile() -> str:
    return _("Somebody else has changed this since you opened it. What you typed is below; save again to replace it.")


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    return sorted(map(str, map(_plain, value))) if isinstance(value, list | tuple | QuerySet) else value


class DeletePage(DeleteView):  # type: ignore[type-arg]  # not generic at run time
    """Deletes a row by POST; with a template of its own and `http_method_names`, after a question.

    `refused` is what is said if other rows keep it from being deleted.
    """

    http_method_names = ["post"]
    deleted: Text = ""
    refused: Text = ""

    def form_valid(self, form: Any) -> HttpResponse:
        named = {self.get_context_object_name(self.object) or "object": self.object}
        try:
            self.object.delete()
        except ProtectedError:
            if not self.refused:
                raise
            messages.error(self.request, str(self.refused) % named)
        else:
            messages.success(self.request, str(self.deleted) % named)
        return HttpResponseRedirect(str(self.success_url))
