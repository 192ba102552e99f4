"""The field "Authorised senders to open tickets", as customers and agents fill it in.

(A07, A08, A13)
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import display
from recipients.customers import authorised
from recipients.models import Customer, User


class AuthorisedForm(forms.Form):
    """One text field of addresses and domains for `customer`, typed by the agent `by` or, in the portal, by themselves.

    Refused entries are named, and nothing is saved then.
    """

    senders = forms.CharField(
        label=_("Authorised senders to open tickets"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("Email addresses and whole domains, separated by commas."),
    )

    def __init__(self, *args: Any, customer: Customer, by: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer, self.by = customer, by
        self.initial.setdefault("senders", authorised.written(customer))

    def clean_senders(self) -> authorised.Entries:
        entries = authorised.read(self.cleaned_data["senders"], self.customer, in_portal=self.by is None, by=self.by)
        if entries.refused:
            nothing = ngettext(
                "Nothing was saved: this entry is not accepted.",
                "Nothing was saved: these entries are not accepted.",
                len(entries.refused),
            )
            named = [gettext("“%(entry)s”: %(reason)s") % {"entry": e, "reason": r} for e, r in entries.refused.items()]
            raise ValidationError([nothing, *named])
        return entries

    def save(self, *, by_address: str = "") -> str:
        """Save the entries and say in sentences what changed and what is written otherwise than it was typed."""
        entries: authorised.Entries = self.cleaned_data["senders"]
        added, removed = authorised.save(self.customer, entries, by=self.by, by_address=by_address)
        told = [
            gettext("Added: %(entries)s.") % {"entries": authorised.display_list(added)} if added else "",
            gettext("Removed: %(entries)s.") % {"entries": authorised.display_list(removed)} if removed else "",
            gettext("Nothing has changed.") if not (added or removed) else "",
        ]
        if waiting := authorised.waiting(self.customer):
            told.append(gettext("These take effect once we have approved them: %(entries)s.") % {"entries": waiting})
        told += [
            gettext("“%(typed)s” is saved as %(entry)s.") % {"typed": typed, "entry": display(value)}
            for typed, value in entries.rewritten().items()
        ]
        return " ".join(filter(None, told))
