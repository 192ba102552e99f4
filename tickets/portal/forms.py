"""The forms of the portal's pages about tickets."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from recipients.matching.match import Match
from recipients.models import Customer, RecognitionSettings
from recipients.portal.access import Visitor
from tickets.drafts import files
from tickets.drafts.drafts import new_key
from tickets.drafts.files import AttachingForm, FilesField, FilesForm
from tickets.drafts.upload_quota import with_quota
from tickets.intake.by_visitor import written_by
from tickets.intake.visitor_mail import PortalMail
from tickets.models import Comment, Draft, Queue
from tickets.text import richtext


def most_bytes() -> int:
    """Bytes of all files of one message: what a mail of the largest size that is taken could carry."""
    largest: int = settings.MAX_MESSAGE_BYTES
    return min(files.most_bytes(), largest * 3 // 4)


#: Views take no more from visitors: what is more is not even kept for a moment.
within_quota = with_quota(most_bytes)


class PortalFilesForm(FilesForm):
    """Files that a visitor sends while they still write."""

    files = FilesField(label=_("Files"), required=False, most_bytes=most_bytes)


class AnswerForm(PortalFilesForm, AttachingForm):
    """A message on a ticket. `key` names the form, so that what is sent twice is written once."""

    text = forms.CharField(
        label=_("Your message"),
        required=False,
        max_length=limits.VISITOR_CHARACTERS.amount,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={
            "required": _("Write a message first."),
            "max_length": limits.VISITOR_CHARACTERS.told,
        },
    )
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    field_order: Sequence[str] = ("text", "files", "key")

    def __init__(self, request: HttpRequest, draft: Draft | None = None, **kwargs: Any) -> None:
        super().__init__(request, draft, **kwargs)
        self.initial["key"] = (draft.key if draft else "") or new_key()
        if draft:
            typed = {"text": richtext.to_text(draft.html), "subject": draft.subject, "queue": draft.queue_id}
            self.initial.update(typed)

    def offer(self, name: str, model: Any, rows: Sequence[Any]) -> None:
        """Let one of `rows` be chosen; what there is only one of is not asked for."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        if len(rows) > 1:
            field.queryset = model.objects.filter(pk__in=[row.pk for row in rows])
        else:
            del self.fields[name]

    def sent_before(self, visitor: Visitor) -> Comment | None:
        """The message of a form that is sent once more: its files went with the first time."""
        return written_by(visitor, self.data.get("key", "")) if self.is_bound and "kept" in self.errors else None

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors and not self.cleaned_data.get("text") and not self.has_files:
            self.add_error("text", gettext("Write a message first."))
        return self.cleaned_data

    def mail(self, visitor: Visitor, subject: str) -> PortalMail:
        """What was written. A form without a key is one that nobody has sent before."""
        data = self.cleaned_data
        return PortalMail.by(
            visitor,
            data["key"] or new_key(),
            subject=subject,
            text=data["text"].replace("\r\n", "\n"),
            files=self.attachments,
        )


class RequestForm(AnswerForm):
    """A new ticket."""

    queue = forms.ModelChoiceField(label=_("Department"), queryset=Queue.objects.none(), empty_label=None)
    customer = forms.ModelChoiceField(label=_("For"), queryset=Customer.objects.none())
    subject = forms.CharField(label=_("Subject"), max_length=200)
    field_order = ("customer", "queue", "subject", "text", "files", "key")

    def __init__(self, request: HttpRequest, draft: Draft | None, visitor: Visitor, found: Match) -> None:
        super().__init__(request, draft)
        self.fields["text"].required = True
        self.queues, self.customers = offered_queues(found), writes_for(visitor)
        self.offer("queue", Queue, self.queues)
        self.offer("customer", Customer, self.customers)
        self.initial["customer"] = found.customer

    @property
    def queue_chosen(self) -> Queue:
        return self.cleaned_data.get("queue") or self.queues[0]

    @property
    def customer_chosen(self) -> int | None:
        """The customer's id; None if there was nothing to choose."""
        chosen = self.cleaned_data.get("customer")
        return chosen.pk if chosen else None


class TopicForm(AnswerForm):
    """A new topic."""

    forum = forms.ModelChoiceField(label=_("Forum"), queryset=Queue.objects.none(), empty_label=None)
    subject = forms.CharField(label=_("Subject"), max_length=200)
    field_order = ("forum", "subject", "text", "files", "key")

    def __init__(
        self, request: HttpRequest, draft: Draft | None, forums: Sequence[Queue], chosen: int | None = None
    ) -> None:
        super().__init__(request, draft)
        self.fields["text"].required = True
        self.forums = forums
        self.offer("forum", Queue, forums)
        self.initial["forum"] = chosen or self.initial.get("queue")

    @property
    def forum_chosen(self) -> Queue:
        return self.cleaned_data.get("forum") or self.forums[0]


def offered_queues(found: Match) -> list[Queue]:
    """Where somebody may ask, else the default queue; none that refuses senders nobody knows, if this is one."""
    queues = list(Queue.objects.filter(in_portal=True)) or list(Queue.objects.filter(is_default=True))
    if found.customer is not None or found.ambiguous:
        return queues
    return [queue for queue in queues if queue.unknown_senders != Queue.UnknownSenders.REFUSE]


def writes_for(visitor: Visitor) -> list[Customer]:
    """The visitor's customers that are of an allowed kind."""
    allowed = RecognitionSettings.load().allowed_kinds
    return [customer for customer in visitor.customers if customer.kind in allowed]
