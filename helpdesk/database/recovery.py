"""Recovery from a database that went away for a moment: what must be written is tried until it is back."""

import time
from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections

PAUSES = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0]  # seconds: a restart takes some of them


def when_it_is_back(write: Callable[[], None]) -> None:
    """Do `write`, on a new connection where the old one broke. Raises what it raised last if the pauses are over."""
    for pause in PAUSES:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if _is_in_transaction() or pause == PAUSES[-1]:
                raise
            time.sleep(pause)
            connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
    return None


def _is_in_transaction() -> bool:
    """Whether what was done before is lost with the connection, so that its beginning has to be told."""
    return connections[DEFAULT_DB_ALIAS].in_atomic_block
