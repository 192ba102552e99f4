"""The form of a queue with the addresses it handles."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.sections import with_line
from mailboxes.models import Address
from tickets.models import Queue
from tickets.settings.forms import QueueForm as PlainQueueForm


class HandledAddresses(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Addresses to tick; one that another queue handles says so, as ticking it takes it from there."""

    own_queue: int | None = None

    def label_from_instance(self, obj: Address) -> str:
        if obj.queue is None or obj.queue_id == self.own_queue:
            return str(obj)
        return str(_("%(address)s (queue: %(queue)s)") % {"address": obj, "queue": obj.queue})


class QueueForm(PlainQueueForm):
    """A queue with the addresses whose mail it handles, which `tickets` does not know (T22)."""

    addresses = HandledAddresses(
        label=_("Handled addresses"),
        queryset=Address.objects.select_related("queue"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Their mail becomes tickets of this queue (or topics, if it is a forum), whichever of them "
            "it was sent to. An address leads to only one queue; mail to addresses without a queue waits "
            "in the mail log."
        ),
    )

    sections = with_line(PlainQueueForm.sections, "addresses", before="unknown_senders")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["addresses"] = list(self.instance.addresses.all())
            field = self.fields["addresses"]
            assert isinstance(field, HandledAddresses)
            field.own_queue = self.instance.pk

    def save(self, commit: bool = True) -> Queue:
        with transaction.atomic():
            queue = super().save(commit)
            chosen = self.cleaned_data.get("addresses", [])
            Address.objects.filter(queue=queue).exclude(pk__in=chosen).update(queue=None)
            Address.objects.filter(pk__in=chosen).update(queue=queue)
        return queue
