"""Run a command with real servers around it: `python -m helpdesk.tests.servers postgresql redis -- COMMAND …`.

The command finds them by DATABASE_URL and CELERY_BROKER_URL and ends with its own exit code.
"""

import os
import subprocess
import sys
from contextlib import ExitStack
from typing import TypeVar

from helpdesk.tests.servers.postgresql import PostgreSQL
from helpdesk.tests.servers.processes import Server
from helpdesk.tests.servers.redis import Redis

Kind = TypeVar("Kind", bound=Server)


def main(arguments: list[str]) -> int:
    if "--" not in arguments or not set(arguments[: arguments.index("--")]) <= {"postgresql", "redis"}:
        sys.exit(__doc__)
    wanted, command = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    environment = dict(os.environ)
    with ExitStack() as running:
        if "postgresql" in wanted:
            environment["DATABASE_URL"] = running.enter_context(_present(PostgreSQL())).url()
        if "redis" in wanted:
            environment["CELERY_BROKER_URL"] = running.enter_context(_present(Redis())).url
        return subprocess.run(command, env=environment, check=False).returncode


def _present(server: Kind) -> Kind:
    if reason := server.missing():
        sys.exit(f"{reason} Run .ci/install-servers.")
    return server


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
