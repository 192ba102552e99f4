"""What the portal and mails show of the organisation: its name, its logo and its colour."""

from hashlib import sha256
from typing import Any, Self

from django.core.cache import cache
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.wording.brand import Brand

#: Seconds for which a process goes on with what it has read: another one may have saved something else.
SECONDS = 60
KEPT = "brand"
is_colour = RegexValidator(
    r"\A#[0-9a-fA-F]{6}\Z", _("Give the colour as # and six hexadecimal digits, such as #1d4ed8.")
)


class Branding(models.Model):
    """One row. Every page of the portal asks `current`, which is kept in the cache, so that none asks a query more."""

    name = models.CharField(
        _("name of your company"),
        max_length=60,
        blank=True,
        help_text=_("Shown above the customers' portal and on emails that are sent automatically."),
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        validators=[is_colour],
        help_text=_("The colour of buttons and links, such as #1d4ed8. Leave empty for the helpdesk's own."),
    )
    logo = models.BinaryField(blank=True)
    logo_type = models.CharField(max_length=20, blank=True, editable=False)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("company")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="branding_is_one_row")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        transaction.on_commit(self.keep)

    @classmethod
    def load(cls) -> Self:
        """The row, with its defaults if it was never saved. One query."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def current(cls) -> Brand:
        """What is shown; at most a minute old where several processes share no cache. No query but now and then one."""
        kept = cls.kept()
        return kept if kept is not None else cls.load().keep()

    @staticmethod
    def kept() -> Brand | None:
        """What is in the cache, for pages that cannot ask the database."""
        kept: Brand | None = cache.get(KEPT)
        return kept

    @property
    def logo_version(self) -> str:
        """Another one for each logo, "" for none: pictures are kept by browsers for ever."""
        return sha256(bytes(self.logo)).hexdigest()[:16] if self.logo else ""

    def keep(self) -> Brand:
        """Show what this row says from now on."""
        brand = Brand(self.name, self.colour, self.logo_version)
        cache.set(KEPT, brand, SECONDS)
        return brand
