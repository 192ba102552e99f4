"""A real PostgreSQL: a cluster of our own, which ends with the tests."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psycopg

from helpdesk.tests.database.template import NAME as TEMPLATE
from helpdesk.tests.database.template import alone, migrate
from helpdesk.tests.servers.processes import HOST, Server, free_port

USER = "helpdesk"


class PostgreSQL(Server):
    """`durable` turns fsync on, for tests that end servers the hard way; `more` are further settings.

    `like` is a data directory that it begins with a copy of, from `prepared`.
    """

    package = "postgresql"

    def __init__(self, like: Path | None = None, /, *, durable: bool = False, **more: str) -> None:
        self.durable, self.like, self.more = durable, like, more
        self._has_template = like is not None

    @classmethod
    def missing(cls) -> str:
        return "" if _programs() else "PostgreSQL is not installed (package postgresql)."

    def start(self) -> None:
        programs, data, safe = _programs(), self.folder / "data", "on" if self.durable else "off"
        assert programs
        self.port, is_new = free_port(), not data.exists()
        if is_new and self.like:
            subprocess.run(["cp", "-a", self.like, data], check=True)  # with the owner, who is the one that serves
        elif is_new:
            how = ("-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
            self.run([programs / "initdb", "-D", data, *how])
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": self.folder,
            "max_connections": 100,
            "fsync": safe,
            "synchronous_commit": safe,
            "full_page_writes": safe,
            "autovacuum": safe,  # tables that live for a second need no care
            "jit": "off",  # what is compiled for a plan is thrown away with it
            **self.more,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._command = [programs / "postgres", "-D", data, *options]
        self._launch()
        if is_new and not self.like:
            self.create_database("helpdesk")

    def _launch(self) -> None:
        self.launch(self._command)
        self.wait_until(self._answers)

    def restart(self) -> None:
        """As an upgrade of the package does it: connections are cut off, and the same port answers again."""
        self._shut_down()
        self._launch()

    def _shut_down(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGINT)  # fast shutdown
        self.process.wait()

    def prepare(self, data: Path) -> None:
        """Leave at `data` a data directory with the helpdesk's tables for `migrated_database`, and end."""
        migrate(self.create_database(TEMPLATE), self.folder)
        self._shut_down()
        shutil.move(self.folder / "data", data)

    def drop_database(self, name: str) -> None:
        """Whoever is connected to it is cut off."""
        command = psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(name))
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command)

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database, as a copy of another one, and return its URL."""
        command, names = (
            psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}"),
            map(psycopg.sql.Identifier, (name, template)),
        )
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(command.format(*names))
        return self.url(name)

    def migrated_database(self, name: str) -> str:
        """Make a database with the tables of the helpdesk, and return its URL. Migrations make the first one."""
        if not self._has_template:
            migrate(self.create_database(TEMPLATE), self.folder)
            self._has_template = True
        return self.create_database(name, TEMPLATE)

    def url(self, name: str = "helpdesk") -> str:
        return f"postgres://{USER}@{HOST}:{self.port}/{name}"

    def cpu_seconds(self) -> float:
        """What the server and its processes, also those that have ended, have used so far. Linux tells."""
        assert self.process
        parent, ticks = self.process.pid, 0
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended
                fields = status.read_text().rpartition(")")[2].split()
                if parent in (int(status.parent.name), int(fields[1])):
                    ticks += sum(map(int, fields[11:15]))  # proc(5): utime, stime, cutime, cstime
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Not the polite way, which waits for connections and disk: nobody reads the files again."""
        if self.process:
            self.process.send_signal(signal.SIGQUIT)  # immediate shutdown
        super().stop()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def prepared(folder: Path) -> Path:
    """A data directory to begin a server with, which whoever comes first makes in `folder`: migrations take seconds."""
    made = folder / "postgresql"
    with alone(folder, made.name):
        if not made.exists():
            with PostgreSQL() as server:
                server.prepare(made)
    return made


def _programs() -> Path | None:
    """Debian keeps each version in a folder that is not in PATH; the newest one that is complete."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        installed.append(Path(on_path).resolve().parent)
    return next((each for each in installed if (each / "initdb").exists() and (each / "postgres").exists()), None)
