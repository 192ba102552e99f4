"""How much may be sent at once: files beyond the limit are kept nowhere; the text comes through."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = Callable[..., HttpResponseBase]


class Quota(FileUploadHandler):
    """Lets files through to the next handler until `most` bytes came; `exceeded` says whether there were more."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.left, self.exceeded = most, False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.left -= len(raw_data)
        if self.left < 0:
            self.exceeded = True
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The next handler has the file."""


def with_quota(most_bytes: Callable[[], int]) -> Callable[[View], View]:
    """Lets views take files of `most_bytes` together.

    CSRF is checked here: elsewhere checking would have read the form before.
    """

    def decorated(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.upload_handlers.insert(0, Quota(request, most_bytes()))
            return protected(request, *args, **kwargs)

        return limited

    return decorated


def exceeded(request: HttpRequest) -> bool:
    """Whether files of `request` were left out, because all of them together are too large."""
    return any(isinstance(handler, Quota) and handler.exceeded for handler in request.upload_handlers)
