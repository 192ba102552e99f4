"""Branding of the portal: the settings page of the organisation's name, colour and logo, and the logo itself."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk import limits
from helpdesk.wording.brand import BLACK, READABLE, WHITE, contrast, nearest
from recipients.models import Branding
from recipients.models.branding import is_colour
from recipients.users.access import SignedIn, administrator_of_all_required

#: How files of these kinds begin. No SVG: it may hold scripts.
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", b"", "image/png"),
    (b"\xff\xd8\xff", b"", "image/jpeg"),
    (b"RIFF", b"WEBP", "image/webp"),
)


@administrator_of_all_required
def branding(request: SignedIn) -> HttpResponse:
    form = BrandingForm(request.POST or None, request.FILES or None, instance=Branding.load())
    if form.is_valid():
        form.save()
        messages.success(request, _("The company was saved."))
        return redirect("settings:company")
    return render(request, "recipients/portal/branding.html", {"form": form, "brand": Branding.current()})


def logo(request: HttpRequest, version: str) -> HttpResponse:
    """The picture, to anybody: it stands on the door of the portal."""
    saved = Branding.load()
    if not version or version != saved.logo_version:
        raise Http404
    response = HttpResponse(bytes(saved.logo), content_type=saved.logo_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


class BrandingForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The logo is replaced by a new file, and taken away by a tick."""

    picture = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=gettext_lazy("PNG, JPEG or WebP. It is shown 32 pixels high."),
    )
    without_logo = forms.BooleanField(label=gettext_lazy("Remove the logo"), required=False)

    class Meta:
        model = Branding
        fields = ["name", "colour"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "colour": forms.TextInput(attrs={"size": 7}),
        }

    field_order = ["name", "colour", "picture", "without_logo"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.logo:
            del self.fields["without_logo"]

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"].lower()
        if colour:
            is_colour(colour)
        if colour and (found := contrast(colour, WHITE)) < READABLE:
            raise ValidationError(
                _(
                    "White text would be hard to read on %(colour)s: its contrast is %(found)s, and "
                    "%(least)s is needed. %(nearest)s is the nearest colour that works."
                ),
                params={
                    "colour": colour,
                    "found": f"{found:.1f}",
                    "least": READABLE,
                    "nearest": nearest(colour, BLACK, WHITE, READABLE),
                },
            )
        return colour

    def clean_picture(self) -> "UploadedFile[bytes] | None":
        picture: UploadedFile[bytes] | None = self.cleaned_data["picture"]
        if picture is None:
            return None
        if (picture.size or 0) > limits.LOGO_BYTES.amount:
            raise ValidationError(limits.LOGO_BYTES.sentence(filesizeformat(limits.LOGO_BYTES.amount)))
        head = picture.read(12)
        kinds = (kind for first, then, kind in _BEGINNINGS if head.startswith(first) and head[8:].startswith(then))
        self.instance.logo_type = next(kinds, "")
        if not self.instance.logo_type:
            raise ValidationError(_("This is not a PNG, JPEG or WebP image."))
        picture.seek(0)
        return picture

    def save(self, commit: bool = True) -> Branding:
        saved: Branding = self.instance
        if picture := self.cleaned_data["picture"]:
            saved.logo = picture.read()
        elif self.cleaned_data.get("without_logo"):
            saved.logo, saved.logo_type = b"", ""
        super().save(commit)
        return saved
