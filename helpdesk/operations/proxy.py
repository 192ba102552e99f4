"""Who is at the other end, when proxies hand the request on?"""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class ClientAddressMiddleware:
    """REMOTE_ADDR is the client's address, as the outermost of the `TRUSTED_PROXIES` proxies of ours saw it.

    Tries to sign in are counted by it. Each proxy adds whom it talked to to the end of X-Forwarded-For; what stands
    before that comes from the client and proves nothing. At a socket of the file system the server itself sees no
    address, and without one allauth lets nobody sign in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = [each for each in request.headers.get("X-Forwarded-For", "").split(",") if each.strip()]
        seen = [*forwarded, request.META.get("REMOTE_ADDR", "")]
        if address := _address(seen[max(0, len(seen) - 1 - settings.TRUSTED_PROXIES)]):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def _address(given: str) -> str:
    """The IP address in `given`, beside which some proxies write the port; "" if there is none.

    An IPv4 address within IPv6 is given as IPv4: networks of IPv6 count as one client, and those are all in one.
    """
    host = given.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
