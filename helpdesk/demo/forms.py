"""What may a visitor of the demo write, and in whose name? Anything, in anybody's."""

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.demo import people
from helpdesk.demo.mails import File, Mail
from tickets.drafts.files import FilesField


class MailForm(forms.Form):
    """A mail; `headers` are those of the reply it is, if it is one."""

    sender = forms.EmailField(label=_("From"), widget=forms.EmailInput(attrs={"list": "known-people"}))
    to = forms.EmailField(label=_("To"), widget=forms.EmailInput(attrs={"list": "known-addresses"}))
    subject = forms.CharField(label=_("Subject"), max_length=300, required=False)
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 8}), strip=False, required=False)
    attachments = FilesField(label=_("Files"), required=False)

    def mail(self, headers: dict[str, str] | None = None) -> Mail:
        data = self.cleaned_data
        return Mail(
            data["sender"],
            people.names().get(data["sender"], ""),
            data["to"],
            " ".join(data["subject"].split()),
            data["text"].replace("\r\n", "\n"),
            files=tuple(
                File(file.name, file.content_type or "application/octet-stream", file.read())
                for file in data["attachments"]
            ),
            headers=headers or {},
        )
