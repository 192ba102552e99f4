"""The columns of a list that somebody wants to see, kept with the user (R32)."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from django_tables2 import Table


class Chooser(Protocol):
    """Who chooses. `columns`: name of a list → the names of the columns to show; saved as a model is."""

    columns: Any

    def save(self, *, update_fields: Iterable[str]) -> None: ...


def chosen(user: Chooser, table: str, offered: Mapping[str, bool]) -> list[str]:
    """Those of the `offered` columns (name → shown until somebody chooses) that `user` sees, in the order offered."""
    kept = user.columns.get(table)
    if kept is None:
        return [name for name, shown in offered.items() if shown]
    return [name for name in offered if name in kept]


def hide(table: Table, names: Iterable[str]) -> None:
    """Show `table` without these columns. It is still sorted by them: the order of a list is often that of one."""
    for name in names:
        table.columns.hide(name)


def may_fold(user: Chooser, table: str, columns: Iterable[str]) -> tuple[str, ...]:
    """Those of `columns` that are left out of a page on which they say nothing: none once `user` has chosen columns."""
    return tuple(columns) if user.columns.get(table) is None else ()


def choose(user: Chooser, table: str, offered: Mapping[str, bool], names: Iterable[str]) -> None:
    """Keep for `user` which of the `offered` columns to show."""
    wanted = set(names)
    user.columns = {**user.columns, table: [name for name in offered if name in wanted]}
    user.save(update_fields=["columns"])
