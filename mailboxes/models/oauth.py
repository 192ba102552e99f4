"""Sign-in by a provider's page (OAuth2): the application, the tokens of a mailbox, and their state."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailboxes.models.mailbox import Mailbox
from mailboxes.models.sentence_field import SentenceField
from mailboxes.storage.secrets import EncryptedTextField

EARLY = timedelta(minutes=5)  # before it ends a token is replaced: clocks differ, and a fetch takes its time
CLAIM = timedelta(minutes=1)  # for one question to the provider
MEANT_FOR = (
    "sign_in",
    *("protocol", "imap_host", "imap_port", "imap_security", "imap_username", "certificate_authority"),
    *("outgoing", "smtp_host", "smtp_port", "smtp_security", "smtp_username"),
)


class OAuthAccount(models.Model):
    """The application registered at the provider, and the tokens that it was given for one mailbox.

    The provider is `mailbox.sign_in`. Tokens are written by whoever holds the claim alone: a rotated refresh token that
    another worker overwrites is lost, and with it the sign-in.
    """

    class Grant(models.TextChoices):
        CODE = "code", _("Somebody signs in, once")
        CLIENT = "client", _("The application signs in by itself (Microsoft 365: client credentials)")

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="oauth")
    grant = models.CharField(_("who signs in"), max_length=6, choices=Grant, default=Grant.CODE)
    tenant = models.CharField(
        _("tenant"), max_length=100, blank=True, help_text=_("Microsoft 365: the directory’s id or domain.")
    )
    client_id = models.CharField(_("client ID"), max_length=255)
    client_secret = EncryptedTextField(_("client secret"), blank=True)
    secret_expires_on = models.DateField(
        _("the secret expires on"),
        null=True,
        blank=True,
        help_text=_("As shown on the provider's page. Administrators are notified 14 days and one day before."),
    )
    connected_as = models.CharField(max_length=320, blank=True, editable=False)
    access_token = EncryptedTextField(blank=True, editable=False)
    refresh_token = EncryptedTextField(blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)
    trouble = SentenceField(blank=True, editable=False)
    told = models.CharField(max_length=8, blank=True, editable=False)  # what administrators were told last
    claim = models.CharField(max_length=32, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")

    def __str__(self) -> str:
        return f"{self.mailbox}: {self.connected_as}"

    @property
    def is_signed_in(self) -> bool:
        """Whether tokens can be had: somebody has signed in, or the application can."""
        return bool(self.client_secret if self.grant == self.Grant.CLIENT else self.refresh_token)

    @property
    def is_fresh(self) -> bool:
        """Whether the access token can be used for a while."""
        return bool(self.access_token and self.expires_at and self.expires_at - EARLY > timezone.now())

    @property
    def is_usable(self) -> bool:
        """Whether the access token has not ended yet."""
        return bool(self.access_token and self.expires_at and self.expires_at > timezone.now())

    def forget(self) -> None:
        """Forget what opens the mailbox, because its server is another one: nothing is handed to one not meant.

        Of an application that signs in by itself that is its secret too. Who renews a token meanwhile loses the claim.
        """
        secret = {"client_secret": ""} if self.grant == self.Grant.CLIENT else {}
        OAuthAccount.objects.filter(pk=self.pk).update(
            access_token="",
            refresh_token="",
            connected_as="",
            expires_at=None,
            refreshed_at=None,
            claim="",
            claimed_until=None,
            **secret,
        )
        self.refresh_from_db()

    def take(self) -> bool:
        """Claim the tokens for a moment; False if another worker has them. On success they are read anew."""
        now, claim = timezone.now(), uuid.uuid4().hex
        free = OAuthAccount.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=now), pk=self.pk)
        if not free.update(claim=claim, claimed_until=now + CLAIM):
            return False
        self.refresh_from_db()
        return True

    def write(self, **values: Any) -> bool:
        """Write and give up the claim; nothing, and False, if somebody has taken it over meanwhile."""
        values |= {"claim": "", "claimed_until": None}
        ours = OAuthAccount.objects.filter(pk=self.pk, claim=self.claim)
        if not ours.update(**values):
            return False
        self.refresh_from_db()
        return True

    @property
    def meant_for(self) -> list[str | int]:
        """What its tokens are given for: the application, the provider, and the servers that get to see them.

        The mailbox is read anew, as another administrator may have changed it.
        """
        mailbox = Mailbox.objects.filter(pk=self.mailbox_id).values_list(*MEANT_FOR).first()
        return [self.grant, self.client_id, self.tenant, *(mailbox or ())]
