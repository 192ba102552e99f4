"""System checks of the installation."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # Django's own name


@register(Tags.security, deploy=True)
def limits_are_counted_together(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Web processes share a cache, in which tries to sign in are counted (`helpdesk.limits`)."""
    if not settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        return []
    hint = "Set REDIS_CACHE_URL; with a single web process it is fine as it is."
    return [Warning("Each web process counts tries to sign in for itself.", hint=hint, id="helpdesk.W001")]
