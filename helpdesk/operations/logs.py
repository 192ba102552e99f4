"""How is a log written? To the console, one line an event; never the secret of a mailed link."""

import logging
import re
from functools import cache
from typing import Any

import structlog
from django.urls import reverse

#: Pages whose address is a secret that was mailed to somebody, with the names of its parts. A test finds missing ones.
SECRET_PAGES = {
    "account_reset_password_from_key": ("uidb36", "key"),
    "account_confirm_email": ("key",),
    "portal_account:sign_in_link": ("token",),
    "portal:verify": ("token",),
    "portal:rate": ("token",),
    "portal:unfollow": ("token",),
}

#: What every line says besides its event.
_STAMPS: list[Any] = [
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info,
]


def to_console(level: str, *, json: bool) -> dict[str, Any]:
    """Django's setting LOGGING: events of at least `level`, of structlog and of libraries alike, as JSON or to read."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            *_STAMPS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    readable = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": structlog.processors.JSONRenderer() if json else readable,
                "foreign_pre_chain": _STAMPS,
            }
        },
        "filters": {
            "brief": {"()": "django.utils.log.CallbackFilter", "callback": brief},
            "without_secrets": {"()": "django.utils.log.CallbackFilter", "callback": without_secrets},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["without_secrets"]}
        },
        "loggers": {"django.request": {"filters": ["brief"]}},
        "root": {"handlers": ["console"], "level": level},
    }


def brief(record: logging.LogRecord) -> bool:
    """Takes the traceback from answers below 500, such as a page that somebody may not open. For `CallbackFilter`."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
    return True


def without_secrets(record: logging.LogRecord) -> bool:
    """Takes the secrets out of the addresses of `SECRET_PAGES`, wherever a line names one. For `CallbackFilter`."""
    record.msg = _without_secret(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(map(_without_secret, record.args))
    return True


def _without_secret(value: Any) -> Any:
    if isinstance(value, str):
        return _secret().sub("***", value) if "/" in value else value
    return {key: _without_secret(each) for key, each in value.items()} if isinstance(value, dict) else value


@cache
def _secret() -> re.Pattern[str]:
    """What follows the beginning of one of these addresses. Asked when lines are written: URLs come after settings."""
    pages = (reverse(name, kwargs=dict.fromkeys(parts, "KEY")) for name, parts in SECRET_PAGES.items())
    return re.compile("|".join(f"(?<={re.escape(page.partition('KEY')[0])})[^/?#\\s]+" for page in pages))
