"""The page from which every setting is reached, and the one that says what is still missing."""

from django.http import HttpResponse
from django.shortcuts import render

from helpdesk import setup as requirements
from helpdesk.settings_map import settings_pages
from recipients.users.access import SignedIn, administrator_of_all_required, administrator_required


@administrator_required
def settings_home(request: SignedIn) -> HttpResponse:
    return render(request, "helpdesk/settings_home.html", {"pages": settings_pages(request.user)})


@administrator_of_all_required
def setup(request: SignedIn) -> HttpResponse:
    steps = requirements.explained()
    context = {"steps": steps, "missing": sum(step.is_missing for step in steps)}
    return render(request, "helpdesk/setup.html", context)
