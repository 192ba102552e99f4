"""How many mails a second does one worker take in, and how does that compare to what the machine could do at best?

Everything real: Dovecot, PostgreSQL with fsync, the whole way from IMAP to ticket and outbox. As absolute figures drift
with the machine, each round also measures the floors: what fetching, parsing and storing cost bare (`bench/floor.py`
of the corpus). The mails are those of `bench/corpus.py`; HELPDESK_CORPUS names the folder that holds `bench/`.

Mails a second say something on a quiet machine alone. CPU, of the worker and of PostgreSQL, and statements hardly care.
"""

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from helpdesk.bench.latency import further_away
from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.servers.dovecot import PASSWORD, Dovecot
from helpdesk.tests.servers.postgresql import PostgreSQL

FLOORS = ("fetch", "parse", "parse-c32", "postgres")
OURS = "helpdesk"
USERS = ("bench", "bench2")  # as many mailboxes as workers
USER = USERS[0]
SENT = 1000  # mails of the outbox, at most
LINE_END = b"\n"
_TOKEN = re.compile(rb"\[desk-(\d{6})\]")

Say = Callable[[str], None]


def run(count: int, rounds: int, latency: float, say: Say) -> None:
    """Measure `rounds` times with `count` mails and say the table. The database is `latency` milliseconds away."""
    tools = Path(os.environ.get("HELPDESK_CORPUS", "")) / "bench"
    if not (tools / "floor.py").is_file():
        raise RuntimeError("HELPDESK_CORPUS must name the folder that holds bench/corpus.py and bench/floor.py.")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Dovecot() as imap,
        PostgreSQL(durable=True) as database,
        further_away(database.port, latency) as port,
        _smtp_server() as smtp,
    ):
        work = Path(folder)
        _python(tools / "corpus.py", "generate", str(work / "corpus"), "--count", str(count))
        manifest = [json.loads(line) for line in (work / "corpus" / "manifest.jsonl").read_text().splitlines()]
        for user in USERS:
            fill(imap, user, work / "corpus", manifest)
        house = House(imap, database, port, smtp)
        measured: list[dict[str, dict[str, Any]]] = []
        for number in range(1, rounds + 1):
            say(f"Round {number} of {rounds} with {count} mails …")
            floors = _floors(tools / "floor.py", imap, database, work / f"floor{number}")
            (ours,) = house.measure(f"bench_{number}", work / f"data{number}", USERS[:1])
            measured.append(floors | {OURS: ours})
        say("\n".join(table(measured)))
        say("\n".join(correctness(manifest, measured[-1][OURS]["outcomes"])))
        say(f"Two workers on two mailboxes with {count} mails each …")
        say(of_two(house.measure("bench_two", work / "data_two", USERS), measured[-1][OURS]["rate"]))


def fill(imap: Dovecot, user: str, corpus: Path, manifest: Sequence[dict[str, Any]]) -> None:
    """Lay the mails into the mailbox, so that the server numbers them in order, each tag as the ticket will be ours."""
    numbers = ticket_numbers(manifest)
    new, started = imap.folder / "mail" / user / "new", int(time.time()) - len(manifest)
    for folder in (new.with_name("cur"), new.with_name("tmp"), new):
        folder.mkdir(parents=True)
    for entry in manifest:
        raw = (corpus / "msg" / f"{entry['seq']:06d}.eml").read_bytes()
        head, gap, body = raw.partition(b"\n\n")
        head = _TOKEN.sub(lambda found: b"[#%d]" % numbers.get(int(found[1]), 0), head)
        written = head + gap + body
        size, at = len(written), started + entry["seq"]
        file = new / f"{at}.M{entry['seq']:06d}P1.bench,S={size},W={size + written.count(LINE_END)}"
        file.write_bytes(written)
        os.utime(file, (at, at))
    for path in (new.parent.parent, new.parent, *new.parent.rglob("*")):
        imap.hand_over(path)


def ticket_numbers(manifest: Sequence[dict[str, Any]]) -> dict[int, int]:
    """The ticket of each conversation: they are numbered as their first mails come in.

    A bounce opens none: it belongs to the mail it is about. What answers a bounce opens a ticket, then.
    """
    opening = dict.fromkeys(entry["conv"] for entry in manifest if entry["kind"] in ("new", "reply"))
    return {conversation: number for number, conversation in enumerate(opening, start=1)}


def one_pass() -> dict[str, Any]:
    """In the worker's process: set up an empty house, fetch everything, say what it cost."""
    from django.db import connection

    from helpdesk.celery import prepare
    from mailboxes.fetching.fetch import fetch
    from mailboxes.models import Mailbox, save_with_address
    from mailboxes.sending import outbox
    from tickets.models import Queue

    prepare()
    user = os.environ["BENCH_USER"]
    while user != USER and not Mailbox.objects.exists():  # the first mailbox becomes the default one
        time.sleep(0.01)
    queue = Queue.objects.filter(is_default=True).first() or Queue.objects.create(name=user, is_default=user == USER)
    mailbox = Mailbox(
        name=user,
        imap_host="127.0.0.1",
        imap_port=int(os.environ["BENCH_IMAP_PORT"]),
        imap_security=Mailbox.Security.PLAIN,
        imap_username=user,
        imap_password=PASSWORD,
        smtp_host="127.0.0.1",
        smtp_port=int(os.environ["BENCH_SMTP_PORT"]),
        smtp_security=Mailbox.Security.PLAIN,
    )
    save_with_address(mailbox, "support@desk.example" if user == USER else f"{user}@desk.example", queue)
    statements = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    with connection.execute_wrapper(count):
        report = fetch(mailbox.pk)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    taken, statements = statements, 0
    started = time.perf_counter()
    with connection.execute_wrapper(count):
        sent = outbox.send_due(SENT)
    return {
        "sent": sent,
        "sent_rate": sent / (time.perf_counter() - started),
        "sent_statements": statements / max(sent, 1),
        "rate": report.taken_in / wall,
        "user": after.ru_utime - before.ru_utime,
        "system": after.ru_stime - before.ru_stime,
        "rss_mb": _peak_memory(),
        "messages": report.taken_in,
        "statements": taken / report.taken_in,
        "wall": wall,
        "outcomes": report.outcomes,
    }


def _peak_memory() -> float:
    """Megabytes that this process has had at most. `ru_maxrss` would also count what its parent had when it started."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def table(measured: Sequence[dict[str, dict[str, Any]]]) -> Iterator[str]:
    """Medians of the rounds, and the ratios to the floor `parse` of the same round with their spread.

    The floors' CPU includes the start of their processes, a few percent of it; ours is that of the fetch alone.
    """
    yield f"{'':12}{'mails/s':>10}{'of parse':>22}{'CPU ms a mail':>15}{'of parse':>22}{'peak MB':>9}"
    for step in (*FLOORS, OURS):
        rates, rate_ratios = _with_ratios(measured, step, lambda found: found["rate"])
        costs, cost_ratios = _with_ratios(measured, step, lambda found: 1 / _cpu(found))
        memory = max(each[step]["rss_mb"] for each in measured)
        cost = 1000 / statistics.median(costs)
        yield f"{step:12}{statistics.median(rates):>10.0f}{rate_ratios:>22}{cost:>15.2f}{cost_ratios:>22}{memory:>9.0f}"
    database = statistics.median(each[OURS]["database_cpu"] for each in measured) * 1000
    statements = statistics.median(each[OURS]["statements"] for each in measured)
    yield f"{'':12}and {database:.2f} ms CPU of PostgreSQL and {statements:.1f} statements a mail"
    sent = measured[-1][OURS]
    yield (
        f"sending     {sent['sent_rate']:>10.0f} mails/s, {sent['sent_statements']:.1f} statements a mail,"
        f" {sent['sent']} mails by one connection a batch"
    )


def _with_ratios(
    measured: Sequence[dict[str, dict[str, Any]]], step: str, speed: Callable[[dict[str, Any]], float]
) -> tuple[list[float], str]:
    """The speed in each round, and in words how it compares to the floor `parse`."""
    speeds = [speed(each[step]) for each in measured]
    ratios = [found / speed(each["parse"]) for found, each in zip(speeds, measured, strict=True)]
    return speeds, f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def _cpu(found: dict[str, Any]) -> float:
    """CPU seconds a mail of the process that took the mails in."""
    return float((found["user"] + found["system"]) / found["messages"])


def correctness(manifest: Sequence[dict[str, Any]], outcomes: dict[str, int]) -> Iterator[str]:
    """What should have become of the mails, and what did. Colleagues of the customer whom nobody knows are held."""
    tickets = len(ticket_numbers(manifest))
    messages = sum(entry["kind"] in ("new", "reply") for entry in manifest)
    expected = {
        "ticket": tickets,
        "comment or held": messages - tickets,
        "automatic": sum(entry["kind"] == "auto" for entry in manifest),
        "bounce": sum(entry["kind"] == "bounce" for entry in manifest),
    }
    counted = Counter({outcome: count for outcome, count in outcomes.items() if outcome not in ("comment", "held")})
    counted["comment or held"] = outcomes.get("comment", 0) + outcomes.get("held", 0)
    for outcome in sorted(expected | counted):
        yield f"{outcome:16}{counted[outcome]:>6} of {expected.get(outcome, 0)}"


def _floors(floor: Path, imap: Dovecot, database: PostgreSQL, work: Path) -> dict[str, dict[str, Any]]:
    work.mkdir()
    server = ("--host", "127.0.0.1", "--port", str(imap.port), "--user", USER, "--password", PASSWORD)
    dsn = database.url("postgres").replace("postgres://", "postgresql://", 1)
    steps = ("--steps", ",".join(FLOORS), "--runs", "1", "--dsn", dsn)
    _python(floor, *server, *steps, "--work", str(work), "--json", str(work / "floor.json"))
    lines = (work / "floor.json").read_text().splitlines()
    return {line["step"]: line for line in map(json.loads, lines)}


def of_two(found: Sequence[dict[str, Any]], one: float) -> str:
    """How many mails a second two workers take in together, and how often what one does."""
    rate = sum(each["messages"] for each in found) / max(each["wall"] for each in found)
    return f"two workers {rate:>10.0f} mails/s, {rate / one:.2f} of one"


@contextmanager
def _smtp_server() -> Iterator[int]:
    server = MailServer({USER: PASSWORD}).start()
    try:
        yield server.smtp_port
    finally:
        server.stop()


@dataclass(frozen=True, slots=True)
class House:
    """The servers that a worker is given; the database answers at `port`, SMTP at `smtp`."""

    imap: Dovecot
    database: PostgreSQL
    port: int
    smtp: int

    def measure(self, name: str, data: Path, users: Sequence[str]) -> list[dict[str, Any]]:
        """What workers that begin together found in an empty database of that name, one for each mailbox."""
        url = self.database.create_database(name)
        environment = {
            "DATABASE_URL": url.replace(f":{self.database.port}/", f":{self.port}/"),
            "DATA_DIR": str(data),
            "SECRET_KEY": "of the bench",
            "LOG_LEVEL": "WARNING",
            "MALLOC_ARENA_MAX": "2",  # as the units set it, and the next one
            "MALLOC_MMAP_THRESHOLD_": "131072",
            "BENCH_IMAP_PORT": str(self.imap.port),
            "BENCH_SMTP_PORT": str(self.smtp),
        }
        manage = Path(settings.BASE_DIR) / "manage.py"
        _python(manage, "migrate", "--verbosity", "0", **environment)
        before = self.database.cpu_seconds()
        with ThreadPoolExecutor(len(users)) as pool:
            passes = [
                pool.submit(_python, manage, "bench", "--one-pass", **environment, BENCH_USER=user) for user in users
            ]
        found: list[dict[str, Any]] = [json.loads(each.result()) for each in passes]
        cpu = self.database.cpu_seconds() - before
        return [each | {"database_cpu": cpu / sum(one["messages"] for one in found)} for each in found]


def _python(script: Path, *arguments: str, **environment: str) -> str:
    """What a script printed. Raises RuntimeError with its words if it failed."""
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{script.name} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
