"""Runs each line of its input as a command of manage.py, in a forked process that may be killed.

Starting Django for each of them would take more time than what they do.
"""

import os
import shlex
import sys
import traceback
from typing import NoReturn

import django
from django.core.management import call_command, load_command_class

STARTED, ENDED = "started", "ended"  # with the id of the process, and with its exit code, negative for a signal


def main() -> None:
    django.setup()
    load_command_class("mailboxes", "fetch")  # so that no fork has to import it
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(shlex.split(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        _say(ENDED, code)


def _run(arguments: list[str]) -> NoReturn:
    _say(STARTED, os.getpid())
    code = 1
    try:
        call_command(*arguments)
        code = 0
    except BaseException:
        traceback.print_exc(file=sys.stdout)
    sys.stdout.flush()
    os._exit(code)


def _say(word: str, number: int) -> None:
    """On a line of its own, though the one that was killed may have stopped within its line."""
    sys.stdout.write(f"\n{word} {number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
