"""What every page shows: the pieces of `helpdesk.ui.markup`, the undo of a message, the main navigation."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from helpdesk.ui.markup import avatar, file_icon, icon, mark, relative

register = template.Library()
register.simple_tag(icon)
register.simple_tag(avatar)
register.simple_tag(mark)
register.filter(relative)
register.filter(file_icon)

UNDO = "undo="


@register.filter
def in_bar(field: BoundField) -> SafeString:
    """The select of a filter bar, whose first choice says what it is about: it needs no label, and no id.

    What the field has `offered`, if somebody has already asked for it, else its choices.
    """
    chosen, asked = str(field.value()), field.field
    choices: Iterable[tuple[object, object]] = getattr(asked, "offered", None) or asked.choices  # type: ignore[attr-defined]
    options = (
        f'<option value="{escape(str(value))}"{" selected" if str(value) == chosen else ""}>{escape(label)}</option>'
        for value, label in choices
    )
    return mark_safe(  # noqa: S308 - escaped
        f'<select name="{escape(field.html_name)}" aria-label="{escape(field.label)}">{"".join(options)}</select>'
    )


@register.filter
def without_placeholders(form: BaseForm) -> BaseForm:
    """A form of django-allauth, whose placeholders say what the labels above them say."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    return form


@register.filter
def undo_url(extra_tags: str | None) -> str:
    """The address that takes a change back, from a message added with `extra_tags="undo=/path/"`, or ""."""
    tags = (extra_tags or "").split()
    url = next((tag.removeprefix(UNDO) for tag in tags if tag.startswith(UNDO)), "")
    return url if url.startswith("/") and not url.startswith("//") else ""


@dataclass(frozen=True)
class NavigationLink:
    """One entry of the main navigation; `key` is the letter after `g` that opens it."""

    url: str
    label: str | Promise
    icon: str
    key: str
    current: bool = False


PAGES = (
    ("tickets:list", gettext_lazy("Tickets"), "inbox", "t"),
    ("recipients:list", gettext_lazy("Recipients"), "at-sign", "r"),
    ("customers:list", gettext_lazy("Customers"), "building-2", "c"),
    ("mailboxes:log", gettext_lazy("Mail log"), "scroll-text", "l"),
    ("mailboxes:outbox", gettext_lazy("Outbox"), "send", "o"),
    ("settings:home", gettext_lazy("Settings"), "settings", "s"),
)
FOR_ADMINISTRATORS = {"mailboxes:log", "mailboxes:outbox", "settings:home"}


@register.simple_tag(takes_context=True)
def main_navigation(context: Context) -> list[NavigationLink]:
    """The pages the user may open, with the one the request is in marked as current."""
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    sets_up = getattr(getattr(request, "user", None), "is_administrator", False)
    allowed = [page for page in PAGES if sets_up or page[0] not in FOR_ADMINISTRATORS]
    found = [(reverse(name), label, picture, key) for name, label, picture, key in allowed]
    return [NavigationLink(url, label, picture, key, path.startswith(url)) for url, label, picture, key in found]
