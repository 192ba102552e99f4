"""Pages of the Django admin that open with a hundred thousand rows, and leave history as it is."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class LargeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """A table that grows without end: found rows are counted, all rows are not."""

    show_full_result_count = False
    list_per_page = 50

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What belongs to a deleted row goes with it, history that is otherwise only read included."""
        to_delete, counts, _not_permitted, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected


class RecordAdmin(LargeAdmin):
    """Rows that the program writes and people only read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
