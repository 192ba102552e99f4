"""What does each page cost a helpdesk with many tickets: milliseconds, statements, kilobytes?

A PostgreSQL of its own, filled by SQL with the tickets of some years: two messages each, words as often as in a
language (Zipf), 2 % of the tickets unsolved, 40 agents, 8 queues, a tenth as many recipients and a twentieth as many
customers. It is kept in the folder for temporary files and migrated before each run; it is filled anew when what
fills it, or the indexes of words, are no longer the same.

Milliseconds are from the request to the answer in one process, by Django's test client, the median of the rounds; CPU
is that of Python, and that of the process of PostgreSQL that answers it (Linux tells). Both together are what the page
takes on a quiet machine. Bytes are uncompressed. Each page is asked for once before.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.test.client import Client
from django.test.utils import override_settings

from helpdesk.tests.servers.full import give_defaults
from helpdesk.tests.servers.postgresql import PostgreSQL
from mailboxes.models import InboundEmail
from recipients.models import Customer, CustomerAddress, Partner, PortalAccount, Recipient, Role, User
from recipients.portal.access import sign_in
from tickets.models import Attachment, Comment, Event, Outbox, Queue, Tag, Ticket
from tickets.search.index import SOURCES

Say = Callable[[str], None]

FOLDER = Path(tempfile.gettempdir()) / "helpdesk-bench"
#: As a server with some memory and a disk without moving parts is set up.
SERVER = {"shared_buffers": "1GB", "effective_cache_size": "6GB", "random_page_cost": "1.1", "work_mem": "16MB"}
SERVER |= {"max_wal_size": "8GB", "maintenance_work_mem": "256MB"}
WORDS, SENTENCES = 20_000, 20_000
LONG = 500
AGENTS, QUEUES = 40, 8
MODELS = (Customer, CustomerAddress, Recipient, Ticket, Comment, Event, Attachment, Tag, InboundEmail, Outbox)
STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


class KeptPostgreSQL(PostgreSQL):
    """One whose rows are there the next time."""

    def _started(self) -> Self:
        FOLDER.mkdir(exist_ok=True)
        self.folder, self.process = self.hand_over(FOLDER), None
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process:
            self.process.send_signal(2)  # fast shutdown
            self.process.wait()


def run(tickets: int, rounds: int, only: str, say: Say) -> None:
    """Measure each page that has `only` in its name, `rounds` times, and say the table."""
    with KeptPostgreSQL(durable=False, **SERVER) as server:
        name, names = f"pages_{tickets}_{_tables():08x}", set()
        with psycopg.connect(server.url("postgres"), autocommit=True) as database:
            names = {row[0] for row in database.execute("SELECT datname FROM pg_database")}
            for other in names - {name}:
                if other.startswith(f"pages_{tickets}_"):
                    database.execute(psycopg.sql.SQL("DROP DATABASE {}").format(psycopg.sql.Identifier(other)))
        url = server.url(name) if name in names else server.create_database(name)
        environment = {"DATABASE_URL": url, "SECRET_KEY": "of the bench" * 5, "LOG_LEVEL": "ERROR", "DEBUG": "false"}
        manage = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
        subprocess.run([*manage, "migrate", "-v", "0"], env=os.environ | environment, check=True)  # noqa: S603
        size = ["--tickets", str(tickets), "--rounds", str(rounds), "--only", only]
        subprocess.run([*manage, "bench", "--pages-pass", *size], env=os.environ | environment, check=True)  # noqa: S603


def one_pass(tickets: int, rounds: int, only: str, say: Say) -> None:
    """In a process whose database is the one to be measured: fill it if it is empty, and say the table."""
    if not Ticket.objects.exists():
        started = time.monotonic()
        with transaction.atomic():
            fill(tickets, say)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        say(f"filled in {time.monotonic() - started:.0f} s")
    say(f"{tickets} tickets, median of {rounds}")
    say(f"{'page':<44} {'ms':>7} {'Python':>7} {'PostgreSQL':>10} {'statements':>10} {'kB':>6}")
    storages = {**settings.STORAGES, "staticfiles": STATIC}
    with override_settings(STORAGES=storages, SECURE_SSL_REDIRECT=False, ALLOWED_HOSTS=["*"]):
        for page in pages():
            if only in page.name:
                say(str(measured(page, rounds)))


@dataclass(frozen=True)
class Page:
    """A page that somebody opens."""

    name: str
    path: str
    client: Client


@dataclass(frozen=True)
class Measured:
    """What a page cost; times in milliseconds."""

    name: str
    wall: float
    cpu: float
    database: float
    statements: int
    size: int

    def __str__(self) -> str:
        times = f"{self.wall:>7.1f} {self.cpu:>7.1f} {self.database:>10.1f}"
        return f"{self.name:<44} {times} {self.statements:>10} {self.size / 1000:>6.1f}"


def measured(page: Page, rounds: int) -> Measured:
    """Open `page` once, and then `rounds` times. Raises RuntimeError if it does not open."""
    walls, cpus, databases, statements = [], [], [], 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    for _round in range(rounds + 1):
        database = _database_seconds()
        statements, wall, cpu = 0, time.perf_counter(), time.process_time()
        with connection.execute_wrapper(count):
            answer = page.client.get(page.path)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
        databases.append((_database_seconds() - database) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{page.path}: {answer.status_code}")
    wall, cpu, database = (statistics.median(each[1:]) for each in (walls, cpus, databases))
    return Measured(page.name, wall, cpu, database, statements, len(answer.content))


def _database_seconds() -> float:
    """The processor time of the server's process that answers us, so far. What runs beside it for us is not in it."""
    connection.ensure_connection()
    status = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(status.read_text().split()[0]) / 1e9 if status.exists() else 0.0


def pages() -> Iterator[Page]:
    """Every page that is measured, as each role has it."""
    words = _known_words()
    agent = "/tickets/?view="
    lists = {
        "list, unsolved": "/tickets/",
        "list, all": f"{agent}all",
        "list, solved": f"{agent}solved",
        "list, a queue": f"{agent}all&queue={Queue.objects.order_by('pk')[1].pk}",
        "list, mine": f"{agent}mine",
        **{f"list, by {column}": f"{agent}all&sort={column}" for column in ("-number", "status", "-priority")},
        "list, by created": f"{agent}all&sort=-created_at",
        "list, oldest first": f"{agent}all&sort=updated_at",
        "list, page 20": f"{agent}all&page=20",
        "list, page 1000": f"{agent}all&page=1000",
    }
    searches = {f"search, {kind}": f"/tickets/?text={text}" for kind, text in words.items()}
    old, middle = Ticket.objects.order_by("pk")[20], Ticket.objects.order_by("pk")[Ticket.objects.count() // 2]
    opened = {
        "ticket": Ticket.objects.order_by("-pk")[60].get_absolute_url(),
        "ticket, old": old.get_absolute_url(),
        f"ticket, {LONG} comments": Ticket.objects.order_by("-pk")[0].get_absolute_url(),
        "history": f"{middle.get_absolute_url()}history/",
        f"history of {LONG}": f"{Ticket.objects.order_by('-pk')[0].get_absolute_url()}history/",
        "news": "/tickets/news/?view=all&opened=2020-01-01T00:00:00Z",
        "palette": f"/tickets/palette/?text={words['middling word']}",
    }
    people = {
        "recipients": "/recipients/",
        "recipients, text": "/recipients/?text=u17",
        "recipients, unpaired": "/recipients/?marked=unpaired",
        "recipients, page 1000": "/recipients/?page=1000",
        "customers": "/customers/",
        "customers, text": "/customers/?text=K17",
        "customer": f"/customers/{Customer.objects.order_by('pk')[9].pk}/",
    }
    mail = {
        "mail log": "/mail/log/",
        "mail log, text": f"/mail/log/?text={words['rare word']}",
        "mail log, page 1000": "/mail/log/?page=1000",
        "outbox": "/mail/outbox/",
        "settings, empty page": "/settings/",
        "profile": "/profile/",
    }
    everything = lists | searches | opened | people | mail
    boss, ordinary, partial = (_signed_in(f"{name}@desk.example") for name in ("boss", "agent1", "north"))
    yield from (Page(name, path, boss) for name, path in everything.items())
    for role, client in (("agent", ordinary), ("partner's agent", partial)):
        seen = lists | searches | people
        yield from (Page(f"{role}: {name}", path, client) for name, path in seen.items())
    visitor = _visitor()
    yield Page("portal, list", "/portal/", visitor)
    yield from (
        Page(f"portal, search {kind}", f"/portal/?text={words[kind]}", visitor)
        for kind in ("common word", "rare word", "nothing")
    )


def _known_words() -> dict[str, str]:
    """Words of the search by how often they occur."""
    words = _vocabulary()
    person = Recipient.objects.order_by("pk")[11].name.replace(" ", "+")
    return {
        "common word": words[0],
        "middling word": words[400],
        "rare word": words[WORDS - 3],
        "one ticket's": f"ref{Ticket.objects.order_by('pk')[77].pk}x",
        "two words": f"{words[1]}+{words[2]}",
        "two middling": f"{words[300]}+{words[350]}",
        "beginning": words[9][:3],
        "number": "4711",
        "person": person,
        "company": "gmbh",
        "nothing": "xyzzyplugh",
        "without": f"{words[30]}+-{words[0]}",
    }


def _signed_in(email: str) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(email=email), settings.AUTHENTICATION_BACKENDS[-1])
    return client


def _visitor() -> Client:
    """The portal's visitor with the most tickets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT requester_id FROM tickets_ticket GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        recipient = Recipient.objects.get(pk=cursor.fetchone()[0])
    account, _new = PortalAccount.objects.get_or_create(address=recipient.address)
    client = Client(headers={"host": "localhost"})
    session, request = client.session, HttpRequest()
    request.session = session
    request.META["HTTP_HOST"] = "localhost"
    sign_in(request, account)
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key or ""
    return client


# -- Filling ---------------------------------------------------------------------------------------------------------


def fill(tickets: int, say: Say) -> None:
    """Fill the empty database. What is not named has the default of its field."""
    for model in MODELS:
        give_defaults(model)
    words, chance = _vocabulary(), random.Random(2)  # noqa: S311 - the same words each time
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger, no check of keys
        indexes = _without_indexes(cursor)
        cursor.execute("CREATE TEMP TABLE vocabulary (n int PRIMARY KEY, word text)")
        cursor.execute("CREATE TEMP TABLE sentence (n int PRIMARY KEY, text text)")
        with cursor.copy("COPY vocabulary FROM STDIN") as copy:
            for number, word in enumerate(words, start=1):
                copy.write_row((number, word))
        with cursor.copy("COPY sentence FROM STDIN") as copy:
            for number in range(1, SENTENCES + 1):
                said = (words[int(WORDS ** chance.random()) - 1] for _each in range(30))
                copy.write_row((number, " ".join(said)))
    _people(tickets)
    values = {"tickets": tickets, "people": tickets // 10, "customers": tickets // 20, "sentences": SENTENCES}
    values |= {"long": LONG, "agents": AGENTS}
    values["queue"] = Queue.objects.order_by("pk")[0].pk
    values["agent"] = User.objects.get(email="agent1@desk.example").pk
    values["partner"] = Partner.objects.get().pk
    for statement in FILL:
        with connection.cursor() as cursor:
            started = time.monotonic()
            cursor.execute(statement, {name: value for name, value in values.items() if f"%({name})s" in statement})
            say(f"  {time.monotonic() - started:5.1f} s  {statement.split(chr(10))[0][:70]}")
    with connection.cursor() as cursor:
        started = time.monotonic()
        for table, index in indexes:
            if table != "tickets_ticket":  # whose rows are written once more
                cursor.execute(index)
        cursor.execute("ANALYZE")  # or the words of each ticket are looked for in every comment
        say(f"  {time.monotonic() - started:5.1f} s  indexes")
        started = time.monotonic()
        added_up = "helpdesk_ticket_words(tickets_ticket)"  # an update would leave every row behind
        cursor.execute(f"ALTER TABLE tickets_ticket ALTER search_words TYPE tsvector USING {added_up}")
        say(f"  {time.monotonic() - started:5.1f} s  words of each ticket")
        for table, index in indexes:
            if table == "tickets_ticket":
                cursor.execute(index)
        cursor.execute("SET session_replication_role = DEFAULT")
        for model in MODELS:
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) + 1 FROM {table}))",  # noqa: S608
                [table],
            )


def _without_indexes(cursor: Any) -> list[tuple[str, str]]:
    """Take away the indexes that no constraint needs; each one's table, and the statement that makes it again."""
    tables = [model._meta.db_table for model in MODELS] + [Ticket.tags.through._meta.db_table]
    cursor.execute(
        """SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
           WHERE indrelid::regclass::text = ANY(%s) AND NOT indisunique""",
        [tables],
    )
    found = cursor.fetchall()
    for _table, name, _made_by in found:
        cursor.execute(f"DROP INDEX {name}")
    return [(table, made_by) for table, _name, made_by in found]


def _people(tickets: int) -> None:
    """Those who work here, and what they work in."""
    partner = Partner.objects.create(name="North")
    queues = list(Queue.objects.all()) + [Queue.objects.create(name=f"Queue {n}") for n in range(1, QUEUES)]
    if len(queues) < QUEUES:
        queues.append(Queue.objects.create(name="Queue 0", is_default=True))
    User.objects.create_user("boss@desk.example", role=Role.SUPER_ADMINISTRATOR)
    agents = [User.objects.create_user(f"agent{n}@desk.example", first_name=f"Agent {n}") for n in range(1, AGENTS + 1)]
    for number, agent in enumerate(agents):
        agent.queues.set(queues[number % QUEUES :][:3] or queues[:3])
    agents[0].queues.set(queues[:4])
    north = User.objects.create_user("north@desk.example", partner=partner)
    north.queues.set(queues)


def _tables() -> int:
    """What the rows are filled by, and their words indexed by: migrations do not repeat either."""
    vectors = (source.vector() for source in SOURCES)
    return zlib.crc32("".join([*FILL, *vectors]).encode())


def _vocabulary() -> list[str]:
    """Words that can be spoken, the most frequent first."""
    chance, words = random.Random(1), dict[str, None]()  # noqa: S311 - the same words each time
    while len(words) < WORDS:
        syllables = 2 if len(words) < 500 else 3 if len(words) < 5000 else 4
        words["".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _each in range(syllables))] = None
    return list(words)


FILL = (
    """INSERT INTO recipients_customer (id, name, number, is_company, partner_id)
       SELECT c, initcap(a.word || ' ' || b.word) || CASE WHEN c %% 2 = 0 THEN ' GmbH' ELSE '' END, 'K' || c,
         c %% 2 = 0, CASE WHEN c %% 10 = 0 THEN %(partner)s END
       FROM generate_series(1, %(customers)s) c
       JOIN vocabulary a ON a.n = 1 + c * 7919::bigint %% 500
       JOIN vocabulary b ON b.n = 500 + c * 104729::bigint %% 19000""",
    """INSERT INTO recipients_customeraddress (customer_id, address, domain, is_primary)
       SELECT id, 'office@d' || id || '.example', 'd' || id || '.example', true FROM recipients_customer""",
    """INSERT INTO recipients_recipient (id, address, domain, name, customer_id, first_seen_at, last_seen_at)
       SELECT r, 'u' || r || '@d' || d || '.example', 'd' || d || '.example', initcap(a.word || ' ' || b.word),
         CASE WHEN r %% 3 > 0 THEN d END, now() - r * interval '9 minutes', now() - r * interval '5 minutes'
       FROM (SELECT r, 1 + r %% %(customers)s AS d FROM generate_series(1, %(people)s) r) r
       JOIN vocabulary a ON a.n = 1 + r * 7 %% 200 JOIN vocabulary b ON b.n = 1000 + r * 31 %% 15000""",
    """INSERT INTO tickets_tag (id, name) SELECT n, word || n FROM vocabulary WHERE n <= 200""",
    """INSERT INTO tickets_ticket (id, subject, bare_subject, status, priority, queue_id, assignee_id, requester_id,
         requester_name, customer_id, validity, created_at, updated_at)
       SELECT t, left(s.text, 40), left(s.text, 40),
         CASE WHEN t > 0.95 * %(tickets)s AND t %% 5 < 2 THEN (ARRAY['new', 'open', 'waiting'])[1 + t %% 3]
              WHEN t %% 7 = 0 THEN 'closed' ELSE 'solved' END,
         (ARRAY[2, 2, 2, 2, 2, 2, 1, 3, 3, 4])[1 + t %% 10], %(queue)s + t / 3 %% 8,
         CASE WHEN t %% 6 > 0 THEN %(agent)s + t / 7 %% %(agents)s END, r.id, r.name, r.customer_id,
         CASE WHEN t %% 100 = 3 THEN 'to_verify' ELSE 'valid' END,
         now() - (%(tickets)s - t + 5000 + t * 7919::bigint %% 3000) * interval '60 s',
         now() - (%(tickets)s - t + t * 7919::bigint %% 3000) * interval '60 s'
       FROM generate_series(1, %(tickets)s) t
       JOIN sentence s ON s.n = 1 + t * 104729::bigint %% %(sentences)s
       JOIN recipients_recipient r ON r.id = 1 + (t * 31::bigint + t * t::bigint %% 17) %% %(people)s""",
    """INSERT INTO tickets_comment (id, ticket_id, kind, recipient_id, agent_id, author_name, author_address, text,
         message_id, created_at)
       SELECT 2 * t.id + k, t.id, CASE k WHEN 0 THEN 'customer' ELSE 'agent' END,
         CASE k WHEN 0 THEN r.id END, CASE k WHEN 1 THEN %(agent)s + t.id / 7 %% %(agents)s END,
         CASE k WHEN 0 THEN r.name ELSE 'Agent' END, CASE k WHEN 0 THEN r.address ELSE 'support@desk.example' END,
         a.text || '. ' || b.text || ' ref' || t.id || 'x', 'x', t.created_at + k * interval '1 hour'
       FROM tickets_ticket t CROSS JOIN generate_series(0, 1) k
       JOIN recipients_recipient r ON r.id = t.requester_id
       JOIN sentence a ON a.n = 1 + (t.id * 7919::bigint + k * 17) %% %(sentences)s
       JOIN sentence b ON b.n = 1 + (t.id * 15485863::bigint + k * 101) %% %(sentences)s""",
    """INSERT INTO tickets_comment (ticket_id, kind, recipient_id, author_name, author_address, text, created_at, id)
       SELECT t.id, 'customer', t.requester_id, t.requester_name, 'somebody@d1.example', s.text || ' ' || k,
         t.created_at + k * interval '1 minute', 3 * t.id + k
       FROM tickets_ticket t CROSS JOIN generate_series(1, %(long)s) k JOIN sentence s ON s.n = k
       WHERE t.id = %(tickets)s""",
    """INSERT INTO tickets_attachment (comment_id, name, type, size, sha256)
       SELECT 2 * k * 10, word || '.pdf', 'application/pdf', 1000, md5(k::text)
       FROM generate_series(1, %(tickets)s / 10) k JOIN vocabulary ON n = 1 + k * 7 %% 20000""",
    """INSERT INTO tickets_ticket_tags (ticket_id, tag_id)
       SELECT n * 5, 1 + n %% 200 FROM generate_series(1, %(tickets)s / 5) n""",
    """INSERT INTO tickets_event (ticket_id, kind, comment_id, at, agent_id, data)
       SELECT c.ticket_id, CASE c.kind WHEN 'agent' THEN 'agent_message' ELSE 'customer_message' END, c.id,
         c.created_at, c.agent_id, '{}' FROM tickets_comment c""",
    """INSERT INTO tickets_event (ticket_id, kind, at, agent_id, data)
       SELECT id, 'status', updated_at, assignee_id, '{"before": "open", "after": "solved"}' FROM tickets_ticket""",
    """INSERT INTO mailboxes_inboundemail (subject, author, outcome, processed_at, next_attempt_at, ticket_id,
         ticket_number, comment_id, fetched_at, received_at, raw_sha256, fingerprint)
       SELECT t.subject, r.address, 'ticket', now(), NULL, t.id, t.id, 2 * t.id, t.created_at, t.created_at,
         md5(t.id::text), md5(t.id::text)
       FROM tickets_ticket t JOIN recipients_recipient r ON r.id = t.requester_id""",
    """INSERT INTO tickets_outbox (ticket_id, comment_id, kind, state, recipient, token, subject, text, created_at,
         sent_at, message_id)
       SELECT t.id, 2 * t.id + 1, 'new_message', 'sent', r.address, 'token' || t.id, t.subject, 'x', t.created_at,
         t.created_at, 'message' || t.id
       FROM tickets_ticket t JOIN recipients_recipient r ON r.id = t.requester_id""",
)
