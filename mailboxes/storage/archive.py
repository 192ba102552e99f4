"""The archive of raw mails: gzip files named by the SHA-256 of what is in them.

A file is on disk, whole, before `save` returns; the ledger row that names it is written after that.
"""

import gzip
import hashlib
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

FOLDER = "raw"
AT_ONCE = 8  # writes wait for the disk or for the network, not for the processor
IN_MEMORY = 1024 * 1024  # larger mails are compressed into a temporary file
LEVEL = 3  # within some per cent of the smallest size at a third of the time


class Lost(Exception):  # noqa: N818 - an answer, not a bug
    """The archive does not have the mail, or what it has is not what came in."""


class OutOfReach(Lost):
    """Nothing of the archive can be read at the moment, as its disk or network is away."""


def save(raw: bytes) -> str:
    """Archive a mail; returns the hexadecimal SHA-256 that names it. Saving it twice keeps one copy."""
    sha256 = hashlib.sha256(raw).hexdigest()
    name = path(sha256)
    if default_storage.exists(name):
        return sha256
    if len(raw) <= IN_MEMORY:
        _store(name, ContentFile(gzip.compress(raw, LEVEL, mtime=0)))
        return sha256
    with tempfile.TemporaryFile() as file:
        with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as compressed:
            compressed.write(raw)
        file.seek(0)
        _store(name, File(file))
    return sha256


def save_many(raws: Sequence[bytes]) -> list[str]:
    """Archive a batch; what takes time is to wait until each is safe, so they wait together."""
    if len(raws) < 2:
        return [save(raw) for raw in raws]
    with saving() as begin:
        return [each.result() for each in begin(raws)]


@contextmanager
def saving() -> Iterator[Callable[[Sequence[bytes]], list[Future[str]]]]:
    """Gives what begins to archive a batch and does not wait: `result()` of each says, in the end, what `save` does."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield lambda raws: [pool.submit(save, raw) for raw in raws]


def load(sha256: str) -> bytes:
    """The mail, byte for byte. Raises `Lost` if it is not there or was damaged, `OutOfReach` if that cannot be told."""
    try:
        with default_storage.open(path(sha256), "rb") as file:
            raw = gzip.decompress(file.read())
    except FileNotFoundError as error:
        gone = isinstance(default_storage, FileSystemStorage) and not default_storage.exists(FOLDER)
        raise (OutOfReach if gone else Lost)(f"{path(sha256)} cannot be read: {error}") from error
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise Lost(f"{path(sha256)} cannot be read: {error}") from error
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise Lost(f"{path(sha256)} does not hold what came in: its SHA-256 differs.")
    return raw


def path(sha256: str) -> str:
    """The name of the file in the storage."""
    return f"{FOLDER}/{sha256[:2]}/{sha256}.gz"


def _store(name: str, content: "File[bytes]") -> None:
    stored = default_storage.save(name, content)
    if stored != name:  # another worker was faster with the same mail, and the storage kept both
        default_storage.delete(stored)
