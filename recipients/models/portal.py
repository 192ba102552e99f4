"""Which customers' people sign in to the portal, and how?"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, display
from recipients.models.customers import Customer
from recipients.models.links import OneTimeLink

#: Wrong passwords after which a password opens nothing for a while; a mailed link still does.
MOST_FAILURES = 8
LOCKED_FOR = timedelta(minutes=15)


class PortalAccount(models.Model):
    """An address whose reader has signed in to the portal. What it may see is asked of the address book every time.

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
        itself.filter(failures__gte=MOST_FAILURES).update(failures=0, locked_until=timezone.now() + LOCKED_FOR)
        self.refresh_from_db(fields=["failures", "locked_until"])


class SignInLink(OneTimeLink):
    """A link that signs its reader in to the portal."""

    lifetime = timedelta(minutes=30)

    class Meta:
        verbose_name = _("sign-in link")
        verbose_name_plural = _("sign-in links")
        indexes = [models.Index(fields=["address", "-created_at"], name="sign_in_link_by_address")]


class AuthorisedSendersChange(models.Model):
    """Who changed a customer's authorised senders, from what to what. Kept for ever; the profile Email is told once."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="authorised_changes")
    added = models.JSONField(_("added"), default=list)
    removed = models.JSONField(_("removed"), default=list)
    confirmed = models.JSONField(_("confirmed"), default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_address = models.CharField(_("by the address"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    told_at = models.DateTimeField(_("profile Email told"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of authorised senders")
        verbose_name_plural = _("changes of authorised senders")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-at", "-id"], name="authorised_change_by_customer"),
            models.Index(fields=["at"], name="authorised_change_untold", condition=models.Q(told_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.customer} +{len(self.added)} −{len(self.removed)}"

    @property
    def who(self) -> str:
        """The agent or the visitor of the portal, as agents read it."""
        return str(self.by or display(self.by_address) or gettext("The helpdesk"))

    @property
    def who_to_customers(self) -> str:
        """The same as customers read it: of those who work here never the address."""
        return gettext("Our team") if self.by and "@" in str(self.by) else self.who

    @property
    def added_shown(self) -> str:
        return ", ".join(map(display, self.added))

    @property
    def removed_shown(self) -> str:
        return ", ".join(map(display, self.removed))

    @property
    def confirmed_shown(self) -> str:
        return ", ".join(map(display, self.confirmed))
