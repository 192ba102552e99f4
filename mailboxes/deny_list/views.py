"""The pages of the deny list: its rules, and what a rule would have refused, before it is saved (R20)."""

from http import HTTPStatus

from django.forms import ModelForm
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.ui.pages import FormPage
from helpdesk.ui.trials import DAYS
from mailboxes.deny_list.trial import try_rule
from mailboxes.models.visibility import visible_inbound
from recipients.addresses.forms import DenyRuleForm
from recipients.models import DenyRule
from recipients.users.access import SignedIn


class DenyRulePage(FormPage):
    """The form of a rule, or of a new one. “Try it” shows what it would have refused, and saves nothing."""

    request: SignedIn
    model = DenyRule
    context_object_name = "rule"
    form_class = DenyRuleForm
    template_name = "mailboxes/deny_list/deny_rule.html"
    success_url = reverse_lazy("settings:deny_rules")
    list_title = _("Deny list")
    new_title = _("New deny rule")
    edit_title = _("Deny rule")
    saved = _("The rule was saved.")
    extra_context = {"days": DAYS}

    def form_valid(self, form: "ModelForm[DenyRule]") -> HttpResponse:
        if self.request.POST.get("do") == "try":
            trial = try_rule(form.instance, visible_inbound(self.request.user))
            return self.render_to_response(self.get_context_data(form=form, trial=trial))
        return super().form_valid(form)

    def form_invalid(self, form: "ModelForm[DenyRule]") -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)
