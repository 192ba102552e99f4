"""Mailboxes and the mail log under `/admin/`: every row, for super administrators; the ledger is only read."""

from django.contrib import admin
from django.http import HttpRequest

from helpdesk.ui.admin import LargeAdmin, RecordAdmin
from mailboxes.models import Address, InboundEmail, LeftMessage, Mailbox, OAuthAccount, Pulse, SendingDomain

#: Where, as whom and how a mailbox is signed in to.
SIGNED_IN_TO = [
    "protocol",
    "sign_in",
    "imap_host",
    "imap_port",
    "imap_security",
    "imap_username",
    "outgoing",
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_username",
    "certificate_authority",
]


class AddressInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    model = Address
    extra = 0
    autocomplete_fields = ["queue"]


@admin.register(Mailbox)
class MailboxAdmin(LargeAdmin):
    """Passwords are typed in the settings, where the connection is tested too; here they are never shown.

    Nor are the servers changed here that a stored password, or a token, is handed to.
    """

    list_display = ["name", "is_default", "is_active", "state", "state_since", "fetched_at", "failures"]
    search_fields = ["name", "addresses__address"]
    exclude = ["imap_password", "smtp_password"]
    readonly_fields = ["state", "state_message", "state_since", "fetched_at", "uidvalidity", "last_uid"]
    inlines = [AddressInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Mailbox | None = None) -> list[str]:
        return [*self.readonly_fields, *(SIGNED_IN_TO if obj else ())]


@admin.register(Address)
class AddressAdmin(LargeAdmin):
    list_display = ["address", "name", "mailbox", "is_main", "queue"]
    list_select_related = ["mailbox", "queue"]
    search_fields = ["address", "name"]
    autocomplete_fields = ["mailbox", "queue"]


@admin.register(InboundEmail)
class InboundEmailAdmin(RecordAdmin):
    list_display = ["fetched_at", "author", "subject", "outcome", "mailbox", "ticket_number", "size"]
    list_display_links = ["fetched_at", "subject"]
    list_filter = ["outcome", "source", "mailbox"]
    list_select_related = ["mailbox"]
    search_fields = ["=author", "=ticket_number", "subject"]


@admin.register(OAuthAccount)
class OAuthAccountAdmin(RecordAdmin):
    """The state of a sign-in, without its secrets."""

    list_display = ["mailbox", "grant", "connected_as", "refreshed_at", "expires_at", "secret_expires_on"]
    list_select_related = ["mailbox"]
    exclude = ["client_secret", "access_token", "refresh_token", "claim"]


@admin.register(SendingDomain)
class SendingDomainAdmin(LargeAdmin):
    list_display = ["domain", "is_trusted", "is_fit", "checked_at"]
    search_fields = ["domain"]


@admin.register(LeftMessage)
class LeftMessageAdmin(RecordAdmin):
    list_display = ["mailbox", "uid"]
    list_select_related = ["mailbox"]


@admin.register(Pulse)
class PulseAdmin(RecordAdmin):
    list_display = ["name", "at"]
