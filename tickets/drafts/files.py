"""The files that go with a message, and their limits."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from helpdesk.text.pictures import content_ids
from helpdesk.text.text_to_html import text_to_html
from tickets.drafts import drafts
from tickets.drafts.upload_quota import exceeded
from tickets.models import Attachment, Draft
from tickets.text import richtext

#: Pictures that every mail program shows in a text.
IN_TEXT = frozenset({"image/png", "image/jpeg", "image/gif"})
_MIME_TYPE = re.compile(r"[\w.+-]{1,127}/[\w.+-]{1,127}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent with a form, as the verbs want it."""

    name: str
    type: str
    content: bytes
    inline: bool = False
    cid: str = ""


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


def most_bytes() -> int:
    """Bytes of all files of one message."""
    return limits.MESSAGE_FILES_BYTES.amount


class FilesField(forms.FileField):
    """Several files; the value is their list. `most_bytes`: of all of them together."""

    widget = FilesInput

    def __init__(self, *, most_bytes: Callable[[], int] = most_bytes, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most_bytes = most_bytes

    def clean(self, data: Any, initial: Any = None) -> list["UploadedFile[Any]"]:
        given: Sequence[Any] = data if isinstance(data, list | tuple) else [data]
        files = [super(FilesField, self).clean(file, initial) for file in given if file]
        self.refuse_too_much([file.size for file in files])
        return files

    def refuse_too_much(self, sizes: Sequence[int]) -> None:
        """Raises ValidationError if files of these sizes, in bytes, do not fit into one message."""
        if len(sizes) > limits.MESSAGE_FILES.amount:
            raise limits.MESSAGE_FILES.refusal()
        if sum(sizes) > self.most_bytes():
            names = {"size": filesizeformat(sum(sizes)), "most": filesizeformat(self.most_bytes())}
            raise ValidationError(
                gettext("The files total %(size)s; a message can hold %(most)s. Remove or shrink some.") % names
            )


class FilesForm(forms.Form):
    """Files that are sent while one still writes, beside those that the draft has."""

    # Django's own `files` are what was sent; nobody asks a class for them.
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]

    def __init__(self, request: HttpRequest, draft: Draft | None = None, **kwargs: Any) -> None:
        sent = request.method == "POST"
        super().__init__(request.POST if sent else None, request.FILES if sent else None, **kwargs)
        self.draft, self.too_much = draft, sent and exceeded(request)

    def clean(self) -> dict[str, Any]:
        super().clean()
        field = self.fields["files"]
        assert isinstance(field, FilesField)
        try:
            field.refuse_too_much([*(file.size for file in self.beside), *(file.size or 0 for file in self._sent)])
        except ValidationError as error:
            self.add_error("files", error)
        if self.too_much:
            self.add_error("files", limits.MESSAGE_FILES_BYTES.sentence(filesizeformat(field.most_bytes())))
        return self.cleaned_data

    @property
    def beside(self) -> Sequence[Attachment]:
        """The files of the draft that make one message with those that were sent."""
        return drafts.files(self.draft)

    def add_files(self, place: drafts.Place, *, in_text: bool = False) -> list[Attachment]:
        """Put what was sent into the draft, below or `in_text`; if there is no room, nothing, and the form says so."""
        sent = self.sent_files()
        try:
            return drafts.add_files(place, [_named_by_text(file) for file in sent] if in_text else sent)
        except ValidationError as error:
            self.add_error("files", error)
            return []

    @property
    def is_of_pictures(self) -> bool:
        """Whether all that was sent can stand in a text."""
        return all(file.content_type in IN_TEXT for file in self._sent)

    def sent_files(self) -> list[Upload]:
        """The files that came with the form, read; none that were refused."""
        return [Upload(file.name or "", _type(file.content_type), file.read()) for file in self._sent]

    @property
    def _sent(self) -> "Sequence[UploadedFile[Any]]":
        return self.cleaned_data.get("files") or ()


class AttachingForm(FilesForm):
    """A message. With it go the files that come with the form, and those of its draft that it names by `kept`."""

    kept = forms.ModelMultipleChoiceField(
        label=_("Files"),
        queryset=Attachment.objects.none(),
        required=False,
        widget=forms.MultipleHiddenInput,
        error_messages={"invalid_choice": _("A file is no longer attached. Check the files, then send again.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.draft:
            kept = self.fields["kept"]
            assert isinstance(kept, forms.ModelMultipleChoiceField)
            kept.queryset = self.draft.files.all()

    @property
    def beside(self) -> Sequence[Attachment]:
        return list(self.cleaned_data.get("kept", ()))

    @property
    def has_files(self) -> bool:
        return bool(self.beside or self._sent)

    @property
    def attachments(self) -> list[Attachment | Upload]:
        """All files of the message, those of the draft first."""
        return [*self.beside, *self.sent_files()]

    @property
    def to_attach_again(self) -> bool:
        """Whether files came that were refused: the browser will not send them again by itself."""
        return "files" in self.errors

    def keep_files(self, place: drafts.Place) -> None:
        """Put what came with a form that was not accepted into the draft, as the browser will not send it again."""
        if self.add_files(place):
            self.draft = drafts.find(place)


class RichTextForm(AttachingForm):
    """A message with rich text, and the pictures of its draft that stand in it.

    `html` comes from the editor; without JavaScript there is only `text`.
    """

    text = forms.CharField(label=_("Message"), required=False, widget=forms.Textarea, strip=False)
    html = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def clean(self) -> dict[str, Any]:
        html, text = self.cleaned_data.get("html", ""), self.cleaned_data.get("text", "")
        self.cleaned_data["message"] = richtext.sanitise(html) if html.strip() else text_to_html(text)
        super().clean()
        if not richtext.to_text(self.cleaned_data["message"]).strip() and not self.has_files:
            self.add_error("text", gettext("Write a message first."))
        return self.cleaned_data

    @property
    def beside(self) -> Sequence[Attachment]:
        in_text = content_ids(self.cleaned_data.get("message", ""))
        pictures = [file for file in drafts.files(self.draft) if file.inline and file.cid in in_text]
        return [*super().beside, *pictures]


def _named_by_text(file: Upload) -> Upload:
    return replace(file, inline=True, cid=f"{secrets.token_hex(12)}@picture")


def _type(said: str | None) -> str:
    return said if said and _MIME_TYPE.fullmatch(said) else "application/octet-stream"
