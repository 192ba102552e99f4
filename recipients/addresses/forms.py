"""Forms about addresses: the sender's name, and rules of the deny list."""

from django import forms
from django.utils.translation import gettext_lazy as _

from recipients.models import DenyRule


class NameForm(forms.Form):
    """The sender's name as tickets show it (R14)."""

    name = forms.CharField(
        label=_("Sender name"),
        max_length=200,
        required=False,
        help_text=_("Shown in old and new tickets. Later mail does not change it; if empty, each mail shows its own."),
    )


class DenyRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """Where to look, how to compare, and for what (R20)."""

    class Meta:
        model = DenyRule
        fields = ["where", "how", "text", "is_active"]
        help_texts = {
            "text": _(
                "Upper and lower case make no difference. A regular expression is searched for anywhere in the text."
            ),
            "is_active": _("A rule that is switched off stays in the list and refuses nothing."),
        }
