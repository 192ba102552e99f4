"""In which language and time zone is a page shown? In those of the user, or of the portal's visitor."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from recipients.portal.access import account_of, is_portal


class UserPreferencesMiddleware:
    """Activates the signed-in user's time zone, and language if one was chosen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if user.language:
            _speak(request, user.language)
        with timezone.override(ZoneInfo(user.time_zone)):
            return self.get_response(request)


class PortalLanguageMiddleware:
    """Activates, under `portal/`, the language that its visitor chose; an agent's own does not count there.

    Comes after `UserPreferencesMiddleware`. One query for a visitor who has signed in, none for anybody else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_portal(request):
            account = account_of(request)
            chosen = (account.language if account else "") or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
            if chosen in dict(settings.LANGUAGES):
                _speak(request, chosen)
        return self.get_response(request)


def _speak(request: HttpRequest, language: str) -> None:
    translation.activate(language)
    request.LANGUAGE_CODE = language
