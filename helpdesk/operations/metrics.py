"""How much mail moves, and what waits? Numbers for Prometheus."""

import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from mailboxes.models import InboundEmail, Mailbox, Outcome
from tickets.models import UNSOLVED, Outbox, Ticket

#: Counts look back this far, so that a scrape reads the end of an index and not a million rows.
WINDOW = timedelta(days=1)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever sends `METRICS_TOKEN` as bearer token; without a token set, for this computer alone (else 403)."""
    if not _may_read(request):
        return HttpResponse("Send METRICS_TOKEN as bearer token.\n", status=403, content_type="text/plain")
    return HttpResponse(generate_latest(_processes()) + generate_latest(_ours()), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and not forwarded


def _processes() -> CollectorRegistry:
    """What django-prometheus counts: of this process, or of all of them where they share a directory."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _ours() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(MailCollector())
    return registry


class MailCollector(Collector):
    """Reads the database at each scrape: five queries, each over an index."""

    def collect(self) -> Iterable[Metric]:
        now = timezone.now()
        since = now - WINDOW
        yield from self._inbound(since)
        yield from self._outbox(since)
        yield from self._mailboxes()
        unsolved = GaugeMetricFamily(
            "helpdesk_tickets_unsolved", "Tickets that wait for somebody, by status.", labels=["status"]
        )
        counts = dict(
            Ticket.objects.filter(status__in=UNSOLVED).order_by().values_list("status").annotate(n=Count("pk"))
        )
        for status in UNSOLVED:
            unsolved.add_metric([status], counts.get(status, 0))
        yield unsolved

    def _inbound(self, since: object) -> Iterator[Metric]:
        mails = GaugeMetricFamily(
            "helpdesk_mails_received_day", "Mails received in the last 24 hours, by outcome.", labels=["outcome"]
        )
        recent = InboundEmail.objects.filter(fetched_at__gte=since).order_by()
        counts = dict(recent.values_list("outcome").annotate(n=Count("pk")))
        for outcome in ("", *Outcome.values):
            mails.add_metric([outcome or "unprocessed"], counts.get(outcome, 0))
        yield mails

    def _outbox(self, since: object) -> Iterator[Metric]:
        mails = GaugeMetricFamily(
            "helpdesk_outbox_day", "Mails written in the last 24 hours, by what became of them.", labels=["state"]
        )
        counts = dict(
            Outbox.objects.filter(created_at__gte=since).order_by().values_list("state").annotate(n=Count("pk"))
        )
        for state in Outbox.State.values:
            mails.add_metric([state], counts.get(state, 0))
        yield mails
        now = timezone.now()
        waiting = Outbox.objects.filter(state=Outbox.State.WAITING, next_attempt_at__lte=now)
        due = waiting.aggregate(n=Count("pk"), oldest=Min("next_attempt_at"))
        age = (now - due["oldest"]).total_seconds() if due["oldest"] else 0
        yield GaugeMetricFamily("helpdesk_outbox_due", "Mails that should have left.", value=due["n"])
        yield GaugeMetricFamily("helpdesk_outbox_oldest_due_seconds", "Age of the oldest of them.", value=age)

    def _mailboxes(self) -> Iterator[Metric]:
        age = GaugeMetricFamily(
            "helpdesk_mailbox_fetched_seconds", "Seconds since the last fetch.", labels=["mailbox", "name"]
        )
        failures = GaugeMetricFamily(
            "helpdesk_mailbox_failures", "Failed fetches in a row.", labels=["mailbox", "name"]
        )
        now = timezone.now()
        for mailbox in Mailbox.objects.filter(is_active=True).only("name", "fetched_at", "state_since", "failures"):
            age.add_metric(
                [str(mailbox.pk), mailbox.name], (now - (mailbox.fetched_at or mailbox.state_since)).total_seconds()
            )
            failures.add_metric([str(mailbox.pk), mailbox.name], mailbox.failures)
        yield from (age, failures)
