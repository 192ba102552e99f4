"""Hosted domains: what a mail server hands over whole, by `manage.py deliver`, for any local part (U06)."""

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from mailboxes.models import Address, Mailbox, save_with_address
from tickets.models import Queue

log = structlog.get_logger(__name__)
#: The local part that works from the start.
FIRST = "support"


def ensure_hosted_addresses() -> None:
    """Make `support@` of each hosted domain an address of ours. One query where nothing is missing.

    It needs no account and no redirect: it is the default mailbox's, or that of one which nothing fetches.
    """
    wanted = [f"{FIRST}@{domain}" for domain in settings.HOSTED_DOMAINS]
    missing = set(wanted) - set(Address.objects.filter(address__in=wanted).values_list("address", flat=True))
    for address in wanted:
        if address in missing:
            try:
                _add(address)
            except ValidationError as error:  # a user's or a customer's address stays theirs
                log.info("hosted address belongs to somebody", address=address, reason=error.messages)


def _add(address: str) -> None:
    """Raises ValidationError if somebody else has the address."""
    queue = Queue.objects.filter(is_default=True).first()
    with transaction.atomic():
        mailbox = Mailbox.objects.filter(is_default=True).first()
        if mailbox is None:
            save_with_address(Mailbox(name="Support", is_active=False), address, queue)
            return
        further = Address(mailbox=mailbox, address=address, queue=queue, verified_at=timezone.now())
        further.clean()
        further.save()
