"""One-time links, by which the reader of a mail proves that they control the address."""

import hashlib
import secrets
from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import MAX_ADDRESS_LENGTH

#: So long after its end a link is remembered, and whoever opens it is told what became of it. Later it is unknown.
KEPT_FOR = timedelta(days=30)


class OneTimeLink(models.Model):
    """A secret that was mailed to `address`. Only its SHA-256 is kept, so that whoever reads the table cannot use it.

    Opening a link changes nothing, because mail scanners open links; `use` is for the button on its page.
    """

    lifetime: ClassVar[timedelta]

    digest = models.CharField(max_length=64, unique=True, editable=False)
    address = models.CharField(_("address"), max_length=MAX_ADDRESS_LENGTH)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} → {self.address}"

    @classmethod
    def issue(cls, address: str, **fields: object) -> tuple[Self, str]:
        """A new link for the normalised `address`, saved, and the token that its URL carries (256 random bits)."""
        token, now = secrets.token_urlsafe(32), timezone.now()
        values = {"digest": _digest(token), "created_at": now, "expires_at": now + cls.lifetime}
        return cls._default_manager.create(address=address, **values, **fields), token

    @classmethod
    def find(cls, token: str) -> Self | None:
        """The link with `token`, used or expired as it may be."""
        return cls._default_manager.filter(digest=_digest(token)).first()

    @classmethod
    def outlived(cls) -> models.QuerySet[Self]:
        """Those that ended so long ago that nobody needs to be told any more."""
        return cls._default_manager.filter(expires_at__lt=timezone.now() - KEPT_FOR)

    @property
    def is_usable(self) -> bool:
        return self.used_at is None and timezone.now() < self.expires_at

    def use(self) -> bool:
        """Use it up; False if it was used before or has expired. Of two clicks at once, one succeeds."""
        now = timezone.now()
        unused = type(self)._default_manager.filter(pk=self.pk, used_at__isnull=True, expires_at__gt=now)
        if not unused.update(used_at=now):
            return False
        self.used_at = now
        return True


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
