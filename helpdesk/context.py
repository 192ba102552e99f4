"""What every page needs: which theme, whether this is the demo, where its start is, and whose helpdesk it is."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from recipients.models import Branding
from recipients.portal.access import ROOT, is_portal

THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get("theme", "")
    in_portal = is_portal(request)
    return {
        "theme": theme if theme in THEMES else "",
        "is_demo": settings.DEMO,
        "in_portal": in_portal,
        "start": ROOT if in_portal else "/",
        "brand": SimpleLazyObject(Branding.current),  # most pages do not ask
    }
