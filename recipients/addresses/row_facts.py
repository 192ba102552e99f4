"""What does the list of recipients show that is not written on their rows? Tickets and deny rules, a page at a time."""

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import Count, QuerySet

from recipients.addresses.deny_list import address_rules, denied_by
from recipients.models import DenyRule, Recipient, User


class Facts:
    """Puts `ticket_count` and `denied_by` on recipients: one query for the rules, one a page for the tickets.

    Only what `columns` shows is asked for.
    """

    def __init__(self, user: User, columns: Iterable[str]) -> None:
        columns = set(columns)
        self.user = user
        self.counts = "tickets" in columns
        self.rules: list[DenyRule] = address_rules() if columns & {"denied", "denied_by"} else []

    def add_to(self, recipients: Iterable[Recipient]) -> None:
        recipients = list(recipients)
        counts = ticket_counts(recipients, self.user) if self.counts else {}
        denying = denied_by((recipient.address for recipient in recipients), self.rules)
        for recipient in recipients:
            row = cast(Any, recipient)
            row.ticket_count = counts.get(recipient.pk, 0)
            row.denied_by = denying.get(recipient.address)


def ticket_counts(recipients: Iterable[Recipient], user: User) -> dict[int, int]:
    """How many tickets that `user` may see each of `recipients` has asked for; those without any are left out."""
    pks = [recipient.pk for recipient in recipients]
    # The address book does not import the work; it asks by the relation that points back at it.
    tickets: QuerySet[Any] = cast(Any, Recipient._meta.get_field("tickets").related_model)._default_manager.all()
    visible = cast(Any, tickets).visible_to(user).filter(requester__in=pks)
    return dict(visible.order_by().values_list("requester").annotate(Count("pk")))
