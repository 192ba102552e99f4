"""The field by which agents' forms ask what a ticket is about."""

from django import forms

from tickets.models.setup.category import category_choices


def offer_categories(form: forms.BaseForm, now: int | None = None) -> None:
    """Let the field `category` offer those that are known, and the one that is chosen `now`; no field for none.

    No query.
    """
    field = form.fields["category"]
    assert isinstance(field, forms.ModelChoiceField)
    if offered := category_choices(now):
        field.choices = [("", field.empty_label), *offered]
    else:
        del form.fields["category"]
