"""How do a worker, beat and a web server live in one process? As threads, each stopped when its `with` block ends."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from celery import Celery
from celery.beat import Scheduler, Service
from celery.worker import WorkController, state
from django.core.handlers.wsgi import WSGIHandler
from waitress.server import create_server

BROKER_POLL_SECONDS = 0.1  # how often the in-memory broker is looked at; its default of a second is felt as waiting
BEAT_POLL_SECONDS = 1
STOP_SECONDS = 20.0  # rather than cut off what the worker does: a busy machine needs more than a moment for it
WORKER_THREADS = 2  # so that a slow fetch does not hold up what wants to leave


@contextmanager
def worker(app: Celery) -> Iterator[None]:
    """A Celery worker on `memory://`, which takes every queue. Tasks that run are finished when the block ends."""
    app.conf.broker_transport_options = {"polling_interval": BROKER_POLL_SECONDS}
    controller = WorkController(
        app=app,
        pool="threads",
        concurrency=WORKER_THREADS,
        loglevel="WARNING",
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    thread = threading.Thread(target=controller.start, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        state.should_stop = 0  # type: ignore[assignment]  # the exit code; the consumer looks at it in each round
        deadline = monotonic() + STOP_SECONDS
        while thread.is_alive() and monotonic() < deadline:
            app.control.broadcast("ping")  # or it would wait two seconds for a message, twice
            thread.join(BROKER_POLL_SECONDS)
        state.should_stop = None


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


class WebServer:
    """Waitress on the loopback address. Binds at once, so that a port in use is known first; raises OSError then."""

    def __init__(self, application: WSGIHandler, port: int) -> None:
        self._server = create_server(application, host="127.0.0.1", port=port, threads=6, ident="helpdesk")

    def run(self) -> None:
        """Serve until the process is interrupted, in its main thread."""
        self._server.run()

    def close(self) -> None:
        self._server.close()
