"""Rows as CSV, XLSX and JSON, sent while they are written, which do no harm in a spreadsheet (R33).

A cell that begins like a formula would be run by the spreadsheet that opens it: in CSV it gets an apostrophe before it,
in XLSX it is marked as text. JSON is read by programs, and says what is there.
"""

import csv
import datetime as dt
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from itertools import islice
from typing import IO, Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from helpdesk import limits

#: Media types.
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
#: Beginnings of a formula, the wide signs of East Asian keyboards among them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: The same within a cell, after what a spreadsheet of another language takes for the end of one.
_WITHIN = re.compile('([;\t][ "]*)([=+@＝＋－＠-])')
_DISARMED = re.compile("([;\t][ \"]*)'([=+@＝＋－＠-])")
#: What XML has no place for besides control characters: one of these, and the whole file cannot be opened.
_NO_CHARACTERS = re.compile("[\ud800-\udfff\ufffe\uffff]")
#: Spreadsheets have no days before; dates of another century are texts to them.
_FIRST_YEAR = 1900
#: Lines that are written at once.
AT_ONCE = 500

Row = Sequence[Any]


def as_csv(headers: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, without which Excel takes it for Latin-1."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf" + writer.writerow([harmless(header) for header in headers])
    for row in rows:
        yield writer.writerow([value if _is_number(value) else harmless(_text(value)) for value in row])


def as_asked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """`parts`, in larger ones, in the language and time zone of who asks now: a file is written after its request."""
    language, zone, found = translation.get_language() or "en", timezone.get_current_timezone(), iter(parts)

    def written() -> Iterator[bytes]:
        while True:
            with translation.override(language), timezone.override(zone):
                part = b"".join(islice(found, AT_ONCE))
            if not part:
                return
            yield part

    return written()


def as_json(names: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A list of objects, one a line."""
    separator = b"[\n"
    for row in rows:
        values = [value.isoformat(timespec="seconds") if isinstance(value, dt.datetime) else value for value in row]
        yield separator + json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False).encode()
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def as_xlsx(headers: Sequence[str], rows: Iterable[Row], title: str, most: int = limits.XLSX_ROWS.amount) -> IO[bytes]:
    """A file that vanishes when it is closed; the first `most` rows go to the disk as they come."""
    from openpyxl import Workbook  # megabytes that no worker needs

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, header) for header in headers])
    for _number, row in zip(range(most), rows, strict=False):
        sheet.append([_cell(sheet, value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file


def as_download(
    kind: str,
    name: str,
    headers: Sequence[str],
    rows: Iterable[Row],
    *,
    title: str,
    most: int,
    names: Sequence[str] = (),
) -> HttpResponseBase:
    """`rows` as a file of the `kind` csv, json or xlsx, called by its `name` and this day.

    `title` is that of a workbook, which has `most` rows; `names` are those of the values in JSON. Text is written while
    it is sent.
    """
    file = f"{name}-{timezone.localdate():%Y-%m-%d}.{kind}"
    if kind == "xlsx":
        book = as_xlsx(headers, rows, title, most)
        return FileResponse(book, as_attachment=True, filename=file, content_type=XLSX)
    parts, media = (as_json(names, rows), "application/json") if kind == "json" else (as_csv(headers, rows), CSV)
    return StreamingHttpResponse(
        as_asked(parts), media, headers={"Content-Disposition": f'attachment; filename="{file}"'}
    )


def not_in_time() -> HttpResponse:
    """Instead of a file: which rows belong into it took too long to find, though the page of the export had counted
    them."""
    text = limits.WHOLE_TIME.sentence()
    return HttpResponse(text, "text/plain; charset=utf-8", status=HTTPStatus.SERVICE_UNAVAILABLE)


def harmless(text: str) -> str:
    """`text` as no spreadsheet takes it for a formula.

    >>> harmless('=HYPERLINK("http://evil.example")')
    '\\'=HYPERLINK("http://evil.example")'
    >>> harmless("＝1+1"), harmless(" =1+1"), harmless("1+1")
    ("'＝1+1", "' =1+1", '1+1')
    >>> harmless("x;=1+1")
    "x;'=1+1"
    """
    text = _WITHIN.sub(r"\1'\2", text)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def as_meant(text: str) -> str:
    """`text` without the apostrophes that `harmless` put there.

    >>> as_meant(harmless("=1+1;=2")), as_meant("'t Hooft")
    ('=1+1;=2', "'t Hooft")
    """
    plain = _DISARMED.sub(r"\1\2", text)
    return next((each for each in (plain.removeprefix("'"), plain) if harmless(each) == text), text)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def _is_number(value: Any) -> bool:
    """Whether it is one to a spreadsheet, too; "-5" that somebody typed into a text is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

    if _is_number(value):
        return value
    if isinstance(value, dt.date) and value.year < _FIRST_YEAR:
        value = value.isoformat()
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)  # a spreadsheet has no zones; this is the user's clock
    if isinstance(value, dt.date):
        return value
    cell = WriteOnlyCell(sheet, value=_NO_CHARACTERS.sub("", ILLEGAL_CHARACTERS_RE.sub("", _text(value))))
    cell.data_type = "s"
    return cell


class _Echo:
    """Hands back what a csv writer writes."""

    def write(self, text: str) -> bytes:
        return text.encode()
