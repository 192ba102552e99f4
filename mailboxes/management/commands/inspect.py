"""Shows what the parser makes of a mail, and changes nothing."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from mailboxes.authentication.received_results import read_verdict
from mailboxes.inbound.unreadable import read
from mailboxes.parsing import Bounce, EmailAddress, ParsedEmail


class Command(BaseCommand):
    """`manage.py inspect [--json] [--authserv-id ID] FILE …`; `-` reads the standard input.

    `--json` prints one object a message, one a line, in the order of the arguments. A file that cannot be read is
    named on the standard error, the others are shown all the same, and the exit code is 66 (sysexits.h, EX_NOINPUT).
    """

    help = "Show what a mail says: sender, kind, text, attachments, defects. Changes nothing."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a mail in a file; - reads the standard input")
        parser.add_argument("--json", action="store_true", help="one JSON object a message, one a line")
        parser.add_argument(
            "--authserv-id", default="", help="the receiving server whose Authentication-Results are believed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = False
        for name in options["files"]:
            try:
                raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            except OSError as error:
                unreadable = True
                self.stderr.write(_("%(file)s cannot be read: %(reason)s") % {"file": name, "reason": error.strerror})
                continue
            described = describe(read(raw)[0], options["authserv_id"])
            self.stdout.write(json.dumps(described, ensure_ascii=False) if options["json"] else _readable(described))
        if unreadable:
            sys.exit(os.EX_NOINPUT)


def describe(email: ParsedEmail, authserv_id: str = "") -> dict[str, Any]:
    """A mail as plain values for JSON. `verdict` is null if no result of the named server is in the mail."""
    verdict = read_verdict(email.authentication_results, authserv_id)
    return {
        "message_id": email.message_id,
        "in_reply_to": list(email.in_reply_to),
        "references": list(email.references),
        "subject": email.subject,
        "bare_subject": email.bare_subject,
        "date": email.date.isoformat() if email.date else None,
        "author": _person(email.author),
        "reply_to": _people(email.reply_to),
        "to": _people(email.to),
        "cc": _people(email.cc),
        "kind": email.kind.value,
        "bounce": _bounce(email.bounce),
        "text": email.text,
        "html": email.html,
        "reply": email.reply,
        "quoted": email.quoted,
        "attachments": [
            {
                "name": attachment.name,
                "type": attachment.type,
                "size": attachment.size,
                "sha256": attachment.sha256,
                "inline": attachment.inline,
                "cid": attachment.cid,
            }
            for attachment in email.attachments
        ],
        "verdict": verdict.as_json() if verdict.trusted else None,
        "defects": list(email.defects),
    }


def _person(person: EmailAddress) -> dict[str, str]:
    return {"name": person.name, "address": person.address}


def _people(people: Iterable[EmailAddress]) -> list[dict[str, str]]:
    return [_person(person) for person in people]


def _bounce(bounce: Bounce | None) -> dict[str, Any] | None:
    if bounce is None:
        return None
    recipients = [
        {"address": recipient.address, "permanent": recipient.permanent, "status": recipient.status}
        for recipient in bounce.recipients
    ]
    return {"recipients": recipients, "original_message_id": bounce.original_message_id}


def _readable(described: dict[str, Any]) -> str:
    """The same for people: a line a value, the new text at the end."""
    lines = [f"{key:13} {value}" for key, value in _lines(described)]
    return "\n".join([*lines, "", described["reply"], "─" * 72])


def _lines(described: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, value) of all that is set and fits into a line."""
    for key, value in described.items():
        if key == "attachments":
            yield from ((key, f"{file['name']} ({file['type']}, {file['size']} bytes)") for file in value)
        elif key in ("author", "reply_to", "to", "cc"):
            people = [value] if isinstance(value, dict) else value
            yield from ((key, f"{person['name']} <{person['address']}>".strip()) for person in people)
        elif key == "defects":
            yield from ((key, sentence) for sentence in value)
        elif key == "bounce" and value:
            for recipient in value["recipients"]:
                final = _("final") if recipient["permanent"] else _("not final")
                yield key, f"{recipient['address']} {recipient['status']} ({final})"
        elif isinstance(value, str) and value and key not in ("text", "html", "reply", "quoted"):
            yield key, value
