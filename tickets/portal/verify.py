"""The page of the link by which somebody confirms that they wrote from their address (A05, scenario 20)."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from recipients.addressing import masked
from tickets.confirming import Answer, answer_of, confirm
from tickets.models import VerificationRequest

NOT_FOUND, GONE = 404, 410
_WELCOME = (Answer.OPEN, Answer.CONFIRMED, Answer.SETTLED)


# The token in the address is the secret that a forged form would need, and whoever has it needs no forged form. As the
# page sends no referrer, browsers would call its own form's origin "null", which the CSRF check refuses.
@csrf_exempt
@cache_control(no_store=True, private=True)
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """What is to be confirmed, and the button. Only the button changes anything: mail scanners open links."""
    link = VerificationRequest.find(token)
    response = _page(request, link) if link else render(request, "portal/verify.html", status=NOT_FOUND)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(request: HttpRequest, link: VerificationRequest) -> HttpResponse:
    """In the language and the time zone of the mail that carried the link."""
    answer = confirm(link) if request.method == "POST" else answer_of(link)
    ticket = link.ticket
    context = {"link": link, "ticket": ticket, "answer": answer, "address": masked(link.address)}
    with translation.override(ticket.queue.language), timezone.override(ZoneInfo(ticket.queue.time_zone)):
        return render(request, "portal/verify.html", context, status=200 if answer in _WELCOME else GONE)
