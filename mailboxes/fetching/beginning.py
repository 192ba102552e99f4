"""Where a mailbox begins: how much of the mail that lay there when it was connected is taken in (a cursor, no change).

On IMAP the cursor is the newest UID of that moment. On POP3, where nothing is in order, it is a list of what is left.
That moment is when the account was chosen: what comes before the first fetch, be it an hour later, is new.
"""

from datetime import date, datetime, timedelta
from itertools import takewhile

from django.utils import timezone

from mailboxes.fetching.imap_session import Session
from mailboxes.fetching.pop3 import Pop3Session
from mailboxes.models import LeftMessage, Mailbox

#: By how much the clock of a mail server may be behind.
CLOCKS_DIFFER = timedelta(seconds=30)
FIELDS = ["connected_at", "first_uid", "last_uid", "take_in", "take_in_since"]


def begin(mailbox: Mailbox, session: Session | Pop3Session) -> None:
    """Draw the line between what was there and what comes, when the mailbox is connected or was numbered anew.

    Numbered anew, a mailbox that began with new mail goes on from the day on which it was connected: what it has had
    ends as duplicates.
    """
    uids, new = session.uids_after(0), frozenset[int]()
    if mailbox.connected_at is None:
        mailbox.connected_at = mailbox.set_up_at or timezone.now()
        new = _arrived_since(mailbox.set_up_at, session, uids)
    elif mailbox.take_in == Mailbox.TakeIn.NEW:
        mailbox.take_in = Mailbox.TakeIn.SINCE
        mailbox.take_in_since = timezone.localdate(mailbox.connected_at)
    if isinstance(session, Pop3Session):
        mailbox.first_uid = 0
        left = {*uids} - {*new} - {*_of_the_past(mailbox.take_in, mailbox.take_in_since, session, uids)}
        LeftMessage.objects.bulk_create(
            (LeftMessage(mailbox=mailbox, uid=uid) for uid in sorted(left)), batch_size=500, ignore_conflicts=True
        )
    else:
        mailbox.first_uid = max((uid for uid in uids if uid not in new), default=0)
    mailbox.last_uid = mailbox.first_uid if mailbox.take_in == Mailbox.TakeIn.NEW else 0
    mailbox.save(update_fields=FIELDS)


def uids(mailbox: Mailbox, session: Session | Pop3Session) -> list[int]:
    """Whatever of the folder is to be in the mail log, ascending."""
    every = session.uids_after(0)
    if isinstance(session, Pop3Session):
        left = set(LeftMessage.objects.filter(mailbox=mailbox).values_list("uid", flat=True))
        return [uid for uid in every if uid not in left]
    past = [uid for uid in every if uid <= mailbox.first_uid]
    taken = {*_of_the_past(mailbox.take_in, mailbox.take_in_since, session, past)}
    return [uid for uid in every if uid > mailbox.first_uid or uid in taken]


def count(session: Session | Pop3Session, take_in: str, since: date | None) -> int:
    """How many of the messages that are there now would be taken in."""
    return len(_of_the_past(take_in, since, session, session.uids_after(0)))


def _arrived_since(moment: datetime | None, session: Session | Pop3Session, uids: list[int]) -> frozenset[int]:
    """The newest of `uids`, back to the first that came before `moment` or does not say when."""
    if moment is None:
        return frozenset()
    since = moment - CLOCKS_DIFFER
    return frozenset(takewhile(lambda uid: (at := session.arrived_at(uid)) is not None and at >= since, reversed(uids)))


def _of_the_past(take_in: str, since: date | None, session: Session | Pop3Session, uids: list[int]) -> list[int]:
    if take_in == Mailbox.TakeIn.NEW or not uids:
        return []
    if take_in == Mailbox.TakeIn.ALL or since is None:
        return uids
    return session.uids_since(since, uids)
