"""The form of a canned reply or macro, an agent's own or of queues."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from helpdesk.text.text_to_html import text_to_html
from helpdesk.ui.sections import Section, Sections
from helpdesk.wording.liquid import trouble, unknown_names
from recipients.models import User
from recipients.users.access import colleagues
from tickets.drafts.files import FilesField, Upload
from tickets.macros.placeholders import known_text
from tickets.models import Attachment, CannedReply, Status
from tickets.models.setup.substatus import parted, status_choices
from tickets.models.work.attachment import save_canned_files
from tickets.models.work.states import FINISHED
from tickets.text import richtext


class CannedReplyForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A text with placeholders and files, and what else is done where it is sent at a click.

    `owner`: whose it is; None for one of queues, which alone says for which.
    """

    status = forms.ChoiceField(label=_("Set the status to"), required=False)
    text = forms.CharField(label=_("Text"), required=False, widget=forms.Textarea(attrs={"rows": 8}), strip=False)
    html = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]
    left_out = forms.ModelMultipleChoiceField(
        label=_("Remove these files"),
        queryset=Attachment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    sections = (
        Section("", ("queues",)),
        Section(
            _("What it does"),
            ("status", ("assign", "assignee"), "tags", "snooze_days", "is_button"),
            _("With any of these it is a macro: after a preview, one click sends its text and does all of this."),
        ),
    )

    class Meta:
        model = CannedReply
        fields = ["name", "queues", "status", "assign", "assignee", "tags", "snooze_days", "is_button"]
        widgets = {"queues": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, owner: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        assignee, left_out = self.fields["assignee"], self.fields["left_out"]
        status, assign = self.fields["status"], self.fields["assign"]
        assert isinstance(assignee, forms.ModelChoiceField)
        assert isinstance(left_out, forms.ModelMultipleChoiceField)
        assert isinstance(status, forms.ChoiceField)
        assert isinstance(assign, forms.ChoiceField)
        assignee.queryset = colleagues(owner) if owner else User.objects.filter(is_active=True)
        assignee.empty_label = _("Nobody")
        status.choices = [("", _("Leave it as it is")), *status_choices(administrator=False)]
        assign.choices = [("", _("Leave it as it is")), *CannedReply.Assign.choices]
        if owner:
            del self.fields["queues"]
        files = self.instance.files.all() if self.instance.pk else Attachment.objects.none()
        left_out.queryset = files
        if not files.exists():
            del self.fields["left_out"]
        self.typed_html = self.data.get("html", "") if self.is_bound else self.instance.html
        self.initial["text"] = richtext.to_text(self.instance.html)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        html = data.get("html", "")
        data["message"] = richtext.sanitise(html) if html.strip() else text_to_html(data.get("text", ""))
        if wrong := trouble(data["message"]):
            self.add_error("text", _t("A placeholder is wrong: %(why)s") % {"why": wrong})
        elif unknown := unknown_names(data["message"], known_text()):
            self.add_error("text", _t("Nothing is called “%(name)s” here. Use a placeholder.") % {"name": unknown[0]})
        if data.get("snooze_days") and parted(data.get("status") or Status.OPEN)[0] in FINISHED:
            self.add_error("snooze_days", _t("What is solved or closed does not come back: leave one of both away."))
        if data.get("assign") == CannedReply.Assign.AGENT and not data.get("assignee"):
            self.add_error("assignee", _t("Choose the agent."))
        has_words = richtext.to_text(data["message"]).strip()
        if not has_words and not any(data.get(name) for name in ("status", "assign", "tags", "snooze_days")):
            self.add_error("text", _t("Write a text, or choose what to do."))
        return data

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        others = CannedReply.objects.filter(owner=self.owner, name__iexact=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_t("A canned reply with this name already exists."))
        return name

    def save(self, commit: bool = True) -> CannedReply:
        data = self.cleaned_data
        reply: CannedReply = self.instance
        reply.owner, reply.html = self.owner, data["message"] if richtext.to_text(data["message"]).strip() else ""
        with transaction.atomic():
            super().save(commit)
            for file in data.get("left_out") or ():
                Attachment.objects.filter(pk=file.pk).update(canned_reply=None)
            sent = [Upload(f.name or "", f.content_type or "application/octet-stream", f.read()) for f in data["files"]]
            save_canned_files(reply, sent)
        return reply
