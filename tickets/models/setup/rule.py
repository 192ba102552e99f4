"""Rules: what is done with a new request, and with tickets over time, without anybody doing it."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RuleQuerySet(models.QuerySet["Rule"]):
    """Questions about rules, to be chained."""

    def of(self, trigger: str) -> Self:
        """Those of one list, in their order: the default rule last."""
        return self.filter(trigger=trigger).order_by("is_default", "position", "pk")

    def active(self) -> Self:
        return self.filter(is_active=True)


class Rule(models.Model):
    """One rule: if its conditions hold, its actions are done; several, in order (U03, U16, U20).

    `conditions` and `actions` are values as `tickets.rules.conditions` and `tickets.rules.actions` read them; they name
    queues, agents and customers by number. The default rule has no conditions and counts where no other one acted.
    """

    class Trigger(models.TextChoices):
        NEW = "new", _("New requests")
        TIME = "time", _("Over time")

    class Combine(models.TextChoices):
        ALL = "all", _("all of these apply")
        ANY = "any", _("any of these applies")

    trigger = models.CharField(max_length=4, choices=Trigger, default=Trigger.NEW, editable=False)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField(default=0, editable=False)
    is_default = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    combine = models.CharField(_("if"), max_length=3, choices=Combine, default=Combine.ALL)
    conditions = models.JSONField(_("conditions"), default=list, blank=True)
    actions = models.JSONField(_("actions"), default=list, blank=True)
    stop = models.BooleanField(
        _("stop here"), default=False, help_text=_("Where this rule has applied, the rules below it are skipped.")
    )
    hits = models.PositiveIntegerField(_("hits"), default=0, editable=False)
    last_hit_at = models.DateTimeField(_("last hit"), null=True, blank=True, editable=False)
    left_over = models.PositiveIntegerField(default=0, editable=False)  # due tickets that the last run did not come to
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["trigger", "is_default", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["trigger"], condition=Q(is_default=True), name="one_default_rule_a_list")
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and not self.position and not self.is_default:
            last = type(self).objects.filter(trigger=self.trigger).aggregate(last=models.Max("position"))["last"]
            self.position = (last or 0) + 1
        super().save(*args, **kwargs)


class RuleRun(models.Model):
    """That a rule over time has acted on a ticket; it does not act again until its conditions were false."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="runs")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("run of a rule")
        verbose_name_plural = _("runs of rules")
        constraints = [models.UniqueConstraint(fields=["rule", "ticket"], name="one_run_a_rule_and_ticket")]

    def __str__(self) -> str:
        return f"{self.rule_id} #{self.ticket_id}"
