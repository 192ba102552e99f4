"""The page “What would happen?”: the dry run of a mail that is pasted, uploaded, taken from the log, or imagined."""

from http import HTTPStatus

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from helpdesk.ui.ids import row_id
from mailboxes.inbound.snapshot import Snapshot
from mailboxes.models import InboundEmail
from mailboxes.models.visibility import visible_inbound
from mailboxes.storage import archive
from mailboxes.what_if.dry_run import DryRun, dry_run, plain_mail
from mailboxes.what_if.dry_run_text import describe
from recipients.addressing.normalise import normalise
from recipients.users.access import SignedIn, agent_required

RECENT = 10  # mails of the log that are offered


class AddressForm(forms.Form):
    """Who would write."""

    address = forms.CharField(label=gettext_lazy("Email address"), max_length=400)

    def clean_address(self) -> str:
        typed: str = self.cleaned_data["address"]
        if address := normalise(typed):
            return address
        raise forms.ValidationError(_("“%(typed)s” is not an email address."), params={"typed": typed})


class MailForm(forms.Form):
    """The mail itself, uploaded or pasted."""

    file = forms.FileField(label=gettext_lazy("Mail as a file (.eml)"), required=False, allow_empty_file=True)
    source = forms.CharField(
        label=gettext_lazy("Or its source"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"}),
        help_text=gettext_lazy("Headers and text, as a mail program shows them under “Show source”."),
    )

    def clean_file(self) -> "UploadedFile[bytes] | None":
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file and (file.size or 0) > settings.MAX_MESSAGE_BYTES:
            limit = filesizeformat(settings.MAX_MESSAGE_BYTES)
            raise forms.ValidationError(_("The file is larger than %(limit)s."), params={"limit": limit})
        return file

    def clean(self) -> None:
        if not self.errors and not self.cleaned_data["file"] and not self.cleaned_data["source"].strip():
            raise forms.ValidationError(_("Choose a file, or paste the source of a mail."))

    @property
    def raw(self) -> bytes:
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        source: str = self.cleaned_data["source"]
        return file.read() if file else source.encode("utf-8", "replace")


@require_http_methods(["GET", "POST"])
@agent_required
def what_if(request: SignedIn) -> HttpResponse:
    """The question, and the answer below it once there is one."""
    mail_form = MailForm(request.POST, request.FILES) if request.method == "POST" else MailForm()
    address_form = AddressForm(request.GET if "address" in request.GET else None)
    found, logged = None, None
    if mail_form.is_bound:
        found = dry_run(mail_form.raw) if mail_form.is_valid() else None
    elif "log" in request.GET:
        logged = _logged(request)
        found = _of(logged)
    elif address_form.is_valid():
        found = dry_run(plain_mail(address_form.cleaned_data["address"], Snapshot.load()))
    recent = visible_inbound(request.user).exclude(raw_sha256="") if request.user.is_administrator else None
    context = {
        "mail_form": mail_form,
        "address_form": address_form,
        "text": describe(found, request.user) if found else None,
        "mail": found.context.mail if found else None,
        "repairs": found.context.mail.defects if found and not address_form.is_bound else (),
        "logged": logged,
        "recent": recent.only("pk", "subject", "author", "fetched_at")[:RECENT] if recent is not None else [],
    }
    wrong = mail_form.errors or address_form.errors
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, "mailboxes/what_if/what_if.html", context, status=status)


def _logged(request: SignedIn) -> InboundEmail:
    """The ledger row that the address names; agents are not shown the log, so there is none for them."""
    if not request.user.is_administrator:
        raise Http404
    rows = visible_inbound(request.user).select_related("mailbox")
    return get_object_or_404(rows, pk=row_id(request.GET["log"]))


def _of(row: InboundEmail) -> DryRun:
    try:
        return dry_run(row.raw, row)
    except archive.Lost as lost:
        raise Http404 from lost
