"""Bytes → `ParsedEmail`: what a mail says, whoever sent it and however broken it is. Knows nothing of Django.

Its parts import downwards only:

    message   the whole: `parse`
    reports   delivery reports, automatic replies and their like
    quotes    what is quoted or forwarded, and what is new    (knows nothing of reports)
    body      text, HTML, attachments
    header    addresses, dates, subjects, ids
    values    the plain values that parsing works with
"""

from mailboxes.parsing.header.subjects import bare_subject, is_forward
from mailboxes.parsing.message import parse, read_authors
from mailboxes.parsing.values.types import (
    Attachment,
    Bounce,
    BouncedRecipient,
    EmailAddress,
    Kind,
    ParsedEmail,
    ParsedForward,
)

__all__ = [
    "Attachment",
    "Bounce",
    "BouncedRecipient",
    "EmailAddress",
    "Kind",
    "ParsedEmail",
    "ParsedForward",
    "bare_subject",
    "is_forward",
    "parse",
    "read_authors",
]
