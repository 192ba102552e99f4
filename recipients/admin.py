"""Recipients under `/admin/`: every row, for super administrators. Customers and users are in `tickets.admin`."""

from django.contrib import admin
from django.http import HttpRequest

from helpdesk.ui.admin import LargeAdmin, RecordAdmin
from recipients.models import (
    AuthorisedSender,
    AuthorisedSendersChange,
    Batch,
    Branding,
    CustomerAddress,
    CustomerMerge,
    DenyRule,
    OwnAddress,
    Pairing,
    Partner,
    PortalAccount,
    Recipient,
    RecipientChange,
    RecognitionSettings,
    SignInLink,
)


@admin.register(Partner)
class PartnerAdmin(LargeAdmin):
    search_fields = ["name"]


@admin.register(CustomerAddress)
class CustomerAddressAdmin(LargeAdmin):
    list_display = ["address", "customer", "is_primary"]
    list_select_related = ["customer"]
    search_fields = ["address"]
    autocomplete_fields = ["customer"]


@admin.register(Recipient)
class RecipientAdmin(LargeAdmin):
    list_display = ["address", "name", "customer", "shared", "banned", "undeliverable", "last_seen_at"]
    list_filter = ["shared", "banned", "undeliverable"]
    list_select_related = ["customer"]
    search_fields = ["address", "name"]
    autocomplete_fields = ["customer"]


@admin.register(AuthorisedSender)
class AuthorisedSenderAdmin(RecordAdmin):
    """Edited on the customer's page alone, where entries are checked and the customer is told of the change."""

    list_display = ["value", "kind", "customer", "created_at", "unconfirmed_since"]
    list_select_related = ["customer"]
    search_fields = ["value"]


@admin.register(AuthorisedSendersChange)
class AuthorisedSendersChangeAdmin(RecordAdmin):
    list_display = ["at", "customer", "added", "removed", "confirmed", "who", "told_at"]
    list_display_links = ["customer"]
    list_select_related = ["customer", "by"]
    search_fields = ["customer__name", "by_address"]


@admin.register(PortalAccount)
class PortalAccountAdmin(RecordAdmin):
    list_display = ["address", "has_password", "language", "created_at", "signed_in_at"]
    search_fields = ["address"]
    exclude = ["password"]


@admin.register(SignInLink)
class SignInLinkAdmin(RecordAdmin):
    """The links themselves are kept nowhere."""

    list_display = ["created_at", "address", "expires_at", "used_at"]
    list_display_links = ["address"]
    search_fields = ["address"]


@admin.register(DenyRule)
class DenyRuleAdmin(LargeAdmin):
    list_display = ["where", "how", "text", "is_active", "hits", "last_hit_at"]
    list_display_links = ["text"]
    list_filter = ["where", "is_active"]
    search_fields = ["text"]
    readonly_fields = ["hits", "last_hit_at"]


@admin.register(Branding)
class BrandingAdmin(LargeAdmin):
    list_display = ["__str__", "name", "colour"]
    exclude = ["logo"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(RecognitionSettings)
class RecognitionSettingsAdmin(LargeAdmin):
    list_display = ["__str__", "preference", "domain_counts_as_valid"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(OwnAddress)
class OwnAddressAdmin(RecordAdmin):
    """Follows the addresses of the mailboxes."""

    search_fields = ["address"]


@admin.register(Pairing)
class PairingAdmin(RecordAdmin):
    list_display = ["recipient", "customer", "started_at", "started_by", "ended_at", "ended_by"]
    list_select_related = ["recipient", "customer", "started_by", "ended_by"]
    search_fields = ["recipient__address", "customer__name"]


@admin.register(Batch)
class BatchAdmin(RecordAdmin):
    list_display = ["at", "kind", "by"]
    list_filter = ["kind"]
    list_select_related = ["by"]


@admin.register(RecipientChange)
class RecipientChangeAdmin(RecordAdmin):
    list_display = ["batch", "recipient", "batch__by", "undone_at"]
    list_display_links = ["recipient"]
    list_filter = ["batch__kind"]
    list_select_related = ["batch__by", "recipient"]
    search_fields = ["recipient__address"]


@admin.register(CustomerMerge)
class CustomerMergeAdmin(RecordAdmin):
    list_display = ["batch", "survivor", "merged", "batch__by", "undone_at"]
    list_display_links = ["survivor"]
    list_select_related = ["batch__by", "survivor", "merged"]
    search_fields = ["survivor__name", "merged__name"]
