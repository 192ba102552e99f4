"""The pages of rules: the two lists in their order, and the form of one. Whoever shows it lets it be tried."""

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from itertools import chain
from typing import Any

from django.db import transaction
from django.forms import ModelForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from helpdesk.ui.ids import row_id
from helpdesk.ui.pages import FormPage, Link, ShortListPage
from recipients.users.access import SignedIn, administrator_of_all_required
from tickets.models import Rule
from tickets.rules.forms import RuleForm, changed
from tickets.rules.over_time import try_rule
from tickets.rules.rulebook import compiled
from tickets.rules.sentences import Names, action_text, condition_text

#: A rule that did nothing for so long is most likely not needed any more.
IDLE = timedelta(days=365)
LISTS = {Rule.Trigger.NEW: "settings:rules", Rule.Trigger.TIME: "settings:rules_over_time"}


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as the list shows it: in words, and whether it is worth switching off."""

    rule: Rule
    conditions: list[str]
    actions: list[str]
    is_first: bool
    is_last: bool
    is_idle: bool


class RuleList(ShortListPage):
    """The rules of one list in their order; the default rule, saved or not, stands last."""

    request: SignedIn
    template_name = "tickets/rules/rule_list.html"
    title = _("Rules")
    icon = "workflow"
    link = Link("settings:rule_add", _("New rule"), "plus")
    trigger = Rule.Trigger.NEW
    nothing = _("No rules yet")

    def get_queryset(self) -> Any:
        rules = list(Rule.objects.of(self.trigger))
        if self.trigger == Rule.Trigger.NEW and not any(rule.is_default for rule in rules):
            rules.append(default_rule())
        return rows(rules, self.request)


class OverTimeList(RuleList):
    link = Link("settings:rule_over_time_add", _("New rule"), "plus")
    trigger = Rule.Trigger.TIME
    nothing_text = _(
        "Every fifteen minutes, these rules check unsolved tickets: they remind, raise the priority, assign or close."
    )


def default_rule() -> Rule:
    """The default rule before anybody has saved it."""
    return Rule(is_default=True, name=_t("Default rule"))


def rows(rules: list[Rule], request: SignedIn) -> list[Row]:
    """`rules` in words. One query for each kind of thing that they name."""
    values = [compiled(rule) for rule in rules]
    names = Names.of(chain.from_iterable((*each.conditions, *each.actions) for each in values), request.user)
    movable = [rule for rule in rules if not rule.is_default]
    long_ago = timezone.now() - IDLE
    return [
        Row(
            rule,
            [condition_text(each, names) for each in value.conditions],
            [action_text(each, names) for each in value.actions],
            is_first=rule is movable[0] if movable else False,
            is_last=rule is movable[-1] if movable else False,
            is_idle=rule.is_active and not rule.is_default and (rule.last_hit_at or rule.created_at) < long_ago,
        )
        for rule, value in zip(rules, values, strict=True)
    ]


class RulePage(FormPage):
    """The form of a rule. “Try it” shows what it would have done and saves nothing; so do the buttons of its lines."""

    request: SignedIn
    model = Rule
    context_object_name = "rule"
    form_class = RuleForm
    template_name = "tickets/rules/rule.html"
    trigger = Rule.Trigger.NEW
    is_default = False
    changed_too = ("conditions", "actions")
    list_title = _("Rules")
    new_title = _("New rule")
    edit_title = _("Rule")
    saved = _("The rule %(rule)s was saved.")

    @property
    def success_url(self) -> str:  # type: ignore[override]  # each list has its own
        return reverse(LISTS[self.trigger])

    def get_success_url(self) -> str:
        return self.success_url

    def get_object(self, queryset: Any = None) -> Rule:
        if self.is_default:
            return Rule.objects.filter(trigger=self.trigger, is_default=True).first() or default_rule()
        if "pk" not in self.kwargs:
            return Rule(trigger=self.trigger)
        return get_object_or_404(Rule, pk=self.kwargs["pk"], trigger=self.trigger, is_default=False)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"reader": self.request.user}

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not {"add", "remove"} & request.POST.keys():
            return super().post(request, *args, **kwargs)
        self.object = self.get_object()
        form = changed(request.POST, self.object, self.request.user)
        return self.render_to_response(self.get_context_data(form=form, unsaved=True))

    def form_valid(self, form: "ModelForm[Any]") -> HttpResponse:
        if self.request.POST.get("do") == "try":
            trial = self.trial(form.instance)
            return self.render_to_response(self.get_context_data(form=form, trial=trial, unsaved=True))
        return super().form_valid(form)

    def form_invalid(self, form: "ModelForm[Any]") -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def trial(self, rule: Rule) -> Any:
        """What the unsaved `rule` would have done, or would do now."""
        raise NotImplementedError


class OverTimePage(RulePage):
    template_name = "tickets/rules/rule_over_time.html"
    trigger = Rule.Trigger.TIME

    def trial(self, rule: Rule) -> Any:
        return try_rule(rule, self.request.user)


@require_POST
@administrator_of_all_required
def move(request: SignedIn, pk: int) -> HttpResponse:
    """Put a rule one place up or down (`to`), or before another one of its list (`before`, "" for the end)."""
    rule = get_object_or_404(Rule, pk=pk, is_default=False)
    with transaction.atomic():
        others = Rule.objects.of(rule.trigger).filter(is_default=False).select_for_update()
        order = [each.pk for each in others]
        place = _place(order, pk, request)
        order.remove(pk)
        order.insert(place, pk)
        positions = {each: number for number, each in enumerate(order, 1)}
        for each in others:
            each.position = positions[each.pk]
        Rule.objects.bulk_update(others, ["position"])
    return redirect(LISTS[Rule.Trigger(rule.trigger)])


def _place(order: list[int], pk: int, request: SignedIn) -> int:
    here = order.index(pk)
    to = request.POST.get("to", "")
    if to:
        return max(0, here - 1) if to == "up" else here + 1
    before = request.POST.get("before", "")
    if not before:
        return len(order)
    other = row_id(before)
    if other not in order:
        raise Http404
    return order.index(other) - (here < order.index(other))


@require_POST
@administrator_of_all_required
def switch(request: SignedIn, pk: int) -> HttpResponse:
    """Switch a rule on or off."""
    rule = get_object_or_404(Rule, pk=pk)
    Rule.objects.filter(pk=pk).update(is_active=not rule.is_active)
    return redirect(LISTS[Rule.Trigger(rule.trigger)])
