"""Bytes → `ParsedEmail`: what a mail says, whoever sent it and however broken it is. Knows nothing of Django."""

from mailboxes.parsing.header.subjects import bare_subject
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
    "parse",
    "read_authors",
]
