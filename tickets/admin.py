"""The work under `/admin/`: every row, for super administrators; what was said and what happened stays as it is."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from helpdesk.ui.admin import LargeAdmin, RecordAdmin
from recipients.models import Customer, CustomerAddress, User
from recipients.users.accounts import forget_old_addresses
from tickets.conversation.unassigning import follow_customers, follow_user, unassign_unseen
from tickets.customers.delete_customers import delete
from tickets.models import (
    Attachment,
    CannedReply,
    Category,
    Comment,
    CustomField,
    Draft,
    Event,
    HolidayCalendar,
    MailReference,
    Outbox,
    PrimaryRequest,
    PriorityLevel,
    Queue,
    Rating,
    RequestRead,
    Rule,
    RuleRun,
    ServiceLevel,
    ServiceTime,
    Substatus,
    Tag,
    Ticket,
    TicketChange,
    TicketMerge,
    TicketMove,
    TicketSettings,
    TopicFollower,
    VerificationRequest,
    WithheldNotice,
    Wording,
)


class KeptAdmin(LargeAdmin):
    """Rows of which something is kept: those that are deleted together are not asked to."""

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        self.model.forget()


@admin.register(Queue)
class QueueAdmin(LargeAdmin):
    list_display = ["name", "is_default", "language", "unknown_senders", "confirmation", "sender"]
    search_fields = ["name"]
    autocomplete_fields = ["agents"]

    def save_related(self, request: HttpRequest, form: "ModelForm[Queue]", formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        unassign_unseen(Ticket.objects.filter(queue=form.instance), by=_who(request))


@admin.register(TicketSettings)
class TicketSettingsAdmin(LargeAdmin):
    list_display = ["__str__", "notifications", "admin_email", "reply_sender_check"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(CannedReply)
class CannedReplyAdmin(KeptAdmin):
    list_display = ["name", "owner", "status", "used"]
    search_fields = ["name"]


@admin.register(Wording)
class WordingAdmin(RecordAdmin):
    list_display = ["queue", "kind", "language", "at", "by"]


@admin.register(HolidayCalendar)
class HolidayCalendarAdmin(LargeAdmin):
    list_display = ["name", "country", "region", "renewed_at"]
    search_fields = ["name"]


@admin.register(ServiceLevel)
class ServiceLevelAdmin(KeptAdmin):
    list_display = ["name", "is_active", "customer", "category", "queue", "round_the_clock"]
    list_select_related = ["customer", "category", "queue"]
    search_fields = ["name"]
    autocomplete_fields = ["customer"]


@admin.register(ServiceTime)
class ServiceTimeAdmin(LargeAdmin):
    list_display = ["service_level", "priority", "assignment", "response", "resolution"]
    list_select_related = ["service_level"]
    search_fields = ["service_level__name"]


@admin.register(Substatus)
class SubstatusAdmin(KeptAdmin):
    list_display = ["name", "status", "who", "is_active"]
    search_fields = ["name"]


@admin.register(Rule)
class RuleAdmin(LargeAdmin):
    list_display = ["name", "trigger", "position", "is_active", "hits", "last_hit_at"]
    search_fields = ["name"]


@admin.register(RuleRun)
class RuleRunAdmin(LargeAdmin):
    list_display = ["rule", "ticket", "at"]
    list_select_related = ["rule", "ticket"]


@admin.register(Rating)
class RatingAdmin(LargeAdmin):
    list_display = ["ticket", "verdict", "asked_at", "answered_at"]
    list_select_related = ["ticket"]
    raw_id_fields = ["ticket"]


@admin.register(CustomField)
class CustomFieldAdmin(KeptAdmin):
    list_display = ["name", "about", "kind", "is_active"]
    search_fields = ["name"]

    def get_readonly_fields(self, request: HttpRequest, obj: CustomField | None = None) -> list[str]:
        """What is stored is read by them."""
        return ["about", "kind"] if obj else []


@admin.register(Category)
class CategoryAdmin(KeptAdmin):
    list_display = ["path", "is_active"]
    search_fields = ["path"]


@admin.register(PriorityLevel)
class PriorityLevelAdmin(KeptAdmin):
    list_display = ["level", "name", "colour"]


@admin.register(Tag)
class TagAdmin(LargeAdmin):
    search_fields = ["name"]


@admin.register(Ticket)
class TicketAdmin(LargeAdmin):
    list_display = ["id", "subject", "status", "priority", "queue", "customer", "assignee", "updated_at"]
    list_display_links = ["id", "subject"]
    list_filter = ["status", "priority", "queue"]
    list_select_related = ["queue", "customer", "assignee"]
    search_fields = ["=id", "subject"]
    autocomplete_fields = ["queue", "assignee", "requester", "customer", "participants", "tags"]
    raw_id_fields = ["follow_up_of", "merged_into"]
    readonly_fields = ["match", "verdict", "created_at", "updated_at"]


class CustomerAddressInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CustomerAddress
    extra = 1


@admin.register(Customer)
class CustomerAdmin(LargeAdmin):
    """Here because who deletes a customer changes tickets, too."""

    list_display = ["name", "kind", "is_company", "company", "partner", "number"]
    list_filter = ["kind", "is_company"]
    list_select_related = ["company", "partner"]
    search_fields = ["name", "number", "addresses__address"]
    autocomplete_fields = ["company", "partner"]
    readonly_fields = ["added_automatically", "created_at"]
    inlines = [CustomerAddressInline]

    def save_model(self, request: HttpRequest, obj: Customer, form: "ModelForm[Customer]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change:
            follow_customers([obj.pk], _who(request))

    def delete_model(self, request: HttpRequest, obj: Customer) -> None:
        delete(Customer.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        delete(queryset)


@admin.register(User)
class UserAdmin(LargeAdmin):
    """Passwords are set in the settings, by a link or typed; here they are neither shown nor asked for."""

    list_display = ["email", "first_name", "last_name", "role", "partner", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    list_select_related = ["partner"]
    search_fields = ["email", "first_name", "last_name"]
    readonly_fields = ["last_login", "date_joined"]
    exclude = ["password"]

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        forget_old_addresses(obj)
        follow_user(obj, by=_who(request))


@admin.register(Comment)
class CommentAdmin(RecordAdmin):
    list_display = ["id", "ticket", "kind", "author_address", "agent", "is_public", "is_held", "created_at"]
    list_filter = ["kind", "is_held"]
    list_select_related = ["ticket", "agent"]
    search_fields = ["=ticket__id", "=author_address"]
    ordering = ["-pk"]


@admin.register(Attachment)
class AttachmentAdmin(RecordAdmin):
    list_display = ["name", "type", "size", "comment_id", "inline"]
    search_fields = ["name", "=sha256"]
    ordering = ["-pk"]


@admin.register(Draft)
class DraftAdmin(RecordAdmin):
    list_display = ["ticket", "author", "visitor", "is_note", "updated_at"]
    list_select_related = ["ticket", "author", "visitor"]
    search_fields = ["=ticket__id"]


@admin.register(RequestRead)
class RequestReadAdmin(RecordAdmin):
    list_display = ["ticket", "account", "read_at"]
    list_select_related = ["ticket", "account"]
    search_fields = ["=ticket__id", "account__address"]


@admin.register(TopicFollower)
class TopicFollowerAdmin(RecordAdmin):
    list_display = ["ticket", "recipient", "is_on", "at"]
    list_select_related = ["ticket", "recipient"]
    search_fields = ["=ticket__id", "recipient__address"]


@admin.register(MailReference)
class MailReferenceAdmin(RecordAdmin):
    list_display = ["digest", "ticket_id", "comment_id"]
    search_fields = ["=digest", "=ticket__id"]
    ordering = ["-pk"]


@admin.register(Event)
class EventAdmin(RecordAdmin):
    list_display = ["at", "ticket", "kind", "agent", "recipient"]
    list_filter = ["kind"]
    list_select_related = ["ticket", "agent", "recipient"]
    search_fields = ["=ticket__id"]
    ordering = ["-pk"]


@admin.register(TicketChange)
class TicketChangeAdmin(RecordAdmin):
    list_display = ["ticket", "before", "after", "undone_at"]
    list_select_related = ["ticket"]
    search_fields = ["=ticket__id"]
    ordering = ["-pk"]


@admin.register(TicketMerge)
class TicketMergeAdmin(RecordAdmin):
    list_display = ["ticket", "survivor", "undone_at"]
    list_select_related = ["ticket", "survivor"]
    search_fields = ["=ticket__id", "=survivor__id"]
    ordering = ["-pk"]


@admin.register(TicketMove)
class TicketMoveAdmin(RecordAdmin):
    list_display = ["ticket", "pairing", "undone_at"]
    list_select_related = ["ticket", "pairing__recipient", "pairing__customer"]
    search_fields = ["=ticket__id"]
    ordering = ["-pk"]


@admin.register(VerificationRequest)
class VerificationRequestAdmin(RecordAdmin):
    """The link itself is in the mail alone."""

    list_display = ["created_at", "ticket_id", "address", "expires_at", "used_at"]
    list_display_links = ["address"]
    search_fields = ["=ticket__id", "=address"]
    ordering = ["-pk"]


@admin.register(PrimaryRequest)
class PrimaryRequestAdmin(RecordAdmin):
    list_display = ["asked_at", "ticket_id", "address", "asked_by", "fulfilled_at"]
    list_display_links = ["address"]
    list_select_related = ["asked_by"]
    search_fields = ["=ticket__id", "=address"]
    ordering = ["-pk"]


@admin.register(WithheldNotice)
class WithheldNoticeAdmin(RecordAdmin):
    list_display = ["at", "ticket_id", "address"]
    list_display_links = ["address"]
    search_fields = ["=ticket__id", "=address"]
    ordering = ["-pk"]


@admin.register(Outbox)
class OutboxAdmin(RecordAdmin):
    """Frozen when it was written; sending again and not sending have their buttons in the outbox."""

    list_display = ["created_at", "kind", "recipient", "subject", "state", "sent_at"]
    list_display_links = ["subject"]
    list_filter = ["state", "kind"]
    search_fields = ["=recipient", "=ticket__id", "subject"]


def _who(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
