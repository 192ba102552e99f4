"""Is the project as it should be? `make test`: every check, every test on SQLite, and what asks the database on
PostgreSQL (docs/decisions/two-databases.md)."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from helpdesk.tests.database.template import NAME, SHARED
from helpdesk.tests.servers.postgresql import PostgreSQL, prepared

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
OURS = ("helpdesk", "recipients", "tickets", "mailboxes")
PRODUCTION = {
    "SECRET_KEY": "only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
    "SITE_URL": "https://helpdesk.example",
    "ALLOWED_HOSTS": "helpdesk.example",
    "REDIS_CACHE_URL": "redis://127.0.0.1:6379/1",
    "STATIC_FROM_SOURCE": "0",
    "DEBUG": "0",
    "LOG_LEVEL": "WARNING",
}
#: Dozens of Pythons are started. Where the environment forbids to keep what was compiled, each would compile it anew.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}


@dataclass(frozen=True)
class Step:
    """A command, what it is called, and which it belongs to of `make lint`, the two databases, and what both need."""

    name: str
    part: str
    command: Sequence[str | Path]
    environment: Callable[[Path], dict[str, str]] = lambda folder: {}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["lint", "sqlite", "postgresql"], help="run one part of it")
    parser.add_argument("pytest", nargs="*", help="further arguments of pytest, after --")
    options = parser.parse_args(arguments)
    steps = [step for step in _steps(options.pytest) if options.only in (None, step.part)]
    first = [step for step in steps if step.part in {"lint", "tables"}]
    with tempfile.TemporaryDirectory(prefix="helpdesk-tables-") as tables:
        os.environ[SHARED] = tables
        with ThreadPoolExecutor(1 + (os.cpu_count() or 1)) as pool:  # each keeps one busy; pip-audit waits for others
            results = list(zip(first, pool.map(partial(_run, beside_others=True), first), strict=True))
        results += [(step, _run(step)) for step in steps if step not in first]
    print("\n" + "\n".join(f"{seconds:7.1f} s  {word:<8} {step.name}" for step, (word, seconds) in results))
    return 1 if any(word == "FAILED" for _, (word, _) in results) else 0


def _steps(pytest: Sequence[str]) -> Iterator[Step]:
    pages = (path.relative_to(ROOT) for path in ROOT.glob("templates/**/*.html"))
    templates = sorted(str(page) for page in pages if page.parts[1] != "emails")  # mails are written in Liquid
    sheets = sorted(str(sheet.relative_to(ROOT)) for sheet in ROOT.glob("static/css/*.css"))
    manage = (sys.executable, "manage.py")
    tests, cores = (BIN / "pytest", "-q", "-p", "no:cacheprovider", "--dist", "loadgroup", "-n"), os.cpu_count() or 1
    # A test that waits for a server or a browser leaves its core to another; on PostgreSQL none does.
    workers, workers_on_postgresql = str(2 * cores), str(cores + 1)
    # The longest first, so that none is left alone at the end.
    yield Step("pip-audit", "lint", (sys.executable, "-m", "helpdesk.tests.advisories"))
    yield Step("mypy", "lint", (BIN / "mypy", *OURS, "manage.py"))
    # What pytest makes of their assertions is kept, and not made anew by each of the processes that run them.
    yield Step("tests are collected", "lint", (*tests[:4], "--collect-only", "-qqq"), _development)
    # So that no worker of the tests waits for them.
    yield Step("tables are made", "tables", (sys.executable, "-m", "helpdesk.tests.servers.prepare"))
    yield Step("ruff check", "lint", (BIN / "ruff", "check", "."))
    yield Step("ruff format", "lint", (BIN / "ruff", "format", "--check", "."))
    yield Step("djade", "lint", (BIN / "djade", "--check", "--target-version", "5.2", *templates))
    yield Step("lines", "lint", (sys.executable, "-m", "helpdesk.tests.lines", *templates, *sheets))
    yield Step("import-linter", "lint", (BIN / "lint-imports",))
    yield Step("migrations are complete", "lint", (*manage, "makemigrations", "--check", "--dry-run"), _development)
    yield Step("check --deploy", "lint", (*manage, "check", "--deploy", "--fail-level", "WARNING"), _production)
    yield Step("collectstatic", "lint", (*manage, "collectstatic", "--noinput", "-v", "0"), _production)
    yield Step("tests on SQLite", "sqlite", (*tests, workers, *pytest), _development)
    yield Step("tests on PostgreSQL", "postgresql", (*tests, workers_on_postgresql, "-m", "not any_database", *pytest))


def _development(folder: Path) -> dict[str, str]:
    return {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/helpdesk.sqlite3", "LOG_LEVEL": "WARNING"}


def _production(folder: Path) -> dict[str, str]:
    return {**_development(folder), **PRODUCTION, "STATIC_ROOT": str(folder / "static")}


def _run(step: Step, *, beside_others: bool = False) -> tuple[str, float]:
    """Whether it went well, and how many seconds it took. One beside others says what is wrong in one piece."""
    title, start = f"\n== {step.name}", time.monotonic()
    if not beside_others:
        print(title, flush=True)
    with tempfile.TemporaryDirectory(prefix="helpdesk-") as folder, _database(step) as database:
        if database is None:
            return "missing", 0.0
        environment = {**os.environ, **COMPILED, **step.environment(Path(folder)), **database}
        command = [str(part) for part in step.command]
        kept = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} if beside_others else {}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, **kept)
    if beside_others:
        said = done.stdout.strip()
        print(title, said if done.returncode else said.rpartition("\n")[2], sep="\n", flush=True)
    return ("ok" if done.returncode == 0 else "FAILED"), time.monotonic() - start


@contextmanager
def _database(step: Step) -> Iterator[dict[str, str] | None]:
    """The environment with the database the step asks for, None if it cannot be had here."""
    if step.part != "postgresql":
        yield {}
    elif reason := PostgreSQL.missing():
        print(f"{reason} Run .ci/install-servers.")
        if os.environ.get("CI") == "true":
            sys.exit(1)
        yield None
    else:
        tables = Path(os.environ[SHARED])
        with PostgreSQL(prepared(tables)) as server:
            (tables / NAME).touch()  # its template is there
            yield {"DATABASE_URL": server.url()}


if __name__ == "__main__":
    sys.exit(main())
