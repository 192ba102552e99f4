"""The domains that we send for, and what their name servers said when they were asked."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import MAX_DOMAIN_LENGTH


class SendingDomain(models.Model):
    """One row for each domain that was ever checked. `answers` maps "TXT example.com" to what was there; None: nobody
    answered.
    """

    domain = models.CharField(_("domain"), max_length=MAX_DOMAIN_LENGTH, unique=True)
    selectors = models.CharField(
        _("DKIM selectors"),
        max_length=200,
        blank=True,
        help_text=_("The names of your server's keys, for example mail2026; separate several with spaces."),
    )
    is_trusted = models.BooleanField(
        _("we may send for it"),
        default=False,
        help_text=_("Agents may then write from their own addresses at this domain, whatever the check says."),
    )
    is_fit = models.BooleanField(default=False, editable=False)
    answers = models.JSONField(default=dict, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("sending domain")
        verbose_name_plural = _("sending domains")
        ordering = ["domain"]

    def __str__(self) -> str:
        return self.domain

    @classmethod
    def permitted(cls) -> frozenset[str]:
        """The domains for which agents' own addresses may stand in From. One query."""
        found = cls.objects.filter(models.Q(is_fit=True) | models.Q(is_trusted=True))
        return frozenset(found.values_list("domain", flat=True))
