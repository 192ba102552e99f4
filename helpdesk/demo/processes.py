"""How do workers, beat and a web server live in one process? As threads, each stopped when its `with` block ends."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from celery import Celery
from celery.beat import Scheduler, Service
from celery.worker import WorkController, state
from django.core.handlers.wsgi import WSGIHandler
from waitress.server import create_server

from mailboxes.fetching.idle import Listeners

BROKER_POLL_SECONDS = 0.1  # how often the in-memory broker is looked at; its default of a second is felt as waiting
BEAT_POLL_SECONDS = 1
STOP_SECONDS = 20.0  # rather than cut off what the worker does: a busy machine needs more than a moment for it
START_SECONDS = 20.0
#: As in production (docs/operations.md): a server that hangs holds up nothing but what waits for it.
WORKERS = {"fetching": 2, "processing,portal": 1, "sending": 1}


@contextmanager
def workers(app: Celery) -> Iterator[None]:
    """A Celery worker for each kind of work, on `memory://`. Tasks that run are finished when the block ends."""
    app.conf.broker_transport_options = {"polling_interval": BROKER_POLL_SECONDS}
    threads = [_worker(app, queues, concurrency) for queues, concurrency in WORKERS.items()]
    try:
        yield
    finally:
        state.should_stop = 0  # type: ignore[assignment]  # the exit code; the consumers look at it in each round
        deadline = monotonic() + STOP_SECONDS
        while any(thread.is_alive() for thread in threads) and monotonic() < deadline:
            app.control.broadcast("ping")  # or they would wait two seconds for a message, twice
            threads[-1].join(BROKER_POLL_SECONDS)
        state.should_stop = None


def _worker(app: Celery, queues: str, concurrency: int) -> threading.Thread:
    """Start one, and wait until it listens: which queues are listened to is a property of the app until then."""
    ready = threading.Event()
    controller = WorkController(
        app=app,
        hostname=f"{queues}@demo",
        queues=queues,
        pool="threads",
        concurrency=concurrency,
        loglevel="WARNING",
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
        ready_callback=lambda consumer: ready.set(),
    )
    thread = threading.Thread(target=controller.start, name=f"worker {queues}", daemon=True)
    thread.start()
    ready.wait(START_SECONDS)
    return thread


@contextmanager
def beat(app: Celery) -> Iterator[None]:
    """Celery beat with the schedule of the settings, remembered in memory alone."""
    service = Service(app, scheduler_cls=Scheduler, max_interval=BEAT_POLL_SECONDS)
    thread = threading.Thread(target=service.start, name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        service.stop()
        thread.join(STOP_SECONDS)


@contextmanager
def listening() -> Iterator[None]:
    """Listens to the mailboxes, as `manage.py listen` does."""
    stop = threading.Event()
    thread = threading.Thread(target=Listeners().run, args=(stop,), name="listen", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_SECONDS)


class WebServer:
    """Waitress on the loopback address. Binds at once, so that a port in use is known first; raises OSError then."""

    def __init__(self, application: WSGIHandler, port: int) -> None:
        self._server = create_server(application, host="127.0.0.1", port=port, threads=6, ident="helpdesk")

    def run(self) -> None:
        """Serve until the process is interrupted, in its main thread."""
        self._server.run()

    def close(self) -> None:
        self._server.close()
