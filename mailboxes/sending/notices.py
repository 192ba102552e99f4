"""Notices to the people who run the helpdesk: rows in the outbox, to each in their own language."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from recipients.models import Role, User
from tickets.models import Outbox, TicketSettings
from tickets.text import references


def mailbox_in_trouble(name: str, message: str) -> None:
    """A mailbox cannot be fetched; `message` says why."""
    _tell_administrators(
        format_lazy(_("The mailbox “{name}” cannot be fetched"), name=name),
        format_lazy(
            _(
                "Mail to the mailbox “{name}” does not reach the helpdesk at the moment.\n\n{message}\n\n"
                "It is tried again by itself; nothing is lost, as the mail waits on its server. "
                "You will be told when it works again.\n\n{url}"
            ),
            name=name,
            message=message,
            url=f"{settings.SITE_URL}{reverse('settings:mailboxes')}",
        ),
    )


def mailbox_works_again(name: str) -> None:
    _tell_administrators(
        format_lazy(_("The mailbox “{name}” works again"), name=name),
        format_lazy(_("The mailbox “{name}” was fetched. Whatever arrived meanwhile comes in now."), name=name),
    )


def mailbox_is_stale(name: str, since: str) -> None:
    """Nothing was even tried: beat or the workers stand still."""
    _tell_administrators(
        format_lazy(_("The mailbox “{name}” has not been fetched"), name=name),
        format_lazy(
            _(
                "The mailbox “{name}” was last fetched at {since} and no error was reported. "
                "Check that beat and a worker for the queue “inbound” are running."
            ),
            name=name,
            since=since,
        ),
    )


def mail_is_too_large(author: str, subject: str, size: int, limit: int, queue_id: int | None) -> None:
    """A mail was left on the server because of its size: the agents of its queue get to know from whom it is."""
    agents = Q(role__in=[Role.ADMINISTRATOR, Role.SUPER_ADMINISTRATOR])
    if queue_id is not None:
        agents |= Q(queues=queue_id)
    subject = subject or "-"
    _tell(
        User.objects.filter(agents, is_active=True).distinct(),
        format_lazy(_("A mail from {author} is too large"), author=author or "?"),
        format_lazy(
            _(
                "A mail from {author} with the subject “{subject}” was not taken in: it has {size}, "
                "the mailbox takes at most {limit}. It stays on the mail server. "
                "Read it there, or ask the sender for a smaller one."
            ),
            author=author or "?",
            subject=subject,
            size=filesizeformat(size),
            limit=filesizeformat(limit),
        ),
    )


def _tell_administrators(subject: Promise, text: Promise) -> None:
    administrators = User.objects.filter(role__in=[Role.ADMINISTRATOR, Role.SUPER_ADMINISTRATOR], is_active=True)
    _tell(administrators, subject, text)


def _tell(people: Iterable[User], subject: Promise, text: Promise) -> None:
    """One mail to each person and to the admin address, no address twice."""
    admin = TicketSettings.load().admin_email
    languages = {admin: settings.LANGUAGE_CODE} if admin else {}
    languages |= {person.email: person.language or settings.LANGUAGE_CODE for person in people}
    Outbox.objects.bulk_create(_notice(address, language, subject, text) for address, language in languages.items())


def _notice(address: str, language: str, subject: Promise, text: Promise) -> Outbox:
    with translation.override(language):
        wording: dict[str, Any] = {"subject": str(subject)[:600], "text": str(text)}
    return Outbox(
        kind=Outbox.Kind.NOTICE,
        recipient=address,
        token=references.new_token(0, settings.REFERENCE_KEYS),
        to_staff=True,
        language=language,
        **wording,
    )
