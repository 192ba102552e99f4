"""Databases with the helpdesk's tables: migrations make one in a test run, and every worker and server copies it."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:  # servers are started without pytest, too
    import pytest

ROOT = Path(__file__).resolve().parents[3]
NAME = "helpdesk_template"
#: The variable with the folder of what several test runs share.
SHARED = "HELPDESK_SHARED_TABLES"


def shared_folder(factory: "pytest.TempPathFactory") -> Path:
    """A folder of this test run, which all of its workers see, or of several runs."""
    if folder := os.environ.get(SHARED):
        return Path(folder)
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def migrate(database_url: str, folder: Path) -> None:
    """Make the tables in the database at this URL by `manage.py migrate`, with `folder` for its files."""
    environment = os.environ | {"DATABASE_URL": database_url, "DATA_DIR": str(folder), "LOG_LEVEL": "WARNING"}
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def sqlite_template(folder: Path) -> Path:
    """The file of an empty SQLite database, which whoever comes first makes in `folder`."""
    made = folder / f"{NAME}.sqlite3"
    with alone(folder, NAME):
        if not made.exists():
            making = folder / f"{NAME}_unfinished.sqlite3"
            migrate(f"sqlite:///{making}", folder)
            making.rename(made)
    return made


def postgresql_template(folder: Path, database: dict[str, Any]) -> str:
    """The name of an empty database on the server of the settings `database`, made by whoever comes first.

    One of an earlier run may be older than the migrations, and is made anew.
    """
    mark = folder / NAME
    with alone(folder, NAME):
        if not mark.exists():
            with psycopg.connect(_url(database, "postgres"), autocommit=True) as connection:
                name = psycopg.sql.Identifier(NAME)
                connection.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(name))
            migrate(_url(database, NAME).replace("postgresql:", "postgres:", 1), folder)
            mark.touch()
    return NAME


def _url(database: dict[str, Any], name: str) -> str:
    login = ":".join(quote(database[part], safe="") for part in ("USER", "PASSWORD") if database[part])
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{login}{'@' if login else ''}{quote(database['HOST'], safe='')}{port}/{name}"


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Keep the other workers of the test run waiting that want to make `name` in `folder`."""
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
