"""What do workers do for tickets? Each task calls one function, and may run twice."""

from celery import shared_task

from tickets import senders_changed


@shared_task
def tell_of_changed_senders() -> None:
    """Tell customers whose authorised senders have changed."""
    senders_changed.tell_due()
