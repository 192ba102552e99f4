"""Tasks of workers for recipients: each takes values, calls one function, and may run twice."""

from smtplib import SMTPException

from celery import shared_task
from django.core.management import call_command

from recipients.models import SignInLink
from recipients.portal import links
from recipients.users import password_links


@shared_task(autoretry_for=(SMTPException, OSError), retry_backoff=10, retry_jitter=False, max_retries=4)
def send_sign_in_link(address: str, language: str, next_path: str) -> None:
    """Mail a link for the portal to `address`, if it may have one. Tried again after 10, 20, 40 and 80 seconds."""
    links.send(address, language, next_path)


@shared_task(autoretry_for=(SMTPException, OSError), retry_backoff=10, retry_jitter=False, max_retries=4)
def send_password_link(address: str, language: str) -> None:
    """Mail a link to choose a new password to `address`, if somebody who works here signs in with it."""
    password_links.send_reset(address, language)


@shared_task
def forget_sign_ins() -> None:
    """Delete links that have expired long ago, and sessions that have expired.

    How many links an address has open is counted among those that have not expired.
    """
    SignInLink.outlived().delete()
    call_command("clearsessions")
