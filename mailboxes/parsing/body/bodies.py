"""What do the parts of a mail hold: which text, which HTML, which files?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from mimetypes import guess_type

from helpdesk.text.html_to_text import MAIL_STYLE, html_to_text
from helpdesk.text.pictures import content_ids
from helpdesk.text.sanitise import MAIL, sanitise, without_tags
from mailboxes.parsing.body.embedded_images import extract_embedded_images
from mailboxes.parsing.body.filenames import safe_name
from mailboxes.parsing.body.signed import TYPES as SIGNED_TYPES
from mailboxes.parsing.body.signed import signed_content
from mailboxes.parsing.body.structure import Part, read_structure
from mailboxes.parsing.body.winmail import TYPES as WINMAIL_TYPES
from mailboxes.parsing.body.winmail import unpack
from mailboxes.parsing.header.charsets import decode, decode_html
from mailboxes.parsing.values.notes import Notes
from mailboxes.parsing.values.types import Attachment

CUT = "The text is too long to be shown whole; all of it is in an attachment."
LONGEST_TEXT = 1_000_000  # characters of text shown; a longer one is kept whole as a file
LARGEST_DECODED = 4_000_000  # bytes of a text that are decoded at all
ATTACHED = {"attachment", "attachement", "attached"}
LOOKS_LIKE_HTML = re.compile(r"\s*(?:<!doctype html|<html[\s>]|<head>|<body[\s>])", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
WORTH_READING = {"text/enriched", "text/richtext", "text/markdown", "text/x-markdown", "text/plain", "text/html"}


@dataclass(slots=True)
class _File:
    """An attachment whose name is not made safe and whose place (inline or not) is not decided yet."""

    stated_name: str
    type: str
    content: bytes
    cid: str = ""
    meant_inline: bool = False


@dataclass(slots=True)
class _Segment:
    """A piece of the body: plain text, HTML, or one in both forms; its bytes if it is too long to show."""

    text: str = ""
    html: str = ""
    content: bytes = b""


@dataclass(slots=True)
class _Collected:
    segments: list[_Segment] = field(default_factory=list)
    files: list[_File] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Content:
    """Text, sanitised HTML and files of a mail."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]


def read_content(root: Part, notes: Notes) -> Content:
    """Everything a mail holds; text is made from HTML if there is none. Only a second form of the same is dropped."""
    collected = _collect(root, notes)
    if not any(segment.text.strip() or segment.html.strip() for segment in collected.segments):
        _promote_only_file(root, collected, notes)
    _cut_long_text(collected, notes)
    html, embedded = _html(collected, notes)
    text = _text(collected, html, notes)
    return Content(text, html, (*_attachments(collected.files, content_ids(html)), *embedded))


def _collect(root: Part, notes: Notes) -> _Collected:
    """Segments and files of a tree, in order. Recursion ends where `read_structure` ended: 200 levels."""
    if not root.is_multipart:
        return _leaf(root, notes)
    contents = [_collect(child, notes) for child in root.children]
    files = [file for content in contents for file in content.files]
    segments = [segment for content in contents for segment in content.segments]
    if root.type == "multipart/alternative" and len(segments) > 1:
        segments = [_best(segments)]
    return _Collected(segments, files)


def _best(alternatives: list[_Segment]) -> _Segment:
    """One segment with the last HTML and all plain texts that differ: some programs put two bodies in here."""
    htmls = [segment.html for segment in alternatives if segment.html.strip()]
    texts = list(dict.fromkeys(segment.text.strip("\n") for segment in alternatives if segment.text.strip()))
    content = b"".join(segment.content for segment in alternatives)
    return _Segment("\n\n".join(texts), htmls[-1] if htmls else "", content)


def _leaf(part: Part, notes: Notes) -> _Collected:
    """A part without children: text to read, a container to unpack, or a file."""
    name = _stated_name(part)
    if part.type in WORTH_READING and not name and part.disposition not in ATTACHED:
        return _Collected([_segment(part, notes)])
    content = part.content(notes)
    if part.type in WINMAIL_TYPES or name.lower() == "winmail.dat":
        return _unpacked(content, name, part.type, notes)
    if part.type in SIGNED_TYPES and (inner := signed_content(content)) is not None:
        return _opened(inner, name, part.type, content, notes)
    if "encrypted" in part.type or part.parameters.get("smime-type") == "enveloped-data":
        notes.defect("The mail is encrypted; its text cannot be read here.")
    cid = part.headers.plain("content-id").strip("<> \t")[:250]
    meant_inline = bool(cid) and part.disposition == "inline" and part.type.startswith("image/")
    return _Collected(files=[_File(name or _described(part), part.type, content, cid, meant_inline)])


def _segment(part: Part, notes: Notes) -> _Segment:
    """The text of a readable part."""
    data, label = part.content(notes), part.parameters.get("charset", "")
    if part.type == "text/html":
        return _Segment(html=_lines(decode_html(data, label, notes)))
    text = _lines(decode(data[:LARGEST_DECODED], label, notes))
    if len(data) > LARGEST_DECODED or len(text) > LONGEST_TEXT:
        return _Segment(text=text, content=data)
    if "content-type" not in part.headers and LOOKS_LIKE_HTML.match(text):
        return _Segment(html=text)
    if part.type in ("text/enriched", "text/richtext"):
        return _Segment(html=re.sub(r"<(/?)(?:param|x-[\w-]+)>", r"<\1title>", text).replace("\n\n", "<br>"))
    return _Segment(text=text)


def _lines(text: str) -> str:
    """Line ends as in Unix; control characters that are neither tab nor line end dropped."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub("", text) if CONTROL.search(text) else text


def _stated_name(part: Part) -> str:
    """The file name, from the place where it belongs or one of those where programs put it."""
    name = part.disposition_parameters.get("filename") or part.parameters.get("name") or part.parameters.get("file")
    if not name and not part.type.startswith("text/"):
        name = part.headers.text("content-location").rpartition("/")[2]
    return name or ""


def _described(part: Part) -> str:
    """A name for a file that has none: an attached mail is called like its subject."""
    if part.type != "message/rfc822":
        return ""
    found = re.search(rb"^subject:[ \t]*([^\r\n]{1,200})", part.body()[:20_000], re.IGNORECASE | re.MULTILINE)
    return f"{part.headers.readable(found[1])}.eml" if found else ""


def _unpacked(content: bytes, name: str, kind: str, notes: Notes) -> _Collected:
    """The files and the text of a winmail.dat; the file itself if it cannot be read or is empty."""
    winmail = unpack(content, notes)
    if winmail is None or not (winmail.files or winmail.text or winmail.html):
        return _Collected(files=[_File(name or "winmail.dat", kind, content)])
    files = [
        _File(file.name, file.type or guess_type(file.name)[0] or "application/octet-stream", file.content, file.cid)
        for file in winmail.files
    ]
    hidden = _Segment(winmail.text, winmail.html) if winmail.text.strip() or winmail.html.strip() else None
    return _Collected([hidden] if hidden else [], files)


def _opened(inner: bytes, name: str, kind: str, content: bytes, notes: Notes) -> _Collected:
    """The content of an opaquely signed mail; the signed original stays as a file, because only it can be verified."""
    collected = _collect(read_structure(inner, notes), notes)
    collected.files.append(_File(name or "smime.p7m", kind, content))
    return collected


def _promote_only_file(root: Part, collected: _Collected, notes: Notes) -> None:
    """If a mail has no body, its only text file or attached mail is also shown as the text; it stays a file."""
    mails = [file for file in collected.files if file.type == "message/rfc822"]
    texts = [part for part in root.walk() if part.type in ("text/plain", "text/html") and part.end > part.start]
    if len(mails) == 1:
        collected.segments = _collect(read_structure(mails[0].content, Notes()), notes).segments
    elif len(texts) == 1 and collected.files:
        collected.segments.append(_segment(texts[0], notes))
        if texts[0] is root and not _stated_name(root):
            collected.files.clear()


def _cut_long_text(collected: _Collected, notes: Notes) -> None:
    """Keep a body that is too long to show as a file, and show its beginning."""
    left = LONGEST_TEXT
    for segment in collected.segments:
        if segment.content or len(segment.text) > left:
            notes.defect(CUT)
            collected.files.append(_File("message.txt", "text/plain", segment.content or segment.text.encode()))
            segment.text = segment.text[: max(0, left)]
        left -= len(segment.text)


def _html(collected: _Collected, notes: Notes) -> tuple[str, list[Attachment]]:
    """The sanitised HTML of all segments, "" if none has any, and the images that were embedded in it."""
    if not any(segment.html for segment in collected.segments):
        return "", []
    pieces = [segment.html or f"<pre>{escape(segment.text)}</pre>" for segment in collected.segments]
    html, embedded = extract_embedded_images("\n".join(pieces) if len(pieces) > 1 else pieces[0])
    clean = sanitise(html, MAIL)
    if clean.is_cut:
        notes.defect("The HTML is too long to be shown whole.")
    if clean.is_tangled:
        notes.defect("The HTML is nested too deeply to be shown.")
    if clean.is_cut or clean.is_tangled:
        _keep_whole(collected, html)
    return clean.html, embedded


def _text(collected: _Collected, html: str, notes: Notes) -> str:
    """The plain text of all segments; where a segment has none, it is made from its HTML."""
    missing = [segment for segment in collected.segments if not segment.text.strip() and segment.html]
    left = LONGEST_TEXT - sum(len(segment.text) for segment in collected.segments)
    for segment in missing:
        clean = html if len(collected.segments) == 1 else sanitise(segment.html, MAIL).html
        made = html_to_text(clean, MAIL_STYLE, left)
        if made.is_cut:
            notes.defect(CUT)
            _keep_whole(collected, segment.html)
        segment.text = made.text if clean else without_tags(segment.html[: max(0, left)])
        left -= len(segment.text)
    texts = [segment.text for segment in collected.segments if segment.text.strip()]
    return "".join(text if text.endswith("\n") or text is texts[-1] else f"{text}\n" for text in texts)


def _keep_whole(collected: _Collected, html: str) -> None:
    """HTML that is not shown whole is a file, too, once."""
    file = _File("message.html", "text/html", html.encode())
    if file not in collected.files:
        collected.files.append(file)


def _attachments(files: list[_File], shown: frozenset[str]) -> list[Attachment]:
    """The files with safe names; inline are those that an image of the HTML refers to, or was meant to."""
    return [
        Attachment(
            safe_name(file.stated_name, file.type, number),
            file.type,
            file.content,
            inline=file.meant_inline or (bool(file.cid) and file.cid in shown),
            cid=file.cid,
        )
        for number, file in enumerate(files, start=1)
    ]
