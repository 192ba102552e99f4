"""Isolation of work that may end its process: it is done by a child, whose end the parent lives to see."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from django.db import DEFAULT_DB_ALIAS, connections

LOOK_SECONDS = 0.01
_INHERITED: list[object] = []  # of a child: what nobody refers to any more would be closed


def can_isolate() -> bool:
    """Whether a child would see what this process sees, and only this thread would be missing in it."""
    connection = connections[DEFAULT_DB_ALIAS]
    in_memory = connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"])
    return hasattr(os, "fork") and threading.active_count() == 1 and not connection.in_atomic_block and not in_memory


def survives(work: Callable[[], object], seconds: float) -> bool:
    """Do `work` in a child process. False if that was killed, for its memory say, or took longer than `seconds`.

    What the work raises is its own affair: it is done, and survived.
    """
    child = os.fork()
    if not child:
        _work(work)
    try:
        return os.WIFEXITED(_status_of(child, seconds))
    except BaseException:  # this process is told to stop: nobody is left to look after the child
        os.kill(child, signal.SIGKILL)
        raise


def _work(work: Callable[[], object]) -> NoReturn:
    """In the child: on a connection of its own. That of the parent is neither used nor closed, as both have it."""
    for each in connections.all(initialized_only=True):
        _INHERITED.append(each.connection)
        each.connection = None
    try:
        work()
    finally:
        os._exit(0)


def _status_of(child: int, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1]
        time.sleep(LOOK_SECONDS)
