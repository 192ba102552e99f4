"""What stands around every page of the settings, and above every page until they are complete?"""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise

from helpdesk import setup
from helpdesk.settings_map import settings_pages
from helpdesk.templatetags.helpdesk_ui import NavigationLink
from recipients.users.access import SignedIn

register = template.Library()


@register.simple_tag(takes_context=True)
def settings_navigation(context: Context) -> list[tuple[str | Promise, NavigationLink]]:
    """The settings pages that the user may open, each with its group; the one the request is in marked as current."""
    request: SignedIn = context["request"]
    links = [(reverse(page.name), page) for page in settings_pages(request.user)]
    current = max((url for url, _page in links if request.path.startswith(url)), key=len, default="")
    return [(page.group, NavigationLink(url, page.label, page.icon, "", url == current)) for url, page in links]


@register.inclusion_tag("frame/setup_banner.html", takes_context=True)
def setup_banner(context: Context) -> dict[str, Any]:
    """What is missing, for administrators, on every page but the one that says so at length. One query."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    asked = user and user.is_authenticated and user.administers_all and request and request.path != reverse("setup")
    missing = {step.requirement.key: step for step in _missing(request)} if asked and request else {}
    stuck = missing.pop("leaves", None)
    at_outbox = request is not None and request.path.startswith(reverse("mailboxes:outbox"))
    return {"missing": list(missing.values()), "stuck": None if at_outbox else stuck}


@register.inclusion_tag("helpdesk/pairing_prerequisites.html", takes_context=True)
def pairing_prerequisites(context: Context) -> dict[str, Any]:
    """What pairing needs and is not there (R08): no mail comes in, or nobody is told what became of it. One query."""
    request: HttpRequest = context["request"]
    needed = [step for step in _missing(request) if step.requirement.key in PAIRING_NEEDS]
    return {"missing": needed, "user": request.user}


def _missing(request: HttpRequest) -> list[setup.Step]:
    """What the set-up lacks, asked once for a page."""
    if not hasattr(request, "setup_lacks"):
        request.setup_lacks = setup.missing()  # type: ignore[attr-defined]  # for this page alone
    return request.setup_lacks  # type: ignore[attr-defined,no-any-return]


#: Mail has to come in, and go out, and be asked for.
PAIRING_NEEDS = {"mailbox", "smtp", "notifications"}
