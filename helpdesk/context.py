"""What every page needs: which theme, whether this is the demo, where its start is, and whose helpdesk it is."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from recipients.models import Branding
from recipients.portal.access import ROOT, is_portal

THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get("theme", "")
    brand = SimpleLazyObject(Branding.current)  # most pages do not ask
    in_portal = is_portal(request)
    shown, start = theme if theme in THEMES else "", ROOT if in_portal else "/"
    return {"theme": shown, "is_demo": settings.DEMO, "start": start, "in_portal": in_portal, "brand": brand}
