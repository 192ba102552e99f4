"""What do the pages of the Django admin share? They open with a hundred thousand rows, and leave history as it is."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class LargeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """A table that grows without end: found rows are counted, all rows are not."""

    show_full_result_count = False
    list_per_page = 50


class RecordAdmin(LargeAdmin):
    """Rows that the program writes and people only read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
