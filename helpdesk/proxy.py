"""Who is at the other end, when a proxy hands the request on?"""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse


class ClientAddressMiddleware:
    """Behind the proxy, REMOTE_ADDR is whom that proxy talked to: what it wrote last into X-Forwarded-For.

    At a socket of the file system REMOTE_ADDR is empty, and nobody could sign in: allauth wants an address, and
    wrong passwords are counted by it. What a visitor writes into the header stands before what the proxy adds.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.BEHIND_PROXY:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if _is_address(last):
            request.META["REMOTE_ADDR"] = last
        return self.get_response(request)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
