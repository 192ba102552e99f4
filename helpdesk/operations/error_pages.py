"""The pages of what could not be read and of our own faults: translated, and made without the database.

It may be what is broken, as may the session and the cache.
"""

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from recipients.models import Branding
from recipients.portal.access import ROOT, is_portal

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What cannot be a request of ours: 413 if it is more than is taken, else 400."""
    too_much = isinstance(exception, _TOO_MUCH)
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_much else HTTPStatus.BAD_REQUEST
    return HttpResponse(render_to_string("400.html", {**_whose(request), "too_much": too_much}), status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_to_string("500.html", _whose(request)), status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _whose(request: HttpRequest) -> dict[str, str]:
    """Whose page it is and where its start is, by what is known without asking: the name is kept in the cache."""
    if not is_portal(request):
        return {"site": _("Helpdesk"), "start": "/"}
    try:
        kept = Branding.kept()
    except Exception:  # whichever cache it is may be what is broken
        kept = None
    return {"site": (kept and kept.name) or _("Support"), "start": ROOT}
