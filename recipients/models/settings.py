"""The settings of recognition."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


def _default_kinds() -> list[str]:
    return ["customer", "lead"]


class RecognitionSettings(models.Model):
    """One row: what the matcher may choose (W05, W06, W07, W08, W09, W10) and whose domains say nothing (W14)."""

    class Preference(models.TextChoices):
        COMPANY = "company", _("Company")
        PERSON = "person", _("Person")
        NONE = "none", _("Nobody: an agent chooses")

    preference = models.CharField(
        _("when an address belongs to a person and a company"),
        max_length=8,
        choices=Preference,
        default=Preference.COMPANY,
    )
    allowed_kinds = models.JSONField(_("kinds that may be a ticket's customer"), default=_default_kinds)
    domain_counts_as_valid = models.BooleanField(_("domain recognition counts as valid"), default=False)
    listed_senders_wait = models.BooleanField(_("customers' entries await approval"), default=False)
    public_domains_added = models.TextField(_("further public mail domains"), blank=True)
    public_domains_excepted = models.TextField(_("not public mail domains"), blank=True)

    class Meta:
        verbose_name = _("recognition settings")
        verbose_name_plural = _("recognition settings")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="recognition_settings_are_one_row")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> Self:
        """The row, with its defaults if it was never saved. One query."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)
