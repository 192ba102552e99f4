"""What is written to the log of what a visitor did wrong? One line: a traceback is for mistakes of ours."""

import logging


def brief(record: logging.LogRecord) -> bool:
    """Takes the traceback from answers below 500, such as a page that somebody may not open. For `CallbackFilter`."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
    return True
