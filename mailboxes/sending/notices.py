"""Notices to the people who run the helpdesk: rows in the outbox, to each in their own language."""

from datetime import date, datetime

from django.conf import settings
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from mailboxes.connections.sentences import in_current_language
from mailboxes.models import Address
from recipients.addressing.normalise import display
from recipients.models import Role, User
from tickets.notifications.notices import tell, tell_administrators


def mailbox_in_trouble(name: str, message: str) -> None:
    """A mailbox cannot be fetched; `message` says why."""
    url = f"{settings.SITE_URL}{reverse('settings:mailboxes')}"
    tell_administrators(
        "mailbox_failed", lambda: {"mailbox": name, "problem": in_current_language(message), "url": url}
    )


def mailbox_works_again(name: str) -> None:
    tell_administrators("mailbox_works_again", lambda: {"mailbox": name})


def mailbox_is_stale(name: str, since: datetime) -> None:
    """Nothing was even tried: beat or the workers stand still."""
    at = timezone.localtime(since)
    tell_administrators("mailbox_stale", lambda: {"mailbox": name, "since": date_format(at, "DATETIME_FORMAT")})


def secret_ends(name: str, provider: str, day: date, url: str) -> None:
    """The secret of the application by which a mailbox is signed in to is about to end."""
    tell_administrators(
        "sign_in_ends",
        lambda: {"mailbox": name, "provider": provider, "day": date_format(day, "DATE_FORMAT"), "url": url},
    )


def address_forwards(address: str) -> None:
    """The mailbox of a further address forwards where it should redirect: administrators are told, once."""
    if not Address.objects.begin_forwarding(address):
        return
    url = f"{settings.SITE_URL}{reverse('settings:mailboxes')}"
    tell_administrators("address_forwards", lambda: {"address": display(address), "url": url})


def mail_is_too_large(author: str, subject: str, size: int, limit: int, queue_id: int | None) -> None:
    """A mail was left on the server because of its size: the agents of its queue get to know from whom it is."""
    agents = Q(role__in=[Role.ADMINISTRATOR, Role.SUPER_ADMINISTRATOR])
    if queue_id is not None:
        agents |= Q(queues=queue_id)
    tell(
        User.objects.filter(agents, is_active=True).distinct(),
        "mail_too_large",
        lambda: {
            "author": author or "?",
            "subject": subject or "-",
            "size": filesizeformat(size),
            "most": filesizeformat(limit),
        },
    )


def mail_is_not_handed_over(name: str, count: int) -> None:
    """A server lists mails of the mailbox `name`, and does not hand over `count` of them."""
    url = f"{settings.SITE_URL}{reverse('mailboxes:log')}"
    tell_administrators("mail_not_handed_over", lambda: {"mailbox": name, "count": str(count), "url": url})
