"""Taking in a mail that was handed over: from here on it cannot be lost (docs/decisions/ledger-first.md)."""

from django.utils import timezone

from mailboxes.models import InboundEmail, Mailbox
from mailboxes.models.mailbox import lease
from mailboxes.storage import archive
from recipients.addressing.normalise import normalise


def take_in(
    raw: bytes,
    *,
    source: str = InboundEmail.Source.PIPE,
    mailbox: Mailbox | None = None,
    envelope_to: str = "",
) -> InboundEmail:
    """Put a mail into the archive and its row into the ledger. Nothing is interpreted.

    Call `pipeline.deliver` next. If that never happens, another worker does it when the lease has run out.
    """
    return InboundEmail.objects.create(
        source=source,
        mailbox=mailbox,
        envelope_to=normalise(envelope_to),
        size=len(raw),
        raw_sha256=archive.save(raw),
        attempts=1,
        next_attempt_at=timezone.now() + lease(),
    )
