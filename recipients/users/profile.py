"""The page of one's own profile."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from recipients.models import User
from recipients.users.access import SignedIn, agent_required
from recipients.users.forms import ProfileForm


@agent_required
def profile(request: SignedIn) -> HttpResponse:
    # A copy: what was typed and refused must not change the name on the page around the form.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if form.is_valid():
        form.save()
        messages.success(request, _("Your profile was saved."))
        return redirect("profile")
    return render(request, "recipients/users/profile.html", {"form": form})
