"""The form of a category."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.models import Category
from tickets.models.service_level import recheck_soon


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A category, and below which one it stands (T16)."""

    parent = forms.ModelChoiceField(
        label=_("Belongs to"),
        queryset=Category.objects.all(),
        required=False,
        empty_label=_("None: it is a top-level category"),
    )

    class Meta:
        model = Category
        fields = ["name", "parent", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            parent = self.fields["parent"]
            assert isinstance(parent, forms.ModelChoiceField)
            parent.queryset = Category.objects.exclude(pk=self.instance.pk)

    def save(self, commit: bool = True) -> Any:
        recheck_soon()  # service levels may name categories above it
        return super().save(commit)
