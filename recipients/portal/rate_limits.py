"""How often may one client try to come in? Often enough for a whole office behind one address, and no oftener.

Counted by allauth in the cache, as it counts agents' tries: by the address that `helpdesk.operations.proxy` finds, of
IPv6 by /64.
How many is `ACCOUNT_RATE_LIMITS` in the settings. Whose address was typed is not looked at, so that the answer tells
nothing about it. Nothing is counted for a client without an address: all of them would be one.
"""

from http import HTTPStatus

from allauth.core import ratelimit
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

LINK, PASSWORD = "portal_link", "portal_password"
TOO_MANY = ValidationError(
    _("Too many tries came from your connection. Please wait ten minutes, then try again."), code="too_many_tries"
)


def counted(request: HttpRequest, what: str) -> bool:
    """Count one more try; False, and not counted, if there were too many."""
    return _ask(request, what)


def left(request: HttpRequest, what: str) -> bool:
    """Whether another try may be made; counts none."""
    return _ask(request, what, dry_run=True)


def status(form: Form) -> HTTPStatus:
    """429 for a page that says that there were too many tries, 200 for any other."""
    return HTTPStatus.TOO_MANY_REQUESTS if form.has_error(NON_FIELD_ERRORS, TOO_MANY.code) else HTTPStatus.OK


def _ask(request: HttpRequest, what: str, *, dry_run: bool = False) -> bool:
    if not request.META.get("REMOTE_ADDR"):
        return True
    return bool(ratelimit.consume(request, action=what, dry_run=dry_run))
