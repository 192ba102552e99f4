"""Reading a mail, whatever is in it: what the parser cannot read is passed on as it came, attached.

The one place for unreadable mail: incoming mail, dry runs, trials of a deny rule and quarantine read by it.
"""

import hashlib
import re
import traceback

from django.utils.translation import gettext as _

from mailboxes.models import InboundEmail
from mailboxes.parsing import Attachment, EmailAddress, Kind, ParsedEmail, parse

LONGEST_HEADER = 256 * 1024


def read(raw: bytes, *, headers_only: bool = False) -> tuple[ParsedEmail, str]:
    """The parsed mail and "", or one that the parser cannot read as an attachment, and the traceback."""
    try:
        return parse(header_of(raw) if headers_only else raw, _), ""
    except Exception:  # one mail must never stop the others (L02)
        return unreadable(raw), traceback.format_exc()


def read_stored(row: InboundEmail, *, headers_only: bool = False) -> ParsedEmail | None:
    """The mail of a ledger row; None if the archive has lost it or is out of reach: the mail log says which."""
    try:
        return read(row.raw, headers_only=headers_only or row.is_oversized)[0]
    except Exception:  # a storage raises errors of its own
        return None


def unreadable(raw: bytes) -> ParsedEmail:
    """A mail whose only content is the file `message.eml`. Trusts nothing in `raw`, so that it cannot fail."""
    sha256 = hashlib.sha256(raw).hexdigest()
    header = header_of(raw)
    author = EmailAddress("", _found(rb"(?im)^from:[^\r\n]{0,900}?([\w.+-]{1,64}@[\w.-]{1,255})", header))
    subject = _("A mail that could not be read")
    text = _("This mail could not be read. It is attached as it came in.")
    return ParsedEmail(
        message_id=f"{sha256}@generated",
        made_message_id=True,
        subject=subject,
        bare_subject=subject.lower(),
        author=author,
        authors=(author,) if author.address else (),
        kind=Kind.MESSAGE,
        text=text,
        reply=text,
        attachments=(Attachment("message.eml", "message/rfc822", raw),),
        is_automatic=True,
        defects=(_("The mail could not be read."),),
        fingerprint=sha256,
    )


def header_of(raw: bytes) -> bytes:
    """The part of a mail before its first empty line, at most 256 KB of it."""
    start = raw[:LONGEST_HEADER]
    end = re.search(rb"\r?\n\r?\n", start)
    return start[: end.end()] if end else start


def _found(pattern: bytes, header: bytes) -> str:
    found = re.search(pattern, header)
    return found[1].decode("ascii", "ignore") if found else ""
