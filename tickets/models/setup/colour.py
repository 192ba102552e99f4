"""The colours that priorities and statuses may have: tokens of the style sheets, readable in light and dark."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Colour(models.TextChoices):
    GREY = "muted", _("Grey")
    BLUE = "accent", _("Blue")
    GREEN = "ok", _("Green")
    AMBER = "warn", _("Amber")
    RED = "danger", _("Red")
    VIOLET = "violet", _("Violet")
