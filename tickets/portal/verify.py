"""The page of the link by which somebody confirms that they wrote from their address (A05, SC20)."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from recipients.addressing.normalise import masked
from tickets.models import VerificationRequest
from tickets.sender.verification import Answer, answer_of, confirm

NOT_FOUND, GONE = 404, 410
_WELCOME = (Answer.OPEN, Answer.CONFIRMED, Answer.SETTLED)


@cache_control(no_store=True, private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """What is to be confirmed, and the button. Only the button changes anything: mail scanners open links."""
    link = VerificationRequest.find(token)
    response = _page(request, link) if link else render(request, "tickets/portal/verify.html", status=NOT_FOUND)
    # The address of this page is a secret. Not "no-referrer": its form would then be sent without an origin.
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(request: HttpRequest, link: VerificationRequest) -> HttpResponse:
    """In the language and the time zone of the mail that carried the link, unless another language was chosen here."""
    answer = confirm(link) if request.method == "POST" else answer_of(link)
    ticket, queue = link.ticket, link.ticket.queue
    language = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else queue.language
    context = {"link": link, "ticket": ticket, "answer": answer, "address": masked(link.address)}
    with translation.override(language), timezone.override(ZoneInfo(queue.time_zone)):
        return render(request, "tickets/portal/verify.html", context, status=200 if answer in _WELCOME else GONE)
