"""Which columns of a list does somebody want to see? Kept with the user, for every list alike (R32)."""

from collections.abc import Iterable, Mapping

from recipients.models import User


def chosen(user: User, table: str, offered: Mapping[str, bool]) -> list[str]:
    """Those of the `offered` columns (name → shown until somebody chooses) that `user` sees, in the order offered."""
    kept = user.columns.get(table)
    if kept is None:
        return [name for name, shown in offered.items() if shown]
    return [name for name in offered if name in kept]


def choose(user: User, table: str, offered: Mapping[str, bool], names: Iterable[str]) -> None:
    """Keep for `user` which of the `offered` columns to show."""
    wanted = set(names)
    user.columns = {**user.columns, table: [name for name in offered if name in wanted]}
    user.save(update_fields=["columns"])
