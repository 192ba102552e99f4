"""Addresses of the settings about people, in the namespace `settings`."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import path, reverse_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.pages import DeletePage, FormPage, Link, ShortListPage
from recipients.models import Customer, Partner, User
from recipients.portal.branding import branding
from recipients.users import views
from recipients.users.access import administrator_of_all_required, administrator_required


def _number_of(rows: QuerySet[Any]) -> Coalesce:
    """How many of `rows` a partner has. Counted apart: joined, every customer would be met once for every user."""
    counted = rows.order_by().filter(partner=OuterRef("pk")).values("partner").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


partners = administrator_of_all_required(
    ShortListPage.as_view(
        queryset=Partner.objects.annotate(
            customer_count=_number_of(Customer.objects.all()), user_count=_number_of(User.objects.all())
        ),
        template_name="recipients/users/partner_list.html",
        title=_("Partners"),
        link=Link("settings:partner_add", _("New partner"), "plus"),
        icon="handshake",
        nothing=_("No partners"),
        nothing_text=_(
            "Partners are branches or resellers. An agent with a partner sees only the tickets of that "
            "partner's customers."
        ),
    )
)
partner = administrator_of_all_required(
    FormPage.as_view(
        model=Partner,
        fields=["name"],
        success_url=reverse_lazy("settings:partners"),
        list_title=_("Partners"),
        new_title=_("New partner"),
        edit_title=_("Edit partner"),
        saved=_("%(partner)s was saved."),
    )
)
partner_delete = administrator_of_all_required(
    DeletePage.as_view(
        model=Partner,
        success_url=reverse_lazy("settings:partners"),
        deleted=_("%(partner)s was deleted."),
        refused=_("%(partner)s still has customers or users; give them another partner first."),
    )
)

urlpatterns = [
    path("company/", branding, name="company"),
    path("users/", administrator_required(views.UserList.as_view()), name="users"),
    path("users/<int:pk>/password/", views.user_password, name="user_password"),
    path("users/<int:pk>/invite/", views.user_invite, name="user_invite"),
    path("partners/", partners, name="partners"),
    path("partners/new/", partner, name="partner_add"),
    path("partners/<int:pk>/", partner, name="partner"),
    path("partners/<int:pk>/delete/", partner_delete, name="partner_delete"),
]
