"""What every page needs: which theme, and whether this is the demo."""

from django.conf import settings
from django.http import HttpRequest

THEMES = ("light", "dark")


def page(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get("theme", "")
    return {"theme": theme if theme in THEMES else "", "is_demo": settings.DEMO}
