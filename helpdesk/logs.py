"""What is written to the log of what a visitor did wrong? One line, and never the secret of a mailed link."""

import logging
import re
from typing import Any

#: The part of an address that opens something once: 256 random bits (`recipients.models.links`).
_SECRET = re.compile(r"(?<=/)[\w-]{43}(?=/|$)")


def brief(record: logging.LogRecord) -> bool:
    """Takes the traceback from answers below 500, such as a page that somebody may not open. For `CallbackFilter`."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
    return True


def without_secrets(record: logging.LogRecord) -> bool:
    """Takes the tokens of one-time links out of the addresses of pages. For `CallbackFilter`."""
    if isinstance(record.args, tuple):
        record.args = tuple(map(_without_secret, record.args))
    return True


def _without_secret(value: Any) -> Any:
    return _SECRET.sub("***", value) if isinstance(value, str) else value
