"""Hosted domains: what a mail server hands over whole, by `manage.py deliver`, for any local part (U06)."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mailboxes.models import Address, Mailbox, save_with_address
from tickets.models import Queue

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
            _add(address)


def _add(address: str) -> None:
    queue = Queue.objects.filter(is_default=True).first()
    with transaction.atomic():
        mailbox = Mailbox.objects.filter(is_default=True).first()
        if mailbox is None:
            mailbox = Mailbox(name="Support", is_active=False)
            save_with_address(mailbox, address, queue)
            return
        further = Address(mailbox=mailbox, address=address, queue=queue, verified_at=timezone.now())
        further.clean()  # it may be a user's or a customer's, and stays theirs
        further.save()
