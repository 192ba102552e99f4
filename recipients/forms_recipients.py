"""What may be typed about an address?"""

from django import forms
from django.utils.translation import gettext_lazy as _


class NameForm(forms.Form):
    """The sender's name as tickets show it (R14)."""

    name = forms.CharField(
        label=_("Sender name"),
        max_length=200,
        required=False,
        help_text=_("Shown in old and new tickets. Later mails do not change it; without one they say their own."),
    )
