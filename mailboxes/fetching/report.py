"""The report of a fetch: how it ended goes on the mailbox, and people are told of trouble and of its end (L07)."""

from django.db import transaction

from mailboxes.models import Mailbox
from mailboxes.sending import notices


def report(mailbox: Mailbox, state: str, message: str = "") -> None:
    """Record how a fetch ended. `message` is a sentence for administrators.

    They are told once when the mailbox breaks, and once when it works again.
    """
    was_told = mailbox.alerted_at is not None
    with transaction.atomic():
        mailbox.record_fetch(state, message)
        is_told = mailbox.alerted_at is not None
        if is_told and not was_told:
            notices.mailbox_in_trouble(mailbox.name, mailbox.state_message)
        elif was_told and not is_told:
            notices.mailbox_works_again(mailbox.name)
