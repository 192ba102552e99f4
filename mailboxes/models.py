"""Which accounts do we fetch, at which addresses are we reached, and what became of every message ever seen?"""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailboxes.connection import Account, Security
from mailboxes.secrets import EncryptedTextField
from recipients.addressing import MAX_ADDRESS_LENGTH
from tickets.models import Comment, Queue, Ticket

_PORTS = [MinValueValidator(1), MaxValueValidator(65535)]


class Mailbox(models.Model):
    """An account that is fetched by IMAP and sends by SMTP, and how it fares."""

    class Security(models.TextChoices):
        TLS = Security.TLS.value, _("TLS")
        STARTTLS = Security.STARTTLS.value, _("STARTTLS")
        PLAIN = Security.PLAIN.value, _("None (for tests only)")

    class AfterFetch(models.TextChoices):
        KEEP = "keep", _("Leave it as it is")
        MARK_SEEN = "mark_seen", _("Mark it as read")
        MOVE = "move", _("Move it to another folder")
        DELETE = "delete", _("Delete it")

    class Authentication(models.TextChoices):
        OFF = "off", _("Off")
        OBSERVE = "observe", _("Observe")
        ENFORCE = "enforce", _("Enforce")

    class State(models.TextChoices):
        NEW = "new", _("Not fetched yet")
        OK = "ok", _("Working")
        CONNECTION = "connection", _("No connection")
        LOGIN = "login", _("Login refused")
        FOLDER = "folder", _("Folder missing")
        FETCH = "fetch", _("Connection lost while fetching")

    name = models.CharField(_("name"), max_length=200, help_text=_("Shown as sender's name of what it sends."))
    is_default = models.BooleanField(_("default mailbox"), default=False)
    is_active = models.BooleanField(_("fetch it"), default=True)

    imap_host = models.CharField(_("IMAP server"), max_length=255)
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993, validators=_PORTS)
    imap_security = models.CharField(_("IMAP security"), max_length=8, choices=Security, default=Security.TLS)
    imap_username = models.CharField(_("IMAP user name"), max_length=255)
    imap_password = EncryptedTextField(_("IMAP password"), blank=True)
    folder = models.CharField(_("folder"), max_length=255, default="INBOX")
    after_fetch = models.CharField(
        _("after a mail was taken in"), max_length=9, choices=AfterFetch, default=AfterFetch.KEEP
    )
    move_to = models.CharField(_("move to folder"), max_length=255, blank=True)
    max_message_bytes = models.PositiveBigIntegerField(_("largest mail in bytes"), default=25 * 1024 * 1024)
    poll_seconds = models.PositiveIntegerField(
        _("seconds between fetches"), default=60, validators=[MinValueValidator(5)]
    )

    smtp_host = models.CharField(_("SMTP server"), max_length=255, blank=True)
    smtp_port = models.PositiveIntegerField(_("SMTP port"), default=465, validators=_PORTS)
    smtp_security = models.CharField(_("SMTP security"), max_length=8, choices=Security, default=Security.TLS)
    smtp_username = models.CharField(_("SMTP user name"), max_length=255, blank=True)
    smtp_password = EncryptedTextField(_("SMTP password"), blank=True)
    sender_email = models.EmailField(
        _("Sender's email"),
        max_length=MAX_ADDRESS_LENGTH,
        blank=True,
        help_text=_("From of mail to staff. Leave empty for the mailbox's own address."),
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
        help_text=_(
            "The name with which your mail server signs its Authentication-Results, for example mx.example.com."
        ),
    )
    authentication = models.CharField(
        _("sender authentication"), max_length=8, choices=Authentication, default=Authentication.OBSERVE
    )

    uidvalidity = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    next_poll_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW, editable=False)
    state_message = models.TextField(_("what happened"), blank=True, editable=False)
    state_since = models.DateTimeField(default=timezone.now, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    fetched_at = models.DateTimeField(_("last fetched"), null=True, blank=True, editable=False)
    alerted_at = models.DateTimeField(null=True, blank=True, editable=False)
    server_messages = models.PositiveIntegerField(null=True, blank=True, editable=False)

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
                violation_error_message=_("Name the folder to which mails are moved."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.after_fetch == self.AfterFetch.MOVE and self.move_to == self.folder:
            raise ValidationError({"move_to": _("Mails cannot be moved to the folder they are fetched from.")})

    @property
    def address(self) -> str:
        """Its own address, normalised ("" until it has one)."""
        return next((address.address for address in self.addresses.all() if address.is_main), "")

    @property
    def imap_account(self) -> Account:
        return Account(
            self.imap_host, self.imap_port, Security(self.imap_security), self.imap_username, self.imap_password
        )

    @property
    def smtp_account(self) -> Account:
        return Account(
            self.smtp_host, self.smtp_port, Security(self.smtp_security), self.smtp_username, self.smtp_password
        )


class Address(models.Model):
    """An address at which we are reached: a mailbox's own (main), or a further one that redirects to it (U05, U15, T22)."""

    mailbox = models.ForeignKey(Mailbox, verbose_name=_("mailbox"), on_delete=models.CASCADE, related_name="addresses")
    address = models.CharField(_("address"), max_length=MAX_ADDRESS_LENGTH, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True, help_text=_("Shown as name in Reply-To."))
    is_main = models.BooleanField(default=False, editable=False)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("queue"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="addresses",
        help_text=_("Without a queue its mail does not become tickets."),
    )
    verified_at = models.DateTimeField(_("redirect checked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["-is_main", "address"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox"], condition=models.Q(is_main=True), name="one_main_address_a_mailbox"
            )
        ]

    def __str__(self) -> str:
        return self.address


class Outcome(models.TextChoices):
    """What became of a message. Every message ends in exactly one."""

    TICKET = "ticket", _("New ticket")
    COMMENT = "comment", _("Added to a ticket")
    HELD = "held", _("Held on a ticket")
    DUPLICATE = "duplicate", _("Duplicate")
    LOOP = "loop", _("Our own mail")
    BOUNCE = "bounce", _("Delivery failure")
    AUTOMATIC = "automatic", _("Automatic mail")
    BANNED = "banned", _("Banned sender")
    DENIED = "denied", _("Denied by the deny list")
    DELETED_BY_RULE = "deleted_by_rule", _("Deleted by a rule")
    UNHANDLED = "unhandled", _("No queue handles this address")
    REFUSED = "refused", _("Refused: unknown sender")
    REDIRECT_CHECK = "redirect_check", _("Redirect check")
    TOO_LARGE = "too_large", _("Too large")
    FAILED = "failed", _("Failed, will be tried again")
    QUARANTINED = "quarantined", _("Failed too often")


class InboundEmail(models.Model):
    """The ledger: one row for every message ever seen, written before anything looks inside it.

    `outcome` is "" until it is settled. `ticket_number` stays when the ticket is deleted: the tombstone that keeps its
    mails from coming back (lesson 19).
    """

    class Source(models.TextChoices):
        IMAP = "imap", _("Fetched")
        PIPE = "pipe", _("Handed over by a mail server")
        REPLAY = "replay", _("Uploaded")

    class ServerAction(models.TextChoices):
        NONE = "none", _("Nothing to do")
        PENDING = "pending", _("To do on the server")
        DONE = "done", _("Done on the server")

    source = models.CharField(_("source"), max_length=6, choices=Source, default=Source.IMAP)
    mailbox = models.ForeignKey(
        Mailbox, verbose_name=_("mailbox"), null=True, blank=True, on_delete=models.SET_NULL, related_name="inbound"
    )
    folder = models.CharField(_("folder"), max_length=255, blank=True)
    uidvalidity = models.PositiveBigIntegerField(null=True, blank=True)
    uid = models.PositiveBigIntegerField(null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    fetched_at = models.DateTimeField(_("fetched"), default=timezone.now)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    raw_sha256 = models.CharField(max_length=64, blank=True, help_text=_("Names the raw mail in the archive."))
    envelope_to = models.CharField(_("envelope recipient"), max_length=MAX_ADDRESS_LENGTH, blank=True)

    message_id = models.TextField(_("Message-ID"), blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    kind = models.CharField(_("kind"), max_length=24, blank=True)
    author = models.CharField(_("from"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    address = models.CharField(_("written to"), max_length=MAX_ADDRESS_LENGTH, blank=True)

    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.SET_NULL, related_name="inbound")
    ticket_number = models.PositiveBigIntegerField(_("ticket number"), null=True, blank=True)
    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.SET_NULL, related_name="inbound")
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="duplicates"
    )
    match = models.JSONField(_("recognition"), default=dict, blank=True)
    verdict = models.JSONField(_("authentication"), default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    traceback = models.TextField(blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    server_action = models.CharField(max_length=7, choices=ServerAction, default=ServerAction.NONE)

    class Meta:
        verbose_name = _("received mail")
        verbose_name_plural = _("mail log")
        ordering = ["-fetched_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "folder", "uidvalidity", "uid"], name="one_ledger_row_a_message")
        ]
        indexes = [
            models.Index(fields=["-fetched_at", "-id"], name="ledger_by_time"),
            models.Index(fields=["outcome", "-fetched_at", "-id"], name="ledger_by_outcome"),
            models.Index(fields=["mailbox", "-fetched_at", "-id"], name="ledger_by_mailbox"),
            models.Index(fields=["author", "-fetched_at"], name="ledger_by_author"),
            models.Index(fields=["fingerprint"], name="ledger_by_fingerprint"),
            models.Index(
                fields=["next_attempt_at"],
                name="ledger_unsettled",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            models.Index(fields=["mailbox"], name="ledger_server_pending", condition=models.Q(server_action="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.author or '?'}: {self.subject or '(no subject)'}"

    @property
    def is_settled(self) -> bool:
        return self.settled_at is not None


class Pulse(models.Model):
    """When a periodic task last ran, so that `/readyz` can tell that beat and a worker are alive."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("pulse")
        verbose_name_plural = _("pulses")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def beat(cls, name: str) -> None:
        cls.objects.update_or_create(name=name, defaults={"at": timezone.now()})
