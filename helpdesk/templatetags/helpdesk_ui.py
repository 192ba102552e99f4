"""What every page shows: the pieces of `helpdesk.ui.markup`, the undo of a message, the main navigation."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
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
def options(field: BoundField) -> list[Any]:
    """The choices of a select: asked once, where a template would first ask how many rows there are."""
    choices: Any = field.field
    return [choice for choice in choices.choices]  # noqa: C416 - a list would ask, too


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
