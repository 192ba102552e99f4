"""The filters and the table of the list of users."""

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.cells import FILL, SMALL, Cell
from helpdesk.ui.filters import chooser, search_field
from helpdesk.ui.markup import avatar
from recipients.models import Role, User


class UserFilter(django_filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    text = django_filters.CharFilter(method="containing", widget=search_field(_("Name or address")))
    role = django_filters.ChoiceFilter(choices=Role.choices, empty_label=_("All roles"), widget=chooser(_("Role")))

    class Meta:
        model = User
        fields: list[str] = []

    def containing(self, rows: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        return rows.filter(Q(email__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text))


class UserTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Everybody who signs in."""

    first_name = tables.Column(
        empty_values=(), order_by=("first_name", "last_name", "email"), verbose_name=_("Name"), attrs=FILL
    )
    email = tables.Column(verbose_name=_("Email address"))
    role = tables.Column(orderable=False, attrs=SMALL)
    partner = tables.Column(orderable=False, default=_("Any"), attrs=SMALL)
    is_active = Cell("recipients/users/_active.html", orderable=False, verbose_name=_("State"), attrs=SMALL)

    class Meta:
        model = User
        fields = ("first_name", "email", "role", "partner", "is_active")
        order_by = "first_name"
        attrs = {"id": "users", "aria_label": _("Users")}

    def render_first_name(self, record: User) -> SafeString:
        return format_html(
            '<span class="person">{}<a class="row-link truncate" href="{}">{}</a></span>',
            avatar(str(record), "small"),
            reverse("settings:user", args=[record.pk]),
            record,
        )
