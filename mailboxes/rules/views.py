"""The page of a rule for new requests: tried on past mail before it is saved."""

from helpdesk.ui.trials import DAYS
from mailboxes.models.visibility import visible_inbound
from mailboxes.rules.trial import RuleTrial, try_rule
from tickets.models import Rule, Ticket
from tickets.rules.views import RulePage


class NewRequestRulePage(RulePage):
    template_name = "mailboxes/rules/rule.html"
    extra_context = {"days": DAYS}

    def trial(self, rule: Rule) -> RuleTrial:
        user = self.request.user
        return try_rule(rule, visible_inbound(user), Ticket.objects.visible_to(user))
