"""The pulse of beat and the workers."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Pulse(models.Model):
    """When a periodic task last ran, so that `/readyz` can tell that beat and a worker are alive."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def beat(cls, name: str) -> None:
        cls.objects.update_or_create(name=name, defaults={"at": timezone.now()})
