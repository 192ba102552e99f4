"""What do the parts of a mail hold: which text, which HTML, which files?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import chain
from mimetypes import guess_type

from helpdesk.text.html_to_text import MAIL_STYLE, html_to_text
from helpdesk.text.pictures import content_ids
from helpdesk.text.sanitise import MAIL, is_blank, sanitise, without_tags
from mailboxes.parsing.body import calendar
from mailboxes.parsing.body.embedded_images import extract_embedded_images
from mailboxes.parsing.body.filenames import safe_name
from mailboxes.parsing.body.flowed import unflowed
from mailboxes.parsing.body.images import image_type, true_type
from mailboxes.parsing.body.signed import ENVELOPED_DATA, signed_content
from mailboxes.parsing.body.signed import TYPES as SIGNED_TYPES
from mailboxes.parsing.body.structure import Part, read_structure
from mailboxes.parsing.body.winmail import TYPES as WINMAIL_TYPES
from mailboxes.parsing.body.winmail import unpack
from mailboxes.parsing.header.charsets import decode, decode_html
from mailboxes.parsing.values.notes import Notes, gettext_noop
from mailboxes.parsing.values.types import Attachment

CUT = gettext_noop("The text is too long to be shown in full; all of it is in an attachment.")
LONGEST_TEXT = 1_000_000  # characters of text shown; a longer one is kept whole as a file
LARGEST_DECODED = 4_000_000  # bytes of a text that are decoded at all
ATTACHED = {"attachment", "attachement", "attached"}
LOOKS_LIKE_HTML = re.compile(r"\s*(?:<!doctype html|<html[\s>]|<head>|<body[\s>])", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
WORTH_READING = {"text/enriched", "text/richtext", "text/markdown", "text/x-markdown", "text/plain", "text/html"}
# What Exchange calls the text that follows an attachment, and hands out as a file.
REST_OF_TEXT = re.compile(r"att\d{4,6}\.(?:txt|html?)", re.IGNORECASE)
ENCRYPTED_TYPES = {"multipart/encrypted", "application/x-microsoft-rpmsg-message"}
PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"
ENCRYPTED = gettext_noop("This mail is encrypted. It cannot be read here; its content is in its files.")


@dataclass(slots=True)
class _File:
    """An attachment whose name is not made safe and whose place (inline or not) is not decided yet."""

    stated_name: str
    type: str
    content: bytes
    cid: str = ""


@dataclass(slots=True)
class _Segment:
    """A piece of the body: plain text, HTML in pieces that are whole documents, or one in both forms.

    `content` holds its bytes if it is too long to show.
    """

    text: str = ""
    htmls: list[str] = field(default_factory=list)
    content: bytes = b""

    @property
    def is_blank(self) -> bool:
        """Is there nothing in it to read or to look at?"""
        return not self.text.strip() and all(map(is_blank, self.htmls))


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
    if all(segment.is_blank for segment in collected.segments):
        _promote_only_file(root, collected, notes)
    _say_that_it_is_encrypted(root, collected, notes)
    _cut_long_text(collected, notes)
    _show_invitations(root, collected, notes)
    html, embedded = _html(collected, notes)
    text = _text(collected)
    return Content(text, html, (*_attachments(collected.files, content_ids(html)), *embedded))


def _collect(root: Part, notes: Notes) -> _Collected:
    """Segments and files of a tree, in order. Recursion ends where `read_structure` ended: 200 levels."""
    if not root.is_multipart:
        return _leaf(root, notes)
    contents = [_collect(child, notes) for child in root.children]
    files = [file for content in contents for file in content.files]
    if root.type == "multipart/alternative":
        alternatives = [content.segments for content in contents if content.segments]
        return _Collected([_best(alternatives)] if len(alternatives) > 1 else [*chain(*alternatives)], files)
    return _Collected([segment for content in contents for segment in content.segments], files)


def _best(alternatives: list[list[_Segment]]) -> _Segment:
    """One segment with all of the last alternative that has HTML, and all plain texts that differ: some programs put
    two bodies in here, and some a text that goes on after a file.
    """
    rich = [each for each in alternatives if any(not is_blank(html) for segment in each for html in segment.htmls)]
    with_html = [each for each in alternatives if any(segment.htmls for segment in each)]
    chosen = (rich or with_html or [[]])[-1]
    shown = _words(chosen) if len(rich) > 1 else frozenset()
    htmls = [html for each in rich[:-1] if not _words(each) <= shown for segment in each for html in segment.htmls]
    texts = dict.fromkeys(
        segment.text.strip("\n") for each in alternatives if each is not chosen for segment in each if segment.text
    )
    for segment in chosen:
        htmls += segment.htmls or [_preformatted(segment.text)]
        if segment.text.strip() and " ".join(segment.text.split()) not in " ".join(" ".join(texts).split()):
            texts[segment.text.strip("\n")] = None
    content = b"".join(segment.content for each in alternatives for segment in each)
    return _Segment("\n\n".join(text for text in texts if text.strip()), htmls, content)


def _words(segments: list[_Segment]) -> frozenset[str]:
    """The words of the HTML of an alternative."""
    return frozenset(
        word for segment in segments for html in segment.htmls for word in without_tags(html[:LONGEST_TEXT]).split()
    )


def _leaf(part: Part, notes: Notes) -> _Collected:
    """A part without children: text to read, a container to unpack, or a file."""
    name = _stated_name(part)
    if part.type in WORTH_READING and not name and part.disposition not in ATTACHED:
        return _Collected([_segment(part, notes)])
    if part.type in ("text/plain", "text/html") and REST_OF_TEXT.fullmatch(name):
        notes.defect(gettext_noop("The rest of the text was taken from %(name)s."), name=name)
        return _Collected([_segment(part, notes)], [_File(name, part.type, part.content(notes))])
    content = part.content(notes)
    if part.type in WINMAIL_TYPES or name.lower() == "winmail.dat":
        return _unpacked(content, name, part.type, notes)
    if part.type in SIGNED_TYPES and (inner := signed_content(content)) is not None:
        return _opened(inner, name, part.type, content, notes)
    cid = part.headers.plain("content-id").strip("<> \t")[:250]
    return _Collected(files=[_File(name or _described(part), true_type(part.type, content), content, cid)])


def _segment(part: Part, notes: Notes) -> _Segment:
    """The text of a readable part."""
    data, label = part.content(notes), part.parameters.get("charset", "")
    if part.type == "text/html":
        return _Segment(htmls=[_lines(decode_html(data, label, notes))])
    text = _lines(decode(data[:LARGEST_DECODED], label, notes))
    if part.parameters.get("format", "").lower() == "flowed" and part.type == "text/plain":
        text = unflowed(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    if len(data) > LARGEST_DECODED or len(text) > LONGEST_TEXT:
        return _Segment(text=text, content=data)
    if "content-type" not in part.headers and LOOKS_LIKE_HTML.match(text):
        return _Segment(htmls=[text])
    if part.type in ("text/enriched", "text/richtext"):
        return _Segment(htmls=[re.sub(r"<(/?)(?:param|x-[\w-]+)>", r"<\1title>", text).replace("\n\n", "<br>")])
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
    notes.defect(gettext_noop("The text and the files were taken from winmail.dat."))
    hidden = _Segment(winmail.text, [winmail.html] if winmail.html.strip() else [])
    return _Collected([] if hidden.is_blank else [hidden], files)


def _opened(inner: bytes, name: str, kind: str, content: bytes, notes: Notes) -> _Collected:
    """The content of an opaquely signed mail; the signed original stays as a file, because only it can be verified."""
    collected = _collect(read_structure(inner, notes), notes)
    collected.files.append(_File(name or "smime.p7m", kind, content))
    notes.defect(gettext_noop("The mail was extracted from its signature, which was not checked."))
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
    if collected.files and any(not segment.is_blank for segment in collected.segments):
        notes.defect(gettext_noop("The mail has no text of its own; the text of its only file is shown."))


def _say_that_it_is_encrypted(root: Part, collected: _Collected, notes: Notes) -> None:
    """An encrypted mail says so where its text would stand."""
    if any(_is_encrypted(part) for part in root.walk()) or any(
        PGP_MESSAGE in segment.text for segment in collected.segments
    ):
        notes.defect(gettext_noop("The mail is encrypted; its text cannot be read here."))
        collected.segments.insert(0, _Segment(notes.say(ENCRYPTED) + "\n"))


def _is_encrypted(part: Part) -> bool:
    """PGP/MIME (RFC 3156), S/MIME that is not merely signed (RFC 8551), and Microsoft's protected messages."""
    if part.type in SIGNED_TYPES:
        stated = part.parameters.get("smime-type", "").lower()
        return stated in ("enveloped-data", "authenveloped-data") or (
            not stated and ENVELOPED_DATA in part.content(Notes())[:200]
        )
    return part.type in ENCRYPTED_TYPES or (part.type == "application/pgp-encrypted" and not part.is_multipart)


def _cut_long_text(collected: _Collected, notes: Notes) -> None:
    """Keep a body that is too long to show as a file, and show its beginning."""
    left = LONGEST_TEXT
    for segment in collected.segments:
        if segment.content or len(segment.text) > left:
            notes.defect(CUT)
            collected.files.append(_File("message.txt", "text/plain", segment.content or segment.text.encode()))
            segment.text = segment.text[: max(0, left)]
        left -= len(segment.text)


def _show_invitations(root: Part, collected: _Collected, notes: Notes) -> None:
    """Put what an invitation says above the text; the file stays."""
    files = [file for file in collected.files if file.type in calendar.TYPES]
    if not files:
        return
    stated = next((part.parameters for part in root.walk() if part.type in calendar.TYPES), {})
    charset, method = stated.get("charset", ""), stated.get("method", "")
    found = [each for file in files for each in calendar.read_invitations(file.content, charset, method, notes)]
    seen = " ".join(" ".join([segment.text, *map(without_tags, segment.htmls)]) for segment in collected.segments)
    seen = " ".join(seen.split())
    has_html = any(segment.htmls for segment in collected.segments)
    shown = [
        _Segment(invitation.text(seen) + ("\n" if seen else ""), [invitation.html(seen)] if has_html else [])
        for invitation in dict.fromkeys(found)
    ]
    collected.segments[:0] = shown[: calendar.MOST_EVENTS]


def _html(collected: _Collected, notes: Notes) -> tuple[str, list[Attachment]]:
    """The sanitised HTML of all segments, "" if none has any, and the images that were embedded in it.

    Each document is sanitised alone, so that what one leaves open swallows nothing of the next. A segment without text
    gets its own from its HTML. HTML without anything to see gives way to the text beside it.
    """
    pieces: list[str] = []
    embedded: dict[str, Attachment] = {}
    says_nothing = all(segment.is_blank for segment in collected.segments)
    left = LONGEST_TEXT - sum(len(segment.text) for segment in collected.segments)
    has_html = False
    for segment in collected.segments:
        clean = [_sanitised(html, collected, embedded, notes) for html in segment.htmls]
        if not segment.text.strip():
            segment.text = "\n".join(filter(None, _texts(segment.htmls, clean, left, collected, notes)))
            left -= len(segment.text)
        if clean and (says_nothing or not all(map(is_blank, clean))):
            pieces += clean
            has_html = True
        elif segment.text.strip():
            pieces.append(_preformatted(segment.text))
    return "\n".join(filter(None, pieces)) if has_html else "", list(embedded.values())


def _sanitised(html: str, collected: _Collected, embedded: dict[str, Attachment], notes: Notes) -> str:
    """One document made harmless; kept as a file, too, if it cannot be shown whole."""
    html = extract_embedded_images(html, embedded)
    clean = sanitise(html, MAIL)
    if clean.is_cut:
        notes.defect(gettext_noop("The HTML is too long to be shown in full."))
    if clean.is_tangled:
        notes.defect(gettext_noop("The HTML is nested too deeply to be shown."))
    if clean.is_cut or clean.is_tangled:
        _keep_whole(collected, html)
    return clean.html


def _texts(htmls: list[str], clean: list[str], left: int, collected: _Collected, notes: Notes) -> Iterator[str]:
    """The plain text of documents, at most `left` characters in all."""
    for html, harmless in zip(htmls, clean, strict=True):
        made = html_to_text(harmless, MAIL_STYLE, left)
        if made.is_cut:
            notes.defect(CUT)
            _keep_whole(collected, html)
        text = made.text if harmless else without_tags(html[: max(0, left)])
        left -= len(text)
        yield text


def _keep_whole(collected: _Collected, html: str) -> None:
    """HTML that is not shown whole is a file, too, once."""
    file = _File("message.html", "text/html", html.encode())
    if file not in collected.files:
        collected.files.append(file)


def _preformatted(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _text(collected: _Collected) -> str:
    """The plain text of all segments."""
    texts = [segment.text for segment in collected.segments if segment.text.strip()]
    return "".join(text if text.endswith("\n") or text is texts[-1] else f"{text}\n" for text in texts)


def _attachments(files: list[_File], shown: frozenset[str]) -> list[Attachment]:
    """The files with safe names; inline are those that the HTML draws, the first of each Content-ID."""
    drawn: set[str] = set()
    attachments = []
    for number, file in enumerate(files, start=1):
        inline = file.cid in shown and file.cid not in drawn and image_type(file.content) != ""
        if inline:
            drawn.add(file.cid)
        name = safe_name(file.stated_name, file.type, number)
        attachments.append(Attachment(name, file.type, file.content, inline=inline, cid=file.cid))
    return attachments
