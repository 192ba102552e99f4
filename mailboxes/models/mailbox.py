"""The mailboxes: accounts that we fetch and send with, and their state."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from mailboxes.connections.account import Account, Security
from mailboxes.models.sentence_field import SentenceField
from mailboxes.storage.secrets import EncryptedTextField
from recipients.addressing.fields import TypedAddressField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH
from recipients.models import OwnAddress

_PORTS = [MinValueValidator(1), MaxValueValidator(65535)]
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE_AFTER_A_REFUSED_LOGIN = timedelta(hours=1)  # asking more often locks accounts
FAILURES_BEFORE_ALERT = 3  # a server that restarts is no news; a refused login or a lost folder is, at once
FETCH_FIELDS = [
    "state",
    "state_since",
    "state_message",
    "failures",
    "fetched_at",
    "next_poll_at",
    "alerted_at",
]


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def due(self, now: datetime) -> Self:
        """Those to be fetched now that nobody is fetching."""
        free = models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=now)
        return self.filter(free, is_active=True, next_poll_at__lte=now)

    def claim(self, pk: int) -> "Mailbox | None":
        """The mailbox, for this worker alone until the lease runs out; None while another worker has it (L12).

        The lease, not a lock, is what lasts through the minutes of a fetch: see docs/decisions/fetch-lease.md.
        """
        now = timezone.now()
        with transaction.atomic():
            mailbox = self.select_for_update(skip_locked=True).filter(pk=pk).first()
            if mailbox is None or (mailbox.claimed_until and mailbox.claimed_until > now):
                return None
            mailbox.claim, mailbox.claimed_until = uuid.uuid4().hex, now + lease()
            mailbox.save(update_fields=["claim", "claimed_until"])
        return mailbox

    def able_to_send(self) -> Self:
        """Those with a server or program of their own to send by."""
        return self.exclude(smtp_host="", outgoing="smtp")

    def responsible_for(self, address: str) -> "Mailbox | None":
        """The mailbox of a normalised address of ours, else the default one."""
        owner = self.filter(addresses__address=address).first() if address else None
        return owner or self.filter(is_default=True).first()

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            addresses = list(self.values_list("addresses__address", flat=True))
            deleted = super().delete()
            OwnAddress.objects.filter(address__in=[each for each in addresses if each]).delete()
            _keep_one_default()
            return deleted


def lease() -> timedelta:
    """How long a worker may be silent before others take over what it has begun."""
    return timedelta(seconds=settings.WORK_LEASE_SECONDS)


class Mailbox(models.Model):
    """An account that is fetched by IMAP or POP3 and sends by SMTP, and its state."""

    class Security(models.TextChoices):
        TLS = Security.TLS.value, _("TLS")
        STARTTLS = Security.STARTTLS.value, _("STARTTLS")
        PLAIN = Security.PLAIN.value, _("None (for tests only)")

    class AfterFetch(models.TextChoices):
        KEEP = "keep", _("Leave it as it is")
        MARK_SEEN = "mark_seen", _("Mark it as read")
        MOVE = "move", _("Move it to another folder")
        DELETE = "delete", _("Delete it")

    class Protocol(models.TextChoices):
        IMAP = "imap", _("IMAP")
        POP3 = "pop3", _("POP3")

    class Outgoing(models.TextChoices):
        SMTP = "smtp", _("an SMTP server")
        SENDMAIL = "sendmail", _("the mail program of this machine (sendmail)")

    class SignIn(models.TextChoices):
        PASSWORD = "password", _("Password")
        GOOGLE = "google", _("Sign in with Google")
        MICROSOFT = "microsoft", _("Sign in with Microsoft")

    class TakeIn(models.TextChoices):
        """What becomes of the mail that lies in the mailbox when it is connected."""

        NEW = "new", _("New mail only")
        SINCE = "since", _("Mail since a date")
        ALL = "all", _("Everything; what is already there becomes closed tickets, and nobody is notified")

    class Authentication(models.TextChoices):
        OFF = "off", _("Off")
        OBSERVE = "observe", _("Observe")
        ENFORCE = "enforce", _("Enforce")

    class State(models.TextChoices):
        NEW = "new", _("Not fetched yet")
        OK = "ok", _("Working")
        CONNECTION = "connection", _("No connection")
        LOGIN = "login", _("Sign-in refused")
        FOLDER = "folder", _("Folder missing")
        FETCH = "fetch", _("Connection lost while fetching")
        STORAGE = "storage", _("Storage full or out of reach")

    name = models.CharField(_("name"), max_length=200, help_text=_("Shown as the sender's name on what it sends."))
    is_default = models.BooleanField(_("default mailbox"), default=False)
    is_active = models.BooleanField(_("fetch mail"), default=True)

    protocol = models.CharField(_("protocol"), max_length=4, choices=Protocol, default=Protocol.IMAP)
    imap_host = models.CharField(_("IMAP server"), max_length=255)
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993, validators=_PORTS)
    imap_security = models.CharField(_("IMAP security"), max_length=8, choices=Security, default=Security.TLS)
    sign_in = models.CharField(_("signs in with"), max_length=9, choices=SignIn, default=SignIn.PASSWORD)
    imap_username = models.CharField(_("IMAP user name"), max_length=255)
    imap_password = EncryptedTextField(_("IMAP password"), blank=True)
    folder = models.CharField(_("folder"), max_length=255, default="INBOX")
    after_fetch = models.CharField(
        _("after a mail was taken in"), max_length=9, choices=AfterFetch, default=AfterFetch.KEEP
    )
    move_to = models.CharField(_("move to folder"), max_length=255, blank=True)
    max_message_bytes = models.PositiveBigIntegerField(_("largest mail in bytes"), default=limits.MAIL_BYTES.amount)
    poll_seconds = models.PositiveIntegerField(
        _("seconds between fetches"), default=60, validators=[MinValueValidator(5)]
    )

    take_in = models.CharField(
        _("mail that is already there"),
        max_length=5,
        choices=TakeIn,
        default=TakeIn.SINCE,
        help_text=_("What is in the mailbox when it is connected. This changes nothing on the server."),
    )
    take_in_since = models.DateField(
        _("since"), null=True, blank=True, help_text=_("Mail that arrived before this day stays as it is.")
    )
    set_up_at = models.DateTimeField(null=True, blank=True, editable=False)  # its account was chosen: later mail is new
    connected_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_uid = models.PositiveBigIntegerField(
        default=0, editable=False, help_text=_("Mail up to this UID was there when the mailbox was connected.")
    )
    left_messages = models.PositiveIntegerField(null=True, blank=True, editable=False)

    outgoing = models.CharField(_("send through"), max_length=8, choices=Outgoing, default=Outgoing.SMTP)
    smtp_host = models.CharField(_("SMTP server"), max_length=255, blank=True)
    smtp_port = models.PositiveIntegerField(_("SMTP port"), default=465, validators=_PORTS)
    smtp_security = models.CharField(_("SMTP security"), max_length=8, choices=Security, default=Security.TLS)
    smtp_username = models.CharField(_("SMTP user name"), max_length=255, blank=True)
    smtp_password = EncryptedTextField(_("SMTP password"), blank=True)
    certificate_authority = models.TextField(
        _("certificate authority"),
        blank=True,
        help_text=_(
            "Only for a server with a certificate from your own authority: that authority's certificate "
            "in PEM format, from “-----BEGIN CERTIFICATE-----” on. It applies to IMAP and SMTP."
        ),
    )
    sender_email = TypedAddressField(
        _("Sender's email"),
        max_length=MAX_ADDRESS_LENGTH,
        blank=True,
        help_text=_("The From address of mail to staff. Leave empty for the mailbox's own address."),
    )
    plus_addressing = models.BooleanField(
        _("plus-addresses reach it"),
        default=False,
        help_text=_("Replies then carry a signed address and find their ticket without their subject."),
    )
    authserv_id = models.CharField(
        _("authserv-id"),
        max_length=255,
        blank=True,
        help_text=_("The name your mail server puts into its Authentication-Results, for example mx.example.com."),
    )
    authentication = models.CharField(
        _("sender authentication"), max_length=8, choices=Authentication, default=Authentication.OBSERVE
    )

    uidvalidity = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    next_poll_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW, editable=False)
    state_message = SentenceField(_("what happened"), blank=True, editable=False)
    state_since = models.DateTimeField(default=timezone.now, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    fetched_at = models.DateTimeField(_("last fetched"), null=True, blank=True, editable=False)
    alerted_at = models.DateTimeField(null=True, blank=True, editable=False)
    claim = models.CharField(max_length=32, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    sending_paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    sending_trouble = SentenceField(blank=True, editable=False)
    server_messages = models.PositiveIntegerField(_("messages on the server"), null=True, blank=True, editable=False)
    ledger_messages = models.PositiveIntegerField(_("of these in the mail log"), null=True, blank=True, editable=False)
    reconciled_at = models.DateTimeField(_("compared"), null=True, blank=True, editable=False)

    objects = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_mailbox"
            ),
            models.CheckConstraint(
                condition=~models.Q(after_fetch="move") | ~models.Q(move_to=""),
                name="moving_needs_a_folder",
                violation_error_message=_("Enter the folder to which mail is moved."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The first mailbox is the default one (U05)."""
        if self._state.adding and not Mailbox.objects.filter(is_default=True).exists():
            self.is_default = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Forget the account and free its addresses; its mail stays in the log. Another mailbox becomes the default."""
        return Mailbox.objects.filter(pk=self.pk).delete()

    def clean(self) -> None:
        if self.after_fetch == self.AfterFetch.MOVE and self.move_to == self.folder:
            raise ValidationError({"move_to": _("Mails cannot be moved to the folder they are fetched from.")})

    def make_default(self) -> None:
        """Send by this mailbox whatever no other one has to send (U09)."""
        with transaction.atomic():
            Mailbox.objects.filter(is_default=True).exclude(pk=self.pk).update(is_default=False)
            self.is_default = True
            self.save(update_fields=["is_default"])

    def renew(self) -> bool:
        """Say that this worker is still at it; False if the lease ran out and another worker has taken over."""
        return bool(self._claimed().update(claimed_until=timezone.now() + lease()))

    def release(self) -> None:
        self._claimed().update(claim="", claimed_until=None)

    @classmethod
    def pause_sending(cls, server: Account, until: datetime, trouble: str) -> None:
        """Nothing is handed to this SMTP server `until` then; `trouble` is a sentence for administrators."""
        same = cls.objects.filter(smtp_host=server.host, smtp_port=server.port)
        same.update(sending_paused_until=until, sending_trouble=trouble)

    @property
    def sending_is_paused(self) -> bool:
        """Whether its SMTP server is left alone for now."""
        return self.sending_paused_until is not None and self.sending_paused_until > timezone.now()

    def _claimed(self) -> "MailboxQuerySet":
        return Mailbox.objects.filter(pk=self.pk, claim=self.claim)

    def record_fetch(self, state: str, message: str = "") -> None:
        """Write down how a fetch ended, and when the next one is due. `message` is a sentence for administrators.

        `alerted_at` is set from when it is time that people are told, until it works again.
        """
        now, ok = timezone.now(), state == self.State.OK
        self.failures = 0 if ok else self.failures + 1
        if state != self.state:
            self.state, self.state_since, self.state_message = state, now, ""
        self.state_message = message or (self.state_message if ok else "")
        self.fetched_at = now if ok else self.fetched_at
        self.next_poll_at = now + self.pause
        if ok:
            self.alerted_at = None
        elif self.failures >= FAILURES_BEFORE_ALERT or state in (self.State.LOGIN, self.State.FOLDER):
            self.alerted_at = self.alerted_at or now
        self.save(update_fields=FETCH_FIELDS)

    @property
    def pause(self) -> timedelta:
        """Until the next fetch: twice as long after each failure, up to a limit."""
        pause = timedelta(seconds=self.poll_seconds)
        if not self.failures:
            return pause
        longest = LONGEST_PAUSE
        if self.state == self.State.LOGIN:
            longest = LONGEST_PAUSE_AFTER_A_REFUSED_LOGIN
        factor: int = 2 ** min(self.failures, 16)
        return max(pause, min(longest, pause * factor))

    @property
    def missing_messages(self) -> int | None:
        """Messages on the server that are not in the mail log (L08); None if that is not known.

        It is not before the first comparison, nor where what was taken in does not stay to be compared.
        """
        if self.server_messages is None or self.ledger_messages is None:
            return None
        return self.server_messages - self.ledger_messages or (0 if self.is_comparable else None)

    @property
    def is_comparable(self) -> bool:
        """Whether the server shows what the mail log must have: not POP3, nor a folder that is emptied."""
        return self.protocol == self.Protocol.IMAP and self.after_fetch in (
            self.AfterFetch.KEEP,
            self.AfterFetch.MARK_SEEN,
        )

    @property
    def is_signed_in_to(self) -> bool:
        """Whether a provider's page is signed in to, and no password kept."""
        return self.sign_in != self.SignIn.PASSWORD

    @property
    def can_send(self) -> bool:
        return bool(self.smtp_host) or self.outgoing == self.Outgoing.SENDMAIL

    def is_of_the_past(self, uid: int, received_at: datetime | None) -> bool:
        """Whether a message was there when the mailbox was connected and is only filed."""
        connected = self.connected_at
        if self.take_in != self.TakeIn.ALL or connected is None:
            return False
        if self.protocol == self.Protocol.IMAP and uid > self.first_uid:
            return False
        return received_at is None or received_at < connected

    @property
    def address(self) -> str:
        """Its own address, normalised ("" until it has one)."""
        return next((address.address for address in self.addresses.all() if address.is_main), "")

    @property
    def imap_account(self) -> Account:
        return Account(
            self.imap_host,
            self.imap_port,
            Security(self.imap_security),
            self.imap_username,
            self.imap_password,
            authorities=self.certificate_authority,
        )

    @property
    def smtp_account(self) -> Account:
        if self.outgoing == self.Outgoing.SENDMAIL:
            return Account("", 0, Security.PLAIN, program=settings.SENDMAIL_PATH)
        return Account(
            self.smtp_host,
            self.smtp_port,
            Security(self.smtp_security),
            self.smtp_username,
            self.smtp_password,
            authorities=self.certificate_authority,
        )


class LeftMessage(models.Model):
    """A message on a POP3 server that was there when the mailbox was connected, and stays as it is."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="left")
    uid = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "uid"], name="one_row_a_left_message")]

    def __str__(self) -> str:
        return str(self.uid)


def _keep_one_default() -> None:
    """After the default mailbox is gone, the one that is fetched, and was there first, takes its place."""
    if not Mailbox.objects.filter(is_default=True).exists():
        successor = Mailbox.objects.order_by("-is_active", "pk").first()
        if successor:
            successor.make_default()
