"""The form of a new ticket: to whom an agent writes first, about what, and in which queue."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import typed
from recipients.models import User
from recipients.search.query import find_customers
from recipients.users.access import colleagues, visible_customers
from tickets.agents.category_field import offer_categories
from tickets.drafts.files import RichTextForm
from tickets.models import Category, Queue
from tickets.ticket_page.forms import AddressListField


class NewTicketForm(RichTextForm):
    """An address, or a customer who has one; the queues are those in which `by` works."""

    to = forms.CharField(
        label=_("To"),
        max_length=400,
        help_text=_("An email address, or a customer's name or number."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-one": ""}),
    )
    cc = AddressListField(label=_("Cc"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    queue = forms.ModelChoiceField(label=_("Queue"), queryset=Queue.objects.all(), empty_label=None)
    subject = forms.CharField(label=_("Subject"), max_length=500)
    assignee = forms.ModelChoiceField(
        label=_("Assignee"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Whoever answers first"),
    )
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.all(), required=False, empty_label=_("Same as the queue")
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=500,
        help_text=_("Separated by commas."),
        widget=forms.TextInput(attrs={"list": "all-tags", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Internal note"), required=False, widget=forms.Textarea(attrs={"rows": 3}), strip=False
    )

    field_order = ("to", "cc", "queue", "subject", "text", "files", "assignee", "category", "tags", "note")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customers = visible_customers(by)
        queues = Queue.objects.all() if by.is_administrator else Queue.objects.filter(agents=by)
        field = self.fields["queue"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = queues.order_by("-is_default", "name")
        field.choices = [(queue.pk, str(queue)) for queue in field.queryset]  # the page asks whether there is any
        assignee = self.fields["assignee"]
        assert isinstance(assignee, forms.ModelChoiceField)
        assignee.queryset = colleagues(by)
        offer_categories(self)
        for name in ("to", "cc"):
            self.fields[name].widget.attrs["data-people"] = reverse("tickets:people")

    def clean_to(self) -> str:
        given: str = self.cleaned_data["to"].strip()
        if "@" in given:
            if address := typed(given):
                return address
            raise forms.ValidationError(_("“%(given)s” is not an email address."), params={"given": given})
        found = list(find_customers(self.customers, given)[:2])
        if len(found) != 1:
            text = _("More than one customer has this name. Enter more of the name, or the email address.")
            nobody = _("No customer has this name. Enter the email address.")
            raise forms.ValidationError(text if found else nobody)
        if not found[0].email:
            raise forms.ValidationError(_("%(customer)s has no email address."), params={"customer": found[0]})
        return found[0].email
