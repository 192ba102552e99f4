"""The rules of the deny list."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing import expressions
from recipients.addressing.normalise import normalise

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class DenyRule(models.Model):
    """Mail that is refused on arrival: where to look, how to compare, what to look for (R20)."""

    class Where(models.TextChoices):
        EMAIL = "email", _("Sender's address")
        SUBJECT = "subject", _("Subject")
        BODY = "body", _("Text")

    class How(models.TextChoices):
        EXACT = "exact", _("is")
        CONTAINS = "contains", _("contains")
        STARTS = "starts", _("starts with")
        ENDS = "ends", _("ends with")
        REGEX = "regex", _("matches the regular expression")

    where = models.CharField(_("where"), max_length=8, choices=Where, default=Where.EMAIL)
    how = models.CharField(_("how"), max_length=8, choices=How, default=How.EXACT)
    text = models.CharField(_("text"), max_length=500)
    is_active = models.BooleanField(_("active"), default=True)
    hits = models.PositiveIntegerField(_("hits"), default=0, editable=False)
    last_hit_at = models.DateTimeField(_("last hit"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("deny rule")
        verbose_name_plural = _("deny list")
        ordering = ["where", "text"]

    def __str__(self) -> str:
        return f"{self.get_where_display()} {self.get_how_display()} “{self.text}”"

    def clean(self) -> None:
        self.text = self.text.strip()
        if mistake := expressions.mistake(self.text) if self.how == self.How.REGEX else self._never_matches():
            raise ValidationError({"text": mistake})

    def _never_matches(self) -> "_StrPromise | str":
        """Why no address can be what a rule about the sender's address looks for; "" if one can."""
        if self.where != self.Where.EMAIL or not self.text:
            return ""
        if "*" in self.text:
            return _(
                "An asterisk is an ordinary character here. For everybody at a domain, choose “ends "
                "with” and “@example.com”."
            )
        is_part = not any(character.isspace() for character in self.text) and self.text.count("@") < 2
        if not (normalise(self.text) if self.how == self.How.EXACT else is_part):
            return _(
                "No sender's address can look like this. An address looks like “name@example.com”, "
                "without a name beside it."
            )
        return ""

    def count_hit(self) -> None:
        type(self).objects.filter(pk=self.pk).update(hits=models.F("hits") + 1, last_hit_at=timezone.now())
