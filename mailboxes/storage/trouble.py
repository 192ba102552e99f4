"""Trouble with storage, not with a mail: the disk is full, the archive out of reach, the database without room.

Nothing about the mail changes that, so it costs the mail no attempt.
"""

import errno
from collections.abc import Iterator

from django.db import DatabaseError

from mailboxes.connections.sentences import Sentence
from mailboxes.storage.archive import OutOfReach

FULL = {errno.ENOSPC, errno.EDQUOT}
AWAY = {
    *(errno.EROFS, errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.EACCES, errno.EPERM),
    *(errno.ENOTDIR, errno.EMFILE, errno.ENFILE, errno.ETIMEDOUT, errno.ECONNREFUSED, errno.EHOSTUNREACH),
}
NO_ROOM = "53"  # the class of SQLSTATE for insufficient resources
FULL_SQLITE = ("disk is full", "disk I/O error", "unable to open database file", "readonly database")


def storage_trouble(error: BaseException) -> str:
    """A sentence about the storage because of which `error` was raised; "" if it was raised for another reason."""
    for each in _chain(error):
        if isinstance(each, OSError) and each.errno in FULL:
            return Sentence.DISK_FULL.text()
        if isinstance(each, OutOfReach) or _is_away(each):
            return Sentence.STORAGE_UNREACHABLE.text(reason=" ".join(str(each).split())[:300])
        if isinstance(each, DatabaseError) and _has_no_room(each):
            return Sentence.DATABASE_FULL.text()
    return ""


def _is_away(error: BaseException) -> bool:
    """Whether the storage, a disk or S3, could not be used."""
    if isinstance(error, OSError):
        return error.errno in AWAY
    return type(error).__module__.startswith("botocore.")


def _has_no_room(error: DatabaseError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith(NO_ROOM) or any(words in str(error) for words in FULL_SQLITE)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
