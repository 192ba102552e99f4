"""What makes two meet at the very moment."""

import threading
import time
from collections.abc import Callable

from django.db import connection, transaction


def until_somebody_waits() -> None:
    """Until a transaction asks for a lock that another one has."""
    for _look in range(4_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)


def meet(first: Callable[[Callable[[], None]], None], then: Callable[[], None]) -> None:
    """Run `first` in a transaction of another thread, and `then` in this one as soon as it says that it is ready."""
    ready = threading.Event()

    def other() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '1h'")
            first(ready.set)
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    ready.wait()
    then()
    thread.join()
