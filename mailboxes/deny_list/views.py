"""The pages of the deny list: its rules, and what a rule would have refused, before it is saved (R20)."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mailboxes.deny_list.trial import DAYS, try_rule
from mailboxes.models.visibility import visible_inbound
from recipients.addresses.forms import DenyRuleForm
from recipients.models import DenyRule
from recipients.users.access import SignedIn, administrator_required


@administrator_required
def rule_list(request: SignedIn) -> HttpResponse:
    return render(request, "mailboxes/deny_list/deny_list.html", {"rules": DenyRule.objects.all()})


@administrator_required
def rule_edit(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """The form of a rule, or of a new one. “Try it” shows what it would have refused, and saves nothing."""
    rule = get_object_or_404(DenyRule, pk=pk) if pk else DenyRule()
    form = DenyRuleForm(request.POST or None, instance=rule)
    context = {"form": form, "rule": rule, "days": DAYS}
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "mailboxes/deny_list/deny_rule.html", context, status=status)
    if request.POST.get("do") == "try":
        context["trial"] = try_rule(form.instance, visible_inbound(request.user))
        return render(request, "mailboxes/deny_list/deny_rule.html", context)
    form.save()
    messages.success(request, _("The rule was saved."))
    return redirect("settings:deny_rules")


@administrator_required
@require_POST
def rule_delete(request: SignedIn, pk: int) -> HttpResponse:
    rule = get_object_or_404(DenyRule, pk=pk)
    rule.delete()
    messages.success(request, _("The rule was deleted: %(rule)s.") % {"rule": rule})
    return redirect("settings:deny_rules")
