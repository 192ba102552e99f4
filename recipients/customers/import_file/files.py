"""Uploaded tables, CSV and XLSX, read by django-import-export; what cannot be read is said in a sentence."""

import csv
import uuid
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from charset_normalizer import from_bytes
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV, XLSX

#: Bytes of a file, and of what a compressed one unpacks to.
MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
FOLDER = "imports"
#: How long a file waits for its import to be confirmed.
KEPT = timedelta(hours=24)

Table = tuple[Sequence[str], list[Sequence[Any]]]


def refuse_large(size: int) -> None:
    """Raises ValidationError for a file of more than `MOST_BYTES` bytes, before it is read."""
    if size > MOST_BYTES:
        raise ValidationError(_("The file is larger than %(most)d MB.") % {"most": MOST_BYTES // 1024 // 1024})


def read(name: str, content: bytes) -> Table:
    """Headers and rows of the file called `name`. Raises ValidationError."""
    try:
        data = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    except ValidationError:
        raise
    except Exception as error:  # the readers raise whatever the file makes them stumble over
        text = _("%(name)s cannot be read as CSV or XLSX: %(error)s")
        raise ValidationError(text % {"name": name, "error": error or type(error).__name__}) from error
    if not data.headers:
        raise ValidationError(_("The file is empty."))
    return data.headers, list(data)


def keep(content: bytes) -> str:
    """Store an upload until it is confirmed; the signed name under which `kept` finds it."""
    _forget_old()
    return signing.dumps(default_storage.save(f"{FOLDER}/{uuid.uuid4().hex}", ContentFile(content)), salt=FOLDER)


def kept(token: str) -> bytes:
    """The upload that `keep` stored. Raises ValidationError if it is not there any more."""
    try:
        with default_storage.open(signing.loads(token, salt=FOLDER, max_age=KEPT)) as file:
            content: bytes = file.read()
    except (signing.BadSignature, OSError) as error:
        raise ValidationError(_("The file was uploaded too long ago. Upload it again.")) from error
    return content


def forget(token: str) -> None:
    default_storage.delete(signing.loads(token, salt=FOLDER))


def _csv(content: bytes) -> Any:
    """In whatever encoding, with commas, semicolons or tabs."""
    if content.startswith(b"\xef\xbb\xbf"):
        text = content.decode("utf-8-sig", "replace")
    else:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            guessed = from_bytes(content, cp_isolation=["cp1250", "cp1251", "cp1252"]).best()
            text = content.decode(guessed.encoding if guessed else "cp1252", "replace")
    first = text.partition("\n")[0]
    csv.field_size_limit(max(csv.field_size_limit(), 1_000_000))
    return CSV().create_dataset(text, delimiter=max(",;\t", key=first.count))


def _xlsx(content: bytes) -> Any:
    with ZipFile(BytesIO(content)) as packed:
        if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
            raise BadZipFile(_("it unpacks to too much"))
    return XLSX().create_dataset(content)


def _forget_old() -> None:
    """Remove the uploads that nobody confirmed."""
    if not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[1]:
        if default_storage.get_modified_time(f"{FOLDER}/{name}") < timezone.now() - KEPT:
            default_storage.delete(f"{FOLDER}/{name}")
