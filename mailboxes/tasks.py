"""The tasks of workers: each takes ids, calls one function, and may run twice."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from mailboxes.fetching import fetch
from mailboxes.inbound import retries
from mailboxes.models import Mailbox, Pulse
from mailboxes.monitoring import watchdog
from mailboxes.monitoring.hosted_domains import ensure_hosted_addresses
from mailboxes.sending import outbox
from mailboxes.sending_domains import checks

BATCHES = 20  # of mails that wait; what is left then is for the next beat


@shared_task
def fetch_due() -> None:
    """Queue a fetch for each mailbox that is due. Its next one is due a poll later, whatever becomes of this one."""
    now = timezone.now()
    for mailbox in Mailbox.objects.due(now):
        due = Mailbox.objects.filter(pk=mailbox.pk, next_poll_at=mailbox.next_poll_at)
        if due.update(next_poll_at=now + mailbox.pause):
            fetch_mailbox.delay(mailbox.pk)


@shared_task
def fetch_mailbox(mailbox_id: int) -> None:
    fetch.fetch(mailbox_id)


@shared_task
def process_due() -> None:
    """Process mails that wait: failed ones whose pause is over, and what a killed worker has left."""
    for _batch in range(BATCHES):
        if not retries.process_waiting():
            return


@shared_task
def send_due() -> None:
    outbox.send_due()


@shared_task
def send_mail(outbox_id: int) -> None:
    """Send one mail now, so that an answer need not wait for the next beat."""
    outbox.send(outbox_id)


@shared_task
def watch() -> None:
    """Prove that beat and a worker live, and see that nothing stands still."""
    Pulse.beat("watch")
    if settings.HOSTED_DOMAINS:
        ensure_hosted_addresses()
    watchdog.watch()


@shared_task
def check_sending_domains() -> None:
    """Ask name servers what they say of the domains that we send for."""
    checks.check_all()
