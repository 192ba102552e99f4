"""What an agent is told of a change, and where the page goes afterwards."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from helpdesk.ui.back import is_ours
from recipients.addresses.feedback import one_or_many, tell, tell_refused
from recipients.decisions.actions import Changed
from recipients.models import Batch, Customer
from recipients.users.access import SignedIn
from tickets.models import Ticket
from tickets.models.work.errors import NotAllowed


def sentence(error: NotAllowed | ValidationError) -> str:
    """What went wrong, as it is told to the agent."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def all_errors(form: Form) -> str:
    """What is wrong with `form`, in sentences."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def told(values: Mapping[str, str]) -> str:
    """What was changed, by the labels of the fields: "Status: Solved · Priority: High"."""
    return " · ".join(f"{label}: {value}" for label, value in values.items())


def tag_names(text: str) -> list[str]:
    """The names of tags in what was typed, apart by commas, each once.

    >>> tag_names("vip,  new  customer,, vip")
    ['vip', 'new customer']
    """
    names = (" ".join(name.split()) for name in text.split(","))
    return [name for name in dict.fromkeys(names) if name]


def undo_tag(batch: Batch) -> str:
    """The `extra_tags` of a message about `batch`: where it is taken back, if it changed anything."""
    return "" if batch._state.adding else f"undo={reverse('tickets:undo_change', args=[batch.pk])}"


def attempt(request: SignedIn, change: Callable[[], object], done: str = "", *, undo: str = "") -> None:
    """Say `done` after `change`, and that it is taken back at the address `undo`; or why it was refused."""
    try:
        change()
    except (NotAllowed, ValidationError) as error:
        messages.error(request, sentence(error))
    else:
        if done:
            messages.success(request, done, extra_tags=f"undo={undo}" if undo else "")


def leave_or_stay(request: SignedIn, ticket: Ticket) -> HttpResponse:
    """Back to the ticket, or to the list if the change took it out of the agent's sight."""
    if Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists():
        return redirect("tickets:detail", ticket.pk)
    return redirect(list_after_loss(request))


def address_of_ours(request: SignedIn, field: str) -> str:
    """Where the page wants to go on: the address in the form's `field` if it is a ticket or list of ours, else ""."""
    wanted = str(request.POST.get(field, ""))
    return wanted if wanted.startswith(reverse("tickets:list")) and is_ours(request, wanted) else ""


def list_after_loss(request: SignedIn) -> str:
    """Where the agent goes whose change took the ticket out of their sight; says so."""
    messages.info(request, _("You can no longer see the ticket: it belongs to others now."))
    return reverse("tickets:list")


def tell_paired(request: SignedIn, changed: Changed, tickets: int, customer: Customer) -> None:
    """What pairing with `customer` did, and that so many tickets followed, with the way back."""
    names = {"count": tickets, "name": customer}
    if not changed and tickets:  # they were paired with this customer before
        undo_url = reverse("pairing:undo", args=[changed.batch.pk])
        text = ngettext("%(count)d ticket moved to %(name)s.", "%(count)d tickets moved to %(name)s.", tickets)
        messages.success(request, text % names, extra_tags=f"undo={undo_url}")
        return tell_refused(request, changed.refused)
    one, many = _("%(address)s is paired with %(name)s."), _("%(count)d addresses are paired with %(name)s.")
    text = one_or_many(changed, one, many, name=customer)
    followed = ngettext("%(count)d ticket moved along.", "%(count)d tickets moved along.", tickets) % {"count": tickets}
    return tell(request, changed, text, more=followed if tickets else "")
