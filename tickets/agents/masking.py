"""What recognition wrote down, as an agent may read it: customers of other partners have no name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recipients.models import Customer, User
from recipients.users.access import visible_customers

SOMEBODY = _("a customer you cannot see")


def masked(matches: Sequence[Mapping[str, Any]], user: User) -> list[dict[str, Any]]:
    """`matches` (each `Match.as_json`, or empty) without the names of customers whom `user` may not see.

    One query; none for those who see every partner.
    """
    if user.sees_every_partner:
        return [dict(match) for match in matches]
    seen = seen_by(user, (number for match in matches for number in _named(match)))
    return [_masked(match, seen) for match in matches]


def seen_by(user: User, customers: Iterable[int]) -> set[int]:
    """Those of `customers` that `user` may see, or that were merged into one of these. One query, none for none."""
    wanted = set(customers)
    if not wanted:
        return set()
    seen = visible_customers(user).order_by()
    found = Customer.objects.order_by().filter(Q(pk__in=seen) | Q(merged_into__in=seen), pk__in=wanted)
    return set(found.values_list("pk", flat=True))


def _named(match: Mapping[str, Any]) -> Iterator[int]:
    alike, candidates = match.get("lookalike") or {}, match.get("candidates") or ()
    numbers = (match.get("customer"), match.get("company"), alike.get("customer"), *(c["customer"] for c in candidates))
    return (number for number in numbers if number is not None)


def _masked(match: Mapping[str, Any], seen: set[int]) -> dict[str, Any]:
    values, somebody = dict(match), str(SOMEBODY)
    for name in ("customer", "company"):
        if values.get(name) not in (None, *seen):
            values[f"{name}_name"] = somebody
    if (alike := values.get("lookalike")) and alike.get("customer") not in (None, *seen):
        values["lookalike"] = {**alike, "customer_name": somebody}
    if candidates := values.get("candidates"):
        hidden = [each if each["customer"] in seen else {**each, "name": somebody} for each in candidates]
        values["candidates"] = hidden
    return values
