"""What every page needs: which theme, whether this is the demo, and where its start is."""

from django.conf import settings
from django.http import HttpRequest

from recipients.portal.access import ROOT, is_portal

THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get("theme", "")
    start = ROOT if is_portal(request) else "/"
    return {"theme": theme if theme in THEMES else "", "is_demo": settings.DEMO, "start": start}
