"""Summaries of the notices that were more than a person who works here gets in an hour: none is lost silently.

The gate refuses such a notice, and a row remembers it; a beat makes one mail of all that wait for the same person. A
summary is about no ticket and no event, so nothing calls for a further mail because of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from helpdesk import limits
from helpdesk.wording.liquid import render_mail
from recipients.models import User
from tickets.models import Outbox, Ticket, TicketSettings, WithheldNotice
from tickets.models.work.visibility import TicketQuerySet
from tickets.notifications.audience import Copy
from tickets.notifications.gate import Gate
from tickets.notifications.outgoing import outgoing
from tickets.text import references

#: So long a notice waits for further ones.
PAUSE = timedelta(minutes=5)
#: Notices that one pass reads; what is left then is for the next one.
AT_ONCE = 20_000
#: Tickets that a summary lists; the list of tickets has all.
SHOWN = 50


def tell_due() -> int:
    """Write the summaries that are due; how many. Several workers may call it at once."""
    with transaction.atomic():
        by_address: dict[str, Counter[int]] = {}
        rows = _claim()
        for row in rows:
            by_address.setdefault(row.address, Counter())[row.ticket_id] += 1
        mails = _mails(by_address) if by_address else []
        WithheldNotice.objects.filter(pk__in=[row.pk for row in rows]).delete()
        Outbox.objects.bulk_create(mails)
    return len(mails)


def _claim() -> list[WithheldNotice]:
    """What waited long enough, of those who had no summary for so long, locked."""
    now, limit = timezone.now(), limits.NOTICE_SUMMARIES
    told = Outbox.objects.filter(
        recipient=OuterRef("address"), kind=Outbox.Kind.NOTICE_SUMMARY, created_at__gt=now - limit.time
    )
    due = WithheldNotice.objects.filter(~Exists(told), at__lte=now - PAUSE).order_by("pk")
    return list(due.select_for_update(skip_locked=True)[:AT_ONCE])


def _mails(by_address: dict[str, Counter[int]]) -> list[Outbox]:
    """One unsaved mail to each address that may still see any of the tickets and can be written to."""
    people = {user.email: user for user in User.objects.filter(email__in=by_address, is_active=True)}
    ticket_settings = TicketSettings.load()
    gate = Gate.load(by_address, ticket_settings)
    mails = []
    for address, counted in by_address.items():
        user = people.get(address)
        if gate.refuses(Copy(Outbox.Kind.NOTICE_SUMMARY, address, "", to_staff=True)):
            continue
        if user is None and address != ticket_settings.admin_email:
            continue
        tickets = Ticket.objects.visible_to(user) if user else Ticket.objects.all()
        if found := _listed(tickets, counted):
            mails.append(_mail(address, user, found, counted))
    return mails


def _listed(tickets: TicketQuerySet, counted: Iterable[int]) -> list[Ticket]:
    return list(tickets.filter(pk__in=list(counted)).only("pk", "subject").order_by("-updated_at", "-pk"))


def _mail(address: str, user: User | None, tickets: Sequence[Ticket], counted: Counter[int]) -> Outbox:
    language = (user and user.language) or settings.LANGUAGE_CODE
    mail = render_mail(Outbox.Kind.NOTICE_SUMMARY, language, _values(tickets, counted))
    name = user.get_full_name() if user else ""
    return outgoing(Outbox.Kind.NOTICE_SUMMARY, address, mail, name=name, language=language, to_staff=True)


def _values(tickets: Sequence[Ticket], counted: Counter[int]) -> dict[str, Any]:
    return {
        "notices": sum(counted[ticket.pk] for ticket in tickets),
        "count": len(tickets),
        "tickets": [
            {
                "tag": references.tag(ticket.number),
                "subject": ticket.subject,
                "notices": counted[ticket.pk],
                "url": f"{settings.SITE_URL}{ticket.get_absolute_url()}",
            }
            for ticket in tickets[:SHOWN]
        ],
        "more": max(0, len(tickets) - SHOWN),
        "url": f"{settings.SITE_URL}{reverse('tickets:list')}",
    }
