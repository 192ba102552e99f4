"""The pages of sending domains: a list, and one page for each with what to publish (U14, U17)."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from mailboxes.models import SendingDomain
from mailboxes.sending_domains.checks import Sent, check, domains_sent_for
from recipients.users.access import SignedIn, administrator_of_all_required

MOST_SELECTORS = 5
_SELECTOR = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class SendingDomainForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What no name server says: under which selectors to look, and what an administrator vouches for."""

    class Meta:
        model = SendingDomain
        fields = ["selectors", "is_trusted"]

    def clean_selectors(self) -> str:
        given = self.cleaned_data["selectors"].replace(",", " ").lower().split()
        if len(given) > MOST_SELECTORS or not all(_SELECTOR.fullmatch(each) for each in given):
            raise forms.ValidationError(_("Enter at most five selectors, such as mail2026."))
        return " ".join(given)


class SendingDomains(TemplateView):
    """Each domain with what the last check found."""

    template_name = "mailboxes/sending_domains/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = {row.domain: row for row in SendingDomain.objects.all()}
        domains = [(sent, rows.get(sent.domain), sent.report(rows.get(sent.domain))) for sent in domains_sent_for()]
        return super().get_context_data(domains=domains, **kwargs)


@administrator_of_all_required
def sending_domain(request: SignedIn, domain: str) -> HttpResponse:
    sent = _sent(domain)
    row = SendingDomain.objects.filter(domain=sent.domain).first() or SendingDomain(domain=sent.domain)
    form = SendingDomainForm(request.POST or None, instance=row)
    if form.is_valid():
        form.save()
        check(sent)
        messages.success(request, _("%(domain)s was saved and checked.") % {"domain": sent.domain})
        return redirect("settings:sending_domain", sent.domain)
    context = {"sent": sent, "row": row, "report": sent.report(row), "form": form}
    return render(request, "mailboxes/sending_domains/domain.html", context)


@administrator_of_all_required
@require_POST
def sending_domain_check(request: SignedIn, domain: str) -> HttpResponse:
    """Ask the name servers now; a few seconds at most."""
    sent = _sent(domain)
    check(sent)
    messages.success(request, _("%(domain)s was checked.") % {"domain": sent.domain})
    return redirect("settings:sending_domain", sent.domain)


def _sent(domain: str) -> Sent:
    """Raises Http404 for a domain that we do not send for: nobody makes us ask about others."""
    found = next((each for each in domains_sent_for() if each.domain == domain), None)
    if found is None:
        raise Http404
    return found
