"""The watchdog: tells people when mail is fetched or sent no more, though nothing has failed (L07)."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from mailboxes.models import Mailbox, OAuthAccount
from mailboxes.oauth.providers import provider_of
from mailboxes.sending import notices
from tickets.models import Outbox

log = structlog.get_logger(__name__)
POLLS_UNTIL_STALE = 5
SHORTEST = timedelta(minutes=10)
SECRET_DAYS = (1, 14)  # before the secret of an application ends


def watch() -> None:
    """Tell administrators of mailboxes that nobody fetches, and the log of mails that do not leave."""
    for mailbox in Mailbox.objects.filter(is_active=True, alerted_at__isnull=True):
        if is_stale(mailbox):
            tell(mailbox)
    for oauth in OAuthAccount.objects.filter(secret_expires_on__isnull=False).select_related("mailbox"):
        tell_of_secret(oauth)
    age = outbox_age()
    if age > SHORTEST:
        log.warning("mails wait in the outbox", seconds=int(age.total_seconds()))


def is_stale(mailbox: Mailbox) -> bool:
    """Nothing was fetched for five polls, nor was a failure reported, as then a pause would be in order."""
    patience = max(SHORTEST, POLLS_UNTIL_STALE * timedelta(seconds=mailbox.poll_seconds))
    last = max(mailbox.fetched_at or mailbox.state_since, mailbox.state_since)
    return not mailbox.failures and timezone.now() - last > patience


def tell(mailbox: Mailbox) -> None:
    """Once, however many workers notice it."""
    now = timezone.now()
    if Mailbox.objects.filter(pk=mailbox.pk, alerted_at__isnull=True).update(alerted_at=now):
        notices.mailbox_is_stale(mailbox.name, mailbox.fetched_at or mailbox.state_since)
        log.error("mailbox is stale", mailbox=mailbox.name)


def tell_of_secret(oauth: OAuthAccount) -> None:
    """14 days and one day before the secret of an application ends, once each, however many workers notice it."""
    ends, mailbox = oauth.secret_expires_on, oauth.mailbox
    if ends is None or not mailbox.is_signed_in_to:
        return
    days = (ends - timezone.localdate()).days
    reached = next((str(each) for each in SECRET_DAYS if days <= each), "")
    if not reached or oauth.told == reached:
        return
    if OAuthAccount.objects.filter(pk=oauth.pk, told=oauth.told).update(told=reached):
        url = f"{settings.SITE_URL}{reverse('settings:sign_in', args=[mailbox.pk])}"
        notices.secret_ends(mailbox.name, provider_of(mailbox).name, ends, url)


def outbox_age() -> timedelta:
    """How long the oldest mail that should have left has been waiting for its next attempt, or since it was written."""
    waiting = Outbox.objects.filter(state=Outbox.State.WAITING, next_attempt_at__lte=timezone.now())
    oldest = waiting.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    return timezone.now() - oldest if oldest else timedelta(0)
