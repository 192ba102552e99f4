"""Is the helpdesk alive, is it ready, and is the mail moving? For load balancers, monitoring and the people on call."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from django.db import connection
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from helpdesk.celery import app
from mailboxes.models import Mailbox, Pulse
from mailboxes.monitoring.watchdog import outbox_age

#: Beat runs something every few seconds; after this many without a trace, it or every worker is gone.
BEAT_SECONDS = 60
#: A mailbox may be late by this many of its own intervals, and by this many seconds whatever its interval is.
MAILBOX_INTERVALS, MAILBOX_SECONDS = 5, 300
#: A mail that is due leaves within seconds, unless the server refuses it for now.
OUTBOX_SECONDS = 900
BROKER_TIMEOUT_SECONDS = 2


@dataclass(frozen=True)
class Check:
    """One thing that must work: what was found, in a few words without names or addresses, and an age in seconds."""

    ok: bool
    detail: str
    seconds: float | None = None


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers at all; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything works, else 503; each check by name in either case."""
    checks = {name: _guarded(check) for name, check in CHECKS.items()}
    ok = all(check.ok for check in checks.values())
    body = {"ok": ok, "checks": {name: asdict(check) for name, check in checks.items()}}
    return JsonResponse(body, status=200 if ok else 503)


def _guarded(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception as error:  # whatever a server or driver raises: it does not work
        return Check(False, type(error).__name__)


def database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Check(True, connection.vendor)


def broker() -> Check:
    with app.connection_for_write(transport_options={"socket_connect_timeout": BROKER_TIMEOUT_SECONDS}) as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)
        return Check(True, str(broker.transport.driver_type))


def beat() -> Check:
    newest = Pulse.objects.aggregate(newest=Max("at"))["newest"]
    if newest is None:
        return Check(False, "no periodic task has run yet")
    age = (timezone.now() - newest).total_seconds()
    return Check(age <= BEAT_SECONDS, "age of the newest periodic task", age)


def mailboxes() -> Check:
    """The age of the mailbox that has not been fetched for the longest time, among those that are to be fetched."""
    now = timezone.now()
    late, oldest = 0, 0.0
    active = Mailbox.objects.filter(is_active=True).values_list("fetched_at", "state_since", "poll_seconds")
    for fetched_at, since, interval in active:
        age = (now - (fetched_at or since)).total_seconds()
        late += age > max(interval * MAILBOX_INTERVALS, MAILBOX_SECONDS)
        oldest = max(oldest, age)
    return Check(not late, f"{late} of {len(active)} not fetched for too long", oldest)


def outbox() -> Check:
    """The age of the mail that has been due for the longest time."""
    age = outbox_age().total_seconds()
    return Check(age <= OUTBOX_SECONDS, "age of the oldest due mail", age)


CHECKS = {"database": database, "broker": broker, "beat": beat, "mailboxes": mailboxes, "outbox": outbox}
