"""What is the same for every page? How it travels, its language and time zone, and what it says if it lost a race."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils import timezone, translation

from helpdesk.database.conflicts import has_lost
from recipients.portal.access import account_of, is_portal

logger = logging.getLogger(__name__)


class CompressedPagesMiddleware(GZipMiddleware):
    """Sends HTML compressed: a list of fifty tickets is a tenth of its size then.

    Files are not touched, as most are compressed already and parts of them may be asked for. A page tells no secret by
    its size (BREACH): the one against forged requests is another in each answer, and a random number of bytes is added.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response


class PrivatePagesMiddleware:
    """Keeps what is shown to somebody who has signed in, to work or to the portal, out of every cache.

    Of the browser, too: on a shared computer the next one presses Back, or looks into its files.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated or is_portal(request):
            response["Cache-Control"] = "private, no-store"
        return response


class SignedOutMiddleware:
    """Answers 401 where a part of a page would come as the sign-in page: that would stand in the middle of it.

    Whoever was signed out meanwhile is told so by the page, which keeps what is typed in it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_part = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
        if is_part and not request.user.is_authenticated and response.status_code == HTTPStatus.FOUND:
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        return response


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


class CollisionMiddleware:
    """Asks to try again when the database gave a page up for another one that changed the same rows.

    It should not come to that (docs/decisions/lock-order.md). Nothing is tried again here: what the page had done
    before, in a transaction of its own, would be done twice.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not has_lost(exception):
            return None
        logger.warning("A page lost against another one: %s", exception)
        return render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)


class NothingToOpenMiddleware:
    """Says so to who opens the address of a button: Django answers that with an empty page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.method != "GET" or response.content:
            return response
        page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page


def _speak(request: HttpRequest, language: str) -> None:
    translation.activate(language)
    request.LANGUAGE_CODE = language
