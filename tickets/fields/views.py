"""The form of a custom field, and what a customer's fields say."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from recipients.users.access import SignedIn, agent_required, visible_customers
from tickets.fields.inputs import add_inputs, stored
from tickets.models import CustomField
from tickets.models.setup.custom_field import About, custom_fields


class CustomFieldForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A custom field. What it is on and its kind are said once: values are kept by them."""

    class Meta:
        model = CustomField
        fields = ["name", "about", "kind", "options", "queues", "is_required", "is_active"]
        widgets = {
            "queues": forms.CheckboxSelectMultiple,
            "about": forms.RadioSelect,
            "options": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            del self.fields["about"], self.fields["kind"]
            if self.instance.about == About.CUSTOMER:
                del self.fields["queues"], self.fields["is_required"]

    def save(self, commit: bool = True) -> CustomField:
        super().save(commit)
        CustomField.forget()  # its queues come after the row
        row: CustomField = self.instance
        return row


class CustomerFieldsForm(forms.Form):
    """The fields of a customer."""


@require_http_methods(["GET", "POST"])
@agent_required
def customer_fields(request: SignedIn, pk: int) -> HttpResponse:
    """Change what the custom fields say about a customer."""
    customer = get_object_or_404(visible_customers(request.user), pk=pk)
    fields = custom_fields(About.CUSTOMER)
    form = CustomerFieldsForm(request.POST or None)
    add_inputs(form, fields, customer.own_fields)
    if form.is_valid():
        customer.own_fields = stored(form, fields, customer.own_fields)
        customer.save(update_fields=["own_fields"])
        messages.success(request, _("%(customer)s was saved.") % {"customer": customer})
        return redirect("customers:detail", customer.pk)
    return render(request, "tickets/fields/customer_fields.html", {"customer": customer, "form": form})
