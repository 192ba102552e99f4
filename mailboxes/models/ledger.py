"""The ledger: a row for every message ever seen, and what became of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from mailboxes.models.mailbox import Mailbox, lease
from mailboxes.parsing import ParsedEmail
from mailboxes.storage import archive
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, normalise
from tickets.models import Comment, Ticket


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


#: After these the same mail, should it arrive once more, is a duplicate. After any other, another delivery may fare
#: better: to an address that a queue handles, or after an administrator has changed something.
FINAL = [
    Outcome.TICKET,
    Outcome.COMMENT,
    Outcome.HELD,
    Outcome.LOOP,
    Outcome.BOUNCE,
    Outcome.AUTOMATIC,
    Outcome.BANNED,
    Outcome.DENIED,
    Outcome.DELETED_BY_RULE,
    Outcome.REDIRECT_CHECK,
    Outcome.TOO_LARGE,
    Outcome.QUARANTINED,
]
STORAGE_PAUSE = timedelta(minutes=1)  # until what the helpdesk lacks is asked for again
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]


class InboundQuerySet(models.QuerySet["InboundEmail"]):
    def waiting(self, now: datetime) -> Self:
        """Those that nobody has processed, nor is processing. What could not be fetched yet is for the next fetch."""
        return self.filter(next_attempt_at__lte=now, processed_at__isnull=True).exclude(raw_sha256="")

    def left_behind(self, mailbox: Mailbox) -> Self:
        """What the worker that fetched the mailbox before this one took in and did not come to process."""
        return self.filter(mailbox=mailbox, processed_at__isnull=True, outcome="").exclude(raw_sha256="")

    def postponed(self, mailbox: Mailbox) -> Self:
        """What waits for storage that is full or out of reach: it failed without a fault of its own."""
        waiting = self.filter(mailbox=mailbox, processed_at__isnull=True, outcome=Outcome.FAILED, traceback="")
        return waiting.exclude(raw_sha256="")

    def claim(self, most: int) -> "list[InboundEmail]":
        """Up to `most` of these rows, oldest first, for this worker alone until the lease runs out."""
        now = timezone.now()
        with transaction.atomic():
            rows = list(self.order_by("pk").select_for_update(skip_locked=True)[:most])
            self.model.objects.filter(pk__in=[row.pk for row in rows]).update(next_attempt_at=now + lease())
        return rows

    def since(self, moment: datetime) -> Self:
        """What has come in since `moment`, the newest first."""
        return self.filter(fetched_at__gte=moment).order_by("-fetched_at", "-pk")

    def originals(self, *fingerprints: str) -> Self:
        """The rows that other deliveries of the same mails are duplicates of."""
        processed = self.filter(processed_at__isnull=False, outcome__in=FINAL)
        if len(fingerprints) == 1:
            return processed.filter(fingerprint=fingerprints[0])
        return processed.filter(fingerprint__in=fingerprints)


class InboundEmail(models.Model):
    """The ledger: one row for every message ever seen, written before anything looks inside it.

    `outcome` is "" until it is processed. `ticket_number` stays when the ticket is deleted: the tombstone that keeps
    its mails from coming back (L19).
    """

    class Source(models.TextChoices):
        IMAP = "imap", _("Fetched")
        PIPE = "pipe", _("Handed over by a mail server")
        ARCHIVE = "import", _("Imported from an archive")

    class ServerAction(models.TextChoices):
        NONE = "none", _("Nothing to do")
        PENDING = "pending", _("To do on the server")
        DONE = "done", _("Done on the server")

    source = models.CharField(_("source"), max_length=6, choices=Source, default=Source.IMAP)
    mailbox = models.ForeignKey(
        Mailbox,
        verbose_name=_("mailbox"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="inbound",
        db_index=False,  # `ledger_by_mailbox` begins with it
    )
    folder = models.CharField(_("folder"), max_length=255, blank=True)
    uidvalidity = models.PositiveBigIntegerField(null=True, blank=True)
    uid = models.PositiveBigIntegerField(null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    fetched_at = models.DateTimeField(_("fetched"), default=timezone.now)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    raw_sha256 = models.CharField(max_length=64, blank=True, help_text=_("Names the raw mail in the archive."))
    headers_only = models.BooleanField(
        default=False, editable=False, help_text=_("It was too large to fetch: the archive holds only its header.")
    )
    silent = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("It was there before the mailbox was connected: its ticket is closed, and nobody is notified."),
    )
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
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="duplicates", db_index=False
    )
    match = models.JSONField(_("recognition"), default=dict, blank=True)
    verdict = models.JSONField(_("authentication"), default=dict, blank=True)
    dkim = models.JSONField(
        null=True, blank=True, editable=False, help_text=_("What our own DKIM check found at receipt.")
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    traceback = models.TextField(blank=True)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    server_action = models.CharField(max_length=7, choices=ServerAction, default=ServerAction.NONE)
    replayed_at = models.DateTimeField(_("processed again"), null=True, blank=True, editable=False)
    replayed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("processed again by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    objects = InboundQuerySet.as_manager()
    postponed = ""  # why it was, just now

    class Meta:
        verbose_name = _("received mail")
        verbose_name_plural = _("mail log")
        ordering = ["-fetched_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "folder", "uidvalidity", "uid"], name="one_ledger_row_a_message"
            ),
            # Two workers that process two deliveries of one mail at once: the second fails here and tries again.
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(processed_at__isnull=False, outcome__in=[str(outcome) for outcome in FINAL])
                & ~Q(fingerprint=""),
                name="one_original_a_mail",
            ),
        ]
        indexes = [
            models.Index(fields=["-fetched_at", "-id"], name="ledger_by_time"),
            models.Index(fields=["outcome", "-fetched_at", "-id"], name="ledger_by_outcome"),
            models.Index(fields=["mailbox", "-fetched_at", "-id"], name="ledger_by_mailbox"),
            models.Index(fields=["author", "-fetched_at"], name="ledger_by_author"),
            models.Index(fields=["fingerprint"], name="ledger_by_fingerprint"),
            models.Index(
                fields=["next_attempt_at"],
                name="ledger_unprocessed",
                condition=Q(next_attempt_at__isnull=False),
            ),
            *(  # which few have
                models.Index(fields=[name], name=f"ledger_with_{name}", condition=Q((f"{name}__isnull", False)))
                for name in ("duplicate_of", "replayed_by")
            ),
            models.Index(fields=["mailbox"], name="ledger_server_pending", condition=Q(server_action="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.author or '?'}: {self.subject or '(no subject)'}"

    @property
    def is_processed(self) -> bool:
        return self.processed_at is not None

    @property
    def is_original(self) -> bool:
        """Whether another delivery of the same mail is a duplicate of it."""
        return self.is_processed and bool(self.fingerprint) and self.outcome in FINAL

    @property
    def limit(self) -> int:
        """The bytes of the largest mail that is taken in whole."""
        return self.mailbox.max_message_bytes if self.mailbox else int(settings.MAX_MESSAGE_BYTES)

    @property
    def is_oversized(self) -> bool:
        """Whether only its header is looked at."""
        return self.headers_only or self.size > self.limit

    @property
    def raw(self) -> bytes:
        """The message, byte for byte. Raises `archive.Lost` if the archive does not have it, or has something else."""
        return archive.load(self.raw_sha256)

    def describe(self, mail: ParsedEmail) -> None:
        """Take over what the log shows of the mail itself."""
        self.message_id, self.fingerprint, self.kind = mail.message_id, mail.fingerprint, mail.kind
        self.author = (normalise(mail.author.address) or mail.author.address)[:MAX_ADDRESS_LENGTH]
        self.subject = mail.subject[:500]

    def hold(self) -> bool:
        """Lock the row for the transaction around this and read it anew; False if another worker has processed it.

        What our own DKIM check found stays: the next attempt need not ask again.
        """
        found = self.dkim
        self.refresh_from_db(from_queryset=InboundEmail.objects.select_for_update())
        self.dkim = found
        return not self.is_processed

    def begin_attempt(self) -> bool:
        """Count a further attempt before it is made, as it may end the worker. False after too many."""
        self.attempts += 1
        self.save(update_fields=["attempts"])
        return self.attempts <= limits.MAIL_INTERRUPTED.amount

    def conclude(self, outcome: str, reason: str, **facts: Any) -> None:
        """Write down what became of it; `facts` are further fields, among them ticket, comment, duplicate_of."""
        self.end(outcome, reason, **facts)
        self.save(update_fields=PROCESSED_FIELDS)

    def end(self, outcome: str, reason: str, **facts: Any) -> None:
        """Say what became of it, as `conclude`, and save nothing: the fields are PROCESSED_FIELDS."""
        self.outcome, self.reason = outcome, reason
        for name, value in facts.items():
            setattr(self, name, value)
        if self.ticket_id:
            self.ticket_number = self.ticket_id
        self.processed_at, self.next_attempt_at = timezone.now(), None

    def fail(self, traceback: str, reason: str) -> None:
        """Write down that an attempt went wrong, with what is known of the mail, and when the next one is due."""
        pause = PAUSES[min(max(self.attempts, 1), len(PAUSES)) - 1]
        self.outcome, self.reason, self.traceback = Outcome.FAILED, reason, traceback
        self.next_attempt_at = timezone.now() + pause
        self.save(update_fields=[*DESCRIBED_FIELDS, "outcome", "reason", "traceback", "next_attempt_at"])

    def postpone(self, reason: str) -> None:
        """Write down that storage is full or out of reach: that is no attempt."""
        self.postponed = reason
        self.attempts = max(self.attempts - 1, 0)
        self.outcome, self.reason, self.traceback = Outcome.FAILED, reason, ""
        self.next_attempt_at = timezone.now() + STORAGE_PAUSE
        self.save(update_fields=["attempts", "outcome", "reason", "traceback", "next_attempt_at"])


DESCRIBED_FIELDS = ["message_id", "fingerprint", "kind", "author", "subject", "address", "verdict", "dkim"]
PROCESSED_FIELDS: Iterable[str] = [
    *DESCRIBED_FIELDS,
    "outcome",
    "reason",
    "ticket",
    "ticket_number",
    "comment",
    "duplicate_of",
    "match",
    "traceback",
    "processed_at",
    "next_attempt_at",
]
