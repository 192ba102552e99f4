"""The mail that tells a customer's profile Email that their authorised senders changed, whoever changed them.

`recipients` writes down each change; a beat reads what nobody was told of yet. Changes of a few seconds are one
mail, and what was taken back meanwhile is none.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from helpdesk.wording.liquid import render_mail
from recipients.addressing.normalise import display
from recipients.models import AuthorisedSender, AuthorisedSendersChange, Branding, Customer, CustomerAddress
from tickets.models import Outbox, Queue, TicketSettings
from tickets.notifications.audience import Copy
from tickets.notifications.gate import Gate, Withheld
from tickets.notifications.outgoing import outgoing

#: So long a change waits for another one that belongs to it.
PAUSE = timedelta(seconds=10)
#: Customers that are told at once; what is left then is for the next beat.
AT_ONCE = 200
#: Entries that a mail lists, added and removed ones each.
SHOWN = 200


def tell_due() -> int:
    """Write the mails about changes that nobody was told of; how many. Several workers may call it at once."""
    with transaction.atomic():
        changes = _claim()
        by_customer: dict[Customer, list[AuthorisedSendersChange]] = {}
        for change in changes:
            by_customer.setdefault(change.customer.merged_into or change.customer, []).append(change)
        mails, waiting = _write([_Notice.about(customer, of) for customer, of in by_customer.items()])
        told = [change.pk for change in changes if change not in waiting]
        AuthorisedSendersChange.objects.filter(pk__in=told).update(told_at=timezone.now())
        Outbox.objects.bulk_create(mails)
    return len(mails)


def _claim() -> list[AuthorisedSendersChange]:
    """All untold changes of the customers who wait longest, locked. The oldest first."""
    due = AuthorisedSendersChange.objects.filter(told_at=None, at__lte=timezone.now() - PAUSE)
    customers = due.order_by().values("customer").annotate(first=Min("at")).order_by("first")
    wanted = [each["customer"] for each in customers[:AT_ONCE]]
    if not wanted:
        return []
    rows = due.filter(customer__in=wanted).select_related("customer__merged_into", "by").order_by("at", "pk")
    return list(rows.select_for_update(skip_locked=True, of=("self",)))


@dataclass(frozen=True, slots=True)
class _Notice:
    """What one customer is told: the difference that several changes make together."""

    customer: Customer
    changes: Sequence[AuthorisedSendersChange]
    added: Sequence[str]
    removed: Sequence[str]
    confirmed: Sequence[str]

    @classmethod
    def about(cls, customer: Customer, changes: Sequence[AuthorisedSendersChange]) -> "_Notice":
        added: dict[str, None] = {}
        removed: dict[str, None] = {}
        confirmed: dict[str, None] = {}
        for change in changes:
            for values, here, there in ((change.removed, removed, added), (change.added, added, removed)):
                for value in values:
                    if value in there:
                        del there[value]
                    else:
                        here[value] = None
            confirmed |= dict.fromkeys(change.confirmed)
        return cls(customer, changes, list(added), list(removed), [each for each in confirmed if each not in removed])


def _write(notices: Iterable[_Notice]) -> tuple[list[Outbox], list[AuthorisedSendersChange]]:
    """The unsaved mails, and the changes that have to wait until their address may get automatic mail again."""
    notices = [notice for notice in notices if notice.added or notice.removed or notice.confirmed]
    if not notices:
        return [], []
    queue, addresses = Queue.objects.filter(is_default=True).first() or Queue(), _profile_emails(notices)
    waiting_entries = _waiting(notices)
    gate = Gate.load(addresses.values(), TicketSettings.load())
    mails: list[Outbox] = []
    waiting: list[AuthorisedSendersChange] = []
    for notice in notices:
        if address := addresses.get(notice.customer.pk):
            refused = gate.refuses(Copy(Outbox.Kind.SENDERS_CHANGED, address, notice.customer.name))
            if refused is Withheld.TOO_MANY:
                waiting += notice.changes
            elif not refused:
                mails.append(_mail(notice, address, queue, waiting_entries.get(notice.customer.pk, set())))
    return mails, waiting


def _profile_emails(notices: Iterable[_Notice]) -> dict[int, str]:
    rows = CustomerAddress.objects.filter(customer__in=[notice.customer for notice in notices], is_primary=True)
    return dict(rows.values_list("customer", "address"))


def _waiting(notices: Iterable[_Notice]) -> dict[int, set[str]]:
    """Customer → what they have listed and what waits for an agent."""
    found: dict[int, set[str]] = {}
    rows = AuthorisedSender.objects.waiting().filter(customer__in=[notice.customer for notice in notices])
    for customer, value in rows.values_list("customer", "value"):
        found.setdefault(customer, set()).add(value)
    return found


def _mail(notice: _Notice, address: str, queue: Queue, waiting: Set[str]) -> Outbox:
    language = notice.customer.language or queue.language
    with translation.override(language):
        mail = render_mail(Outbox.Kind.SENDERS_CHANGED, language, _values(notice, queue, waiting))
    return outgoing(Outbox.Kind.SENDERS_CHANGED, address, mail, name=notice.customer.name, language=language)


def _values(notice: _Notice, queue: Queue, waiting: Set[str]) -> dict[str, Any]:
    last = timezone.localtime(notice.changes[-1].at, ZoneInfo(queue.time_zone))
    return {
        "company": Branding.current().for_mails,
        "customer": notice.customer.name,
        "who": ", ".join(dict.fromkeys(change.who_to_customers for change in notice.changes)),
        "changed_at": date_format(last, "DATETIME_FORMAT"),
        "added": _shown([value for value in notice.added if value not in {*waiting, *notice.confirmed}]),
        "waiting": _shown([value for value in notice.added if value in waiting]),
        "confirmed": _shown(notice.confirmed),
        "removed": _shown(notice.removed),
        "url": settings.SITE_URL + reverse("portal_account:edit_customer", args=[notice.customer.pk]),
    }


def _shown(values: Sequence[str]) -> list[str]:
    more = [f"… (+{len(values) - SHOWN})"] if len(values) > SHOWN else []
    return [*map(display, values[:SHOWN]), *more]
