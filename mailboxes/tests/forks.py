"""Runs what each line of its input asks for, in a forked process that has Django loaded and may be killed.

Starting Django for each of them would take more time than what they do. A line is JSON, and so is the answer to it:
`start` gives the id of the new process, `wait` its exit code, negative for a signal, and null while it runs.
"""

import json
import os
import runpy
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import django
from django.conf import settings
from django.core.management import call_command, load_command_class
from django.db.backends.signals import connection_created
from django.urls import get_resolver


def main() -> None:
    django.setup()
    load_command_class("mailboxes", "fetch")  # so that no fork has to import it
    get_resolver().url_patterns  # noqa: B018 - and the pages
    for line in sys.stdin:
        answer = start(**asked) if "arguments" in (asked := json.loads(line)) else wait(**asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def start(**asked: Any) -> int:
    child = os.fork()
    if not child:
        _run(**asked)
    return child


def wait(process: int, *, until_it_ends: bool) -> int | None:
    ended, status = os.waitpid(process, 0 if until_it_ends else os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _run(
    arguments: list[str], module: str, said: str, environment: dict[str, str], changed: dict[str, Any], end: Any
) -> NoReturn:
    """A command of manage.py, or a module as a script."""
    with Path(said).open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.environ.update(environment)
    for name, value in changed.items():
        setattr(settings, name, value)
    if end:
        _end_at(*end)
    code = 1
    try:
        if module:
            sys.argv[1:] = arguments
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        else:
            call_command(*arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)


def _end_at(statement: int, seconds: float) -> None:
    """Let the system end this process so long after it begins that statement, in whatever it is in the middle of.

    Counted from a statement and not from the beginning, this is within the work on any machine. A signal that nobody
    handles ends a process as SIGKILL does: no code of it runs any more. Its children live on.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    begun, process = 0, os.getpid()

    def counted(execute: Any, *statement_and_more: Any) -> Any:
        nonlocal begun
        begun += 1
        if begun == statement and os.getpid() == process:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        return execute(*statement_and_more)

    connection_created.connect(lambda connection, **more: connection.execute_wrappers.append(counted), weak=False)


if __name__ == "__main__":
    main()
