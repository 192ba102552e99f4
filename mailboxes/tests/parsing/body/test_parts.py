"""Law: every part of a mail is drawn, listed as a file, or named in `defects`, however the parts are put together."""

import re
from base64 import b64encode
from dataclasses import dataclass
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.tests.corpus import Case, cases
from helpdesk.text.sanitise import MAIL, sanitise
from mailboxes.parsing import ParsedEmail, parse
from mailboxes.parsing.body.structure import Part, read_structure
from mailboxes.parsing.header.charsets import decode, decode_html
from mailboxes.parsing.values.notes import Notes
from mailboxes.tests.parsing.mails import mail, png

MULTIPARTS = ["mixed", "alternative", "related", "report", "signed", "digest", "parallel", "encrypted", "x-unknown"]
#: Headers of a part that holds words, or bytes.
TEXTS = [
    "Content-Type: text/plain",
    "Content-Type: text/html",
    "Content-Type: text/plain; name=notes.txt",
    "Content-Type: text/plain\nContent-Disposition: attachment; filename=log.txt",
    "Content-Type: text/plain\nContent-Disposition: inline",
    "Content-Type: text/html; name=ATT00001.htm",
    "Content-Type: text/markdown",
    "Content-Type: text/calendar; method=REQUEST",
    "Content-Type: text/csv",
    "Content-Type: text/x-unknown",
    "Content-Type: nonsense",
    "Content-Type: message/rfc822",
    "Content-Type: message/delivery-status",
    "Content-Type: message/partial; number=1",
    "Content-Type: application/ms-tnef; name=winmail.dat",
    "Content-Type: application/pkcs7-mime; name=smime.p7m",
    "Content-Type: application/pgp-signature",
    "Content-Type: application/octet-stream",
    "X-Nothing: at all",
]
PICTURES = [
    "Content-Type: image/png\nContent-Transfer-Encoding: base64",
    "Content-Type: image/png; name=a.png\nContent-ID: <a@x>\nContent-Transfer-Encoding: base64",
    "Content-Type: image/svg+xml; name=a.svg\nContent-ID: <b@x>\nContent-Transfer-Encoding: base64",
    "Content-Type: application/octet-stream; name=a.png\nContent-Transfer-Encoding: base64",
]


@dataclass(frozen=True)
class Tree:
    """A part to be written: `kind` is the subtype of a multipart with `children`, else its headers."""

    kind: str
    children: tuple["Tree", ...] = ()


leaves = st.sampled_from([*TEXTS, *PICTURES]).map(Tree)
trees = st.recursive(
    leaves, lambda each: st.builds(Tree, st.sampled_from(MULTIPARTS), st.lists(each, min_size=1, max_size=4).map(tuple))
)


def written(tree: Tree, marks: list[bytes], depth: int = 0) -> str:
    """The part; what must be found again of every leaf is added to `marks`."""
    if tree.children:
        boundary = f"b{depth}-{len(marks)}"
        parts = "".join(f"--{boundary}\n{written(each, marks, depth + 1)}\n" for each in tree.children)
        return f"Content-Type: multipart/{tree.kind}; boundary={boundary}\n\n{parts}--{boundary}--\n"
    if tree.kind in PICTURES:
        marks.append(png(len(marks) % 256) + b"%d" % len(marks))
        return f"{tree.kind}\n\n{b64encode(marks[-1]).decode()}"
    marks.append(b"word%dword" % len(marks))
    body = f"<p>{marks[-1].decode()}</p>" if "html" in tree.kind else marks[-1].decode()
    inner = "Subject: inner\n\n" if "rfc822" in tree.kind else ""
    return f"{tree.kind}\n\n{inner}{body}"


def is_shown(mark: bytes, email: ParsedEmail) -> bool:
    drawn = mark.decode("latin-1") in email.text + email.html
    return drawn or any(mark in file.content for file in email.attachments)


@given(trees)
def test_every_part_is_drawn_or_listed(tree: Tree) -> None:
    marks: list[bytes] = []
    head, _, body = written(tree, marks).partition("\n\n")
    email = parse(b"From: carla@acme.example\nSubject: x\n" + head.encode() + b"\n\n" + body.encode())
    assert [mark for mark in marks if not is_shown(mark, email)] == []


@pytest.mark.parametrize("case", cases(), ids=str)
def test_every_part_of_a_mail_of_the_corpus_is_drawn_listed_or_named(case: Case) -> None:
    raw = case.raw.replace(b"\r\r\n", b"\r\n")
    email = parse(raw)
    lost = [part for part in read_structure(raw, Notes()).walk() if not part.children and not is_seen(part, email)]
    assert not lost or email.defects


def is_seen(part: Part, email: ParsedEmail) -> bool:
    """Is the part a file, or are all of its words on the page?"""
    content = part.content(Notes()).strip()
    if any(content in file.content for file in email.attachments):
        return True
    charset = part.parameters.get("charset", "")
    if part.type == "text/html":
        words = _words(sanitise(decode_html(content, charset, Notes()), MAIL).html)
    else:
        words = _words(decode(content, charset, Notes()))
    shown = _words(email.text) | _words(email.html)
    glued = "".join(re.findall(r"\w+", email.text + re.sub(r"<[^>]*>", "", unescape(email.html))))
    return all(word in shown or word in glued for word in words)


def _words(html: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", unescape(re.sub(r"<[^<>]*>", " ", html))))


def test_an_empty_file_is_listed() -> None:
    raw = mail(
        "--B\nContent-Type: text/plain\n\nHi\n--B\nContent-Type: text/csv; name=a.csv\n\n\n--B--\n",
        Content_Type="multipart/mixed; boundary=B",
    )
    assert [file.name for file in parse(raw).attachments] == ["a.csv"]
