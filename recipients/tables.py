"""Which columns do the lists of people and addresses have?"""

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from recipients.models import Customer, Recipient, User

FILL = {"td": {"class": "fill"}}
SMALL = {"td": {"class": "nowrap"}}
WIDE_ONLY = {"td": {"class": "col-optional nowrap"}, "th": {"class": "col-optional"}}


class RecipientTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every address we have exchanged mail with (R01)."""

    address = tables.TemplateColumn('<span class="truncate">{{ record.display_address }}</span>', attrs=FILL)
    name = tables.Column(orderable=False, verbose_name=_("Sender name"))
    customer = tables.TemplateColumn(
        '{% if value %}<a href="{% url "customers:detail" value.pk %}">{{ value }}</a>{% endif %}',
        orderable=False,
        verbose_name=_("Paired with"),
    )
    marks = tables.TemplateColumn(
        template_name="recipients/_marks.html", empty_values=(), orderable=False, verbose_name=_("Marks")
    )
    last_seen_at = tables.TemplateColumn(
        "{% load helpdesk_ui %}{{ value|relative }}", verbose_name=_("Last mail"), attrs=SMALL
    )

    class Meta:
        model = Recipient
        fields = ("address", "name", "customer", "marks", "last_seen_at")
        order_by = "-last_seen_at"
        attrs = {"id": "recipients", "aria_label": _("Recipients")}


class CustomerTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Every customer, in the order of names."""

    name = tables.TemplateColumn(
        '<a class="row-link truncate" href="{% url "customers:detail" record.pk %}">{{ value }}</a>', attrs=FILL
    )
    email_address = tables.Column(orderable=False, verbose_name=_("E-mail"))
    company = tables.Column(orderable=False)
    kind = tables.TemplateColumn(
        template_name="recipients/_kind.html", orderable=False, verbose_name=_("Kind"), attrs=SMALL
    )
    partner = tables.Column(orderable=False, attrs=WIDE_ONLY)
    number = tables.Column(orderable=False, verbose_name=_("Number"), attrs=WIDE_ONLY)

    class Meta:
        model = Customer
        fields = ("name", "email_address", "company", "kind", "partner", "number")
        order_by = "name"
        attrs = {"id": "customers", "aria_label": _("Customers")}


class UserTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Everybody who signs in."""

    first_name = tables.TemplateColumn(
        '{% load helpdesk_ui %}<span class="person">{% avatar record "small" %}'
        '<a class="row-link truncate" href="{% url "settings:user" record.pk %}">{{ record }}</a></span>',
        empty_values=(),
        order_by=("first_name", "last_name", "email"),
        verbose_name=_("Name"),
        attrs=FILL,
    )
    email = tables.Column(verbose_name=_("E-mail address"))
    role = tables.Column(orderable=False)
    partner = tables.Column(orderable=False, default=_("Any"))
    is_active = tables.TemplateColumn(
        template_name="recipients/_active.html", orderable=False, verbose_name=_("State"), attrs=SMALL
    )

    class Meta:
        model = User
        fields = ("first_name", "email", "role", "partner", "is_active")
        order_by = "first_name"
        attrs = {"id": "users", "aria_label": _("Users")}
