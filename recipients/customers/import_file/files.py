"""Uploaded tables, CSV and XLSX, read row by row within limits; what cannot be read is said in a sentence."""

import csv
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk import limits

FOLDER = "imports"
_FIRST_LINES = 20
#: What no workbook has: with it few bytes stand for gigabytes, or for files of this computer. In UTF-16, too.
_DECLARED = (b"<!DOCTYPE", b"<\0!\0D\0O\0C")
#: How long a file waits for its import to be confirmed.
KEPT = timedelta(hours=24)

Table = list[Sequence[Any]]


def refuse_large(size: int) -> None:
    """Raises ValidationError for a file of too many bytes, before it is read."""
    if size > limits.IMPORT_BYTES.amount:
        raise limits.IMPORT_BYTES.refusal()


def read(name: str, content: bytes) -> Table:
    """Every row of the file called `name`, its headers among them, no more than the limits allow.

    Raises ValidationError.
    """
    try:
        rows = _bounded(_xlsx(content) if content.startswith(b"PK") else _csv(content))
    except ValidationError:
        raise
    except Exception as error:  # the readers raise whatever the file makes them stumble over
        text = _("%(name)s cannot be read as CSV or XLSX (%(error)s).")
        reason = str(error).strip().rstrip(".:") or type(error).__name__
        raise ValidationError(text % {"name": name, "error": reason}) from error
    if not rows:
        raise ValidationError(_("The file is empty."))
    return rows


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


def _bounded(rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """The rows, each at its place, without what is empty at the end.

    Read no further than the limits allow: one cell far below or to the right costs nothing.
    """
    found: list[Sequence[Any]] = []
    for number, row in enumerate(rows):
        if row.count(None) + row.count("") == len(row):
            continue
        if number > limits.IMPORT_ROWS.amount:
            raise limits.IMPORT_ROWS.refusal()
        if len(row) > limits.IMPORT_COLUMNS.amount and any(row[limits.IMPORT_COLUMNS.amount :]):
            raise limits.IMPORT_COLUMNS.refusal()
        found += [()] * (number - len(found))
        found.append(row[: limits.IMPORT_COLUMNS.amount])
    return found


def _csv(content: bytes) -> Iterator[Sequence[str]]:
    """In whatever encoding, with commas, semicolons or tabs."""
    if content.startswith(b"\xef\xbb\xbf"):
        text = content.decode("utf-8-sig", "replace")
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):  # Excel's "Unicode text"
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            from charset_normalizer import from_bytes

            guessed = from_bytes(content, cp_isolation=["cp1250", "cp1251", "cp1252"]).best()
            text = content.decode(guessed.encoding if guessed else "cp1252", "replace")
    first = "\n".join(text.split("\n", _FIRST_LINES)[:_FIRST_LINES])  # a title above the headers has none
    csv.field_size_limit(max(csv.field_size_limit(), 1_000_000))
    return csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))


def _xlsx(content: bytes) -> Iterator[Sequence[Any]]:
    """The rows of the first sheet. What is unpacked is counted before it is parsed: a tag costs hundreds of bytes."""
    from openpyxl import load_workbook  # megabytes that no worker needs

    with ZipFile(BytesIO(content)) as packed:
        if sum(each.file_size for each in packed.infolist()) > limits.IMPORT_UNPACKED.amount:
            raise limits.IMPORT_UNPACKED.refusal()
        elements = 0
        for each in packed.infolist():
            part = packed.read(each)
            if any(declared in part for declared in _DECLARED):
                raise ValueError(_("it declares a document type"))
            elements += part.count(b"<")
        if elements > limits.IMPORT_ELEMENTS.amount:
            raise limits.IMPORT_ELEMENTS.refusal()
    sheet = load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets[0]
    sheet.reset_dimensions()  # what the file says of its size may be a lie
    rows: Iterator[Sequence[Any]] = sheet.iter_rows(max_col=limits.IMPORT_COLUMNS.amount + 1, values_only=True)
    return rows


def _forget_old() -> None:
    """Remove the uploads that nobody confirmed."""
    if not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[1]:
        if default_storage.get_modified_time(f"{FOLDER}/{name}") < timezone.now() - KEPT:
            default_storage.delete(f"{FOLDER}/{name}")
