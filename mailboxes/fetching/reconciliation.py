"""Reconciliation of a folder with the ledger, UID by UID, at each fetch; of huge folders once an hour."""

from datetime import timedelta

from django.utils import timezone

from mailboxes.fetching import beginning
from mailboxes.fetching.imap_session import FolderState, Session
from mailboxes.fetching.pop3 import Pop3Session
from mailboxes.models import InboundEmail, Mailbox

FEW_MESSAGES = 20_000  # so many UIDs are compared within milliseconds
AT_LEAST_EVERY = timedelta(hours=1)


def compare(mailbox: Mailbox, folder: FolderState, session: Session | Pop3Session) -> list[int]:
    """The UIDs of the messages that are not in the ledger, ascending: before a fetch the work, after it the gap."""
    recently = mailbox.reconciled_at and timezone.now() - mailbox.reconciled_at < AT_LEAST_EVERY
    through = mailbox.last_uid and mailbox.last_uid >= mailbox.first_uid
    if folder.exists > FEW_MESSAGES and recently and through and isinstance(session, Session):
        return session.uids_after(mailbox.last_uid)
    uids = beginning.uids(mailbox, session)
    known = _known(mailbox, folder)
    missing = [uid for uid in uids if uid not in known]
    mailbox.left_messages = max(0, folder.exists - len(uids))
    _record(mailbox, len(uids), len(uids) - len(missing))
    return missing


def _known(mailbox: Mailbox, folder: FolderState) -> set[int | None]:
    rows = InboundEmail.objects.filter(mailbox=mailbox, folder=folder.name, uidvalidity=folder.uidvalidity)
    return set(rows.order_by().values_list("uid", flat=True))


def _record(mailbox: Mailbox, server: int, ledger: int) -> None:
    mailbox.server_messages, mailbox.ledger_messages, mailbox.reconciled_at = server, ledger, timezone.now()
    mailbox.save(update_fields=["server_messages", "ledger_messages", "left_messages", "reconciled_at"])
