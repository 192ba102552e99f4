"""Keeping a list that was narrowed down under a name, and giving that up."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from recipients.users.access import SignedIn, agent_required
from tickets.agents.feedback import sentence
from tickets.ticket_list import own_views
from tickets.ticket_list.views import view_of


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)


@require_http_methods(["GET", "POST"])
@agent_required
def keep(request: SignedIn) -> HttpResponse:
    """Keep the list of this address, as its query narrows it, under a name."""
    form = NameForm(request.POST or None)
    if form.is_valid():
        try:
            view = own_views.keep(request.user, form.cleaned_data["name"], request.GET, view=view_of(request.GET).slug)
        except ValidationError as error:
            form.add_error("name", sentence(error))
        else:
            return redirect(view.url)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tickets/ticket_list/own_view.html", {"form": form}, status=status)


@require_POST
@agent_required
def forget(request: SignedIn, slug: str) -> HttpResponse:
    """Give up a view; its list stays, so that it can be kept again."""
    view = own_views.named(request.user, slug)
    if view is None:
        return redirect("tickets:list")
    own_views.forget(request.user, slug)
    messages.success(request, _("The view “%(name)s” is gone. You can save it again.") % {"name": view.name})
    return redirect(view.url)
