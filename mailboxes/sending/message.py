"""An outbox row as bytes (RFC 5322), the same bytes however often it is asked for.

Nothing that a person or a customer's mail has put into a header can add another one: control characters become spaces
before a value is set, whatever the library checks.
"""

import re
from collections.abc import Iterable
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from typing import Any

from django.utils import timezone

from mailboxes.sending.identities import Identity, Name
from tickets.models import Attachment, Outbox
from tickets.text.references import message_id

LONGEST_REFERENCES = 20  # first and newest: some servers refuse more (RFC 5322, 3.6.4 does not limit them)
LONGEST_ID = 900  # a line may have 998 octets (RFC 5322, 2.1.1)
_WHOLE = frozenset({"references", "in-reply-to", "message-id", "list-unsubscribe"})


class _Policy(EmailPolicy):
    """SMTP's rules; ids and links are folded between them and never encoded, which would break them."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _WHOLE:
            folded = f"{self.linesep} ".join(str(value).split())
            return f"{name}: {folded}{self.linesep}".encode("ascii", "replace")
        return super().fold_binary(name, value)


def compose(outbox: Outbox, identity: Identity) -> bytes:
    """The mail of an outbox row. Reads its attachments; raises FileNotFoundError if the storage has lost one."""
    addresses = (identity.author.address, identity.reply_to.address, outbox.recipient)
    policy = _Policy(linesep="\r\n", cte_type="7bit", utf8=not all(each.isascii() for each in addresses))
    message = EmailMessage(policy)
    for name, value in _headers(outbox, identity):
        message[name] = value
    _fill(message, outbox)
    _name_boundaries(message, outbox.token)
    return message.as_bytes()


def id_of(outbox: Outbox, identity: Identity) -> str:
    """Its Message-ID without angle brackets, frozen when it is sent for the first time."""
    return outbox.message_id or message_id(outbox.token, identity.domain)


def _headers(outbox: Outbox, identity: Identity) -> Iterable[tuple[str, Any]]:
    yield "From", _named(identity.author)
    if identity.sender:
        yield "Sender", _named(Name("", identity.sender))
    yield "To", _named(Name(outbox.recipient_name, outbox.recipient))
    yield "Reply-To", _named(identity.reply_to)
    yield "Subject", one_line(outbox.subject)
    yield "Date", timezone.localtime(outbox.created_at)
    yield "Message-ID", f"<{id_of(outbox, identity)}>"
    if answered := _ids(outbox.in_reply_to)[:1]:
        yield "In-Reply-To", answered[0]
    if ids := _ids(outbox.references):
        yield "References", " ".join(ids[:1] + ids[1:][1 - LONGEST_REFERENCES :])
    yield "X-Helpdesk-Loop", outbox.token
    if outbox.unsubscribe_url:  # RFC 8058: mail programs show a button for it
        yield "List-Unsubscribe", f"<{outbox.unsubscribe_url}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    if outbox.is_automatic:
        # RFC 3834, 5; the other two are what mail programs that do not know it understand.
        yield "Auto-Submitted", "auto-replied" if outbox.kind in _ANSWERS else "auto-generated"
        yield "Precedence", "bulk"
        yield "X-Auto-Response-Suppress", "All"


_ANSWERS = frozenset({Outbox.Kind.REQUEST_RECEIVED, Outbox.Kind.VERIFICATION})


def one_line(value: str) -> str:
    """`value` without anything that could end a header line or hide text in it."""
    printable = "".join(character if character.isprintable() else " " for character in value)
    return " ".join(printable.encode("utf-8", "replace").decode().split())


def _named(who: Name) -> HeaderAddress:
    local, _at, domain = who.address.rpartition("@")
    if len(local) > 2 and local[0] == local[-1] == '"':  # HeaderAddress quotes what needs it
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return HeaderAddress(one_line(who.name), username=one_line(local), domain=one_line(domain))


def _ids(text: str) -> list[str]:
    """The Message-IDs in a text, each in angle brackets, each once; written as `<id> <id>` or bare."""
    found = re.findall(r"<?([^<>\s]+@[^<>\s]+)>?", text)
    kept = (each for each in found if each.isascii() and each.isprintable() and len(each) <= LONGEST_ID)
    return list(dict.fromkeys(f"<{each}>" for each in kept))


def _fill(message: EmailMessage, outbox: Outbox) -> None:
    message.set_content(_text(outbox.text), cte="quoted-printable")
    attachments = list(outbox.attachments.all())
    shown = [each for each in attachments if each.inline and each.cid and f"cid:{each.cid}" in outbox.html]
    if outbox.html:
        message.add_alternative(_text(outbox.html), subtype="html", cte="quoted-printable")
        _plain, html = message.iter_parts()
        for each in shown:
            _add(html, each)
    for each in attachments:
        if each not in shown:
            _add(message, each)


def _add(part: Any, attachment: Attachment) -> None:
    maintype, _slash, subtype = one_line(attachment.type).partition("/")
    if not subtype or maintype in ("multipart", "message"):  # bytes of another mail need not be well-formed
        maintype, subtype = "application", "octet-stream"
    name, content = one_line(attachment.name), attachment.read()
    if attachment.inline and attachment.cid and part.get_content_type() in ("text/html", "multipart/related"):
        cid = f"<{one_line(attachment.cid)}>"
        part.add_related(content, maintype=maintype, subtype=subtype, filename=name, cid=cid, disposition="inline")
    else:
        part.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)


def _text(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _name_boundaries(message: "Message[Any, Any]", token: str) -> None:
    """The same mail has the same bytes, so that a copy that was sent twice is seen to be one."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{number}_{token}")
