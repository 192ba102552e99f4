"""Accounts of the portal, and the links that sign in to it."""

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, display
from recipients.models.links import OneTimeLink


class PortalAccount(models.Model):
    """An address whose reader has signed in to the portal. What it may see is asked anew every time.

    A session holds the `generation` in which it began: a new password, or signing out everywhere, ends all others.
    """

    address = models.CharField(_("address"), max_length=MAX_ADDRESS_LENGTH, unique=True)
    password = models.CharField(_("password"), max_length=128, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    generation = models.PositiveIntegerField(default=0, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    locked_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    signed_in_at = models.DateTimeField(_("last signed in"), null=True, blank=True)

    class Meta:
        verbose_name = _("portal account")
        verbose_name_plural = _("portal accounts")
        ordering = ["address"]

    def __str__(self) -> str:
        return display(self.address)

    @property
    def has_password(self) -> bool:
        return bool(self.password)

    def set_password(self, password: str) -> None:
        """Choose a password ("" for none); every session ends. Unsaved."""
        self.password = make_password(password) if password else ""
        self.generation += 1
        self.failures, self.locked_until = 0, None

    def check_password(self, password: str) -> bool:
        """Whether `password` opens the account now; counts wrong ones, and after several opens nothing for a while.

        An account that is locked or has no password takes as long as one with a wrong password.
        """
        locked = self.locked_until is not None and timezone.now() < self.locked_until
        right = check_password(password, "" if locked else self.password)
        if locked:
            return False
        if right and self.failures:
            self.failures = 0
            self.save(update_fields=["failures"])
        elif not right:
            self._count_failure()
        return right

    def end_sessions(self) -> None:
        """Sign out everywhere."""
        type(self)._default_manager.filter(pk=self.pk).update(generation=models.F("generation") + 1)

    def _count_failure(self) -> None:
        """In the database, so that guesses at the same time are all counted."""
        itself = type(self)._default_manager.filter(pk=self.pk)
        itself.update(failures=models.F("failures") + 1)
        itself.filter(failures__gte=limits.PORTAL_PASSWORD.amount).update(
            failures=0, locked_until=timezone.now() + limits.PORTAL_PASSWORD.time
        )
        self.refresh_from_db(fields=["failures", "locked_until"])


class SignInLink(OneTimeLink):
    """A link that signs its reader in to the portal."""

    lifetime = limits.PORTAL_LINKS.time

    class Meta:
        verbose_name = _("sign-in link")
        verbose_name_plural = _("sign-in links")
        indexes = [models.Index(fields=["address", "-created_at"], name="sign_in_link_by_address")]
