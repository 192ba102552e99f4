"""The way back from a form: to the page it was sent from, if that is one of ours."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, otherwise: str) -> str:
    """The path in the field `next`, else the page that the browser says it came from, else `otherwise`."""
    if is_ours(request, wanted := request.POST.get("next") or request.GET.get("next") or ""):
        return wanted
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host() or came_from.path == request.path:
        return otherwise
    path = came_from._replace(scheme="", netloc="").geturl()
    return path if is_ours(request, path) else otherwise


def is_ours(request: HttpRequest, path: str) -> bool:
    """Whether `path` leads to a page of this site and nowhere else."""
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, {request.get_host()}, request.is_secure())
