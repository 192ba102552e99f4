"""What does sanitised HTML say as plain text?"""

from __future__ import annotations

import re
from html import unescape

# Exact on sanitised HTML only, where "<" and ">" are escaped outside of tags.
TOKEN = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>|([^<]+)")
HREF = re.compile(r' href="(https?:[^"]{1,150})"')
ALT = re.compile(r' alt="([^"]{1,20})"')
SPACE = re.compile(r"[ \t\r\n\f]+")
LINES = {"div", "tr", "li", "dt", "dd", "center", "address", "caption", "figcaption", "hr"}
PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "pre", "blockquote", "figure"}


class _Writer:
    """Collects lines; knows how deeply quoted and how far apart they are."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quote = 0
        self.preformatted = 0
        self.lists: list[int] = []  # next number of every open list, 0 for bullets
        self.link: tuple[str, int] | None = None

    def write(self, text: str) -> None:
        text = unescape(text)
        if self.preformatted:
            first, *rest = text.split("\n")
            self.line.append(first)
            for part in rest:
                self.end_line()
                self.line.append(part)
            return
        text = SPACE.sub(" ", text)
        if text == " " and not self.line:
            return
        self.line.append(text if self.line else text.lstrip(" "))

    def end_line(self, blank: bool = False) -> None:
        text = "".join(self.line).rstrip()
        self.line = []
        prefix = "> " * self.quote
        if text or blank:
            self.lines.append((prefix + text.replace("\xa0", " ")).rstrip())

    def paragraph(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * self.quote).rstrip())


def html_to_text(html: str) -> str:
    """The words of sanitised `html` in lines; quotes get "> ", links their address when the words differ from it."""
    writer = _Writer()
    for closing, tag, attributes, text in TOKEN.findall(html):
        if text:
            writer.write(text)
        elif closing:
            _close(writer, tag)
        else:
            _open(writer, tag, attributes)
    writer.end_line()
    lines = writer.lines
    while lines and not lines[-1].strip("> "):
        lines.pop()
    return "\n".join(lines).lstrip("\n") + ("\n" if lines else "")


def _open(writer: _Writer, tag: str, attributes: str) -> None:
    if tag == "br":
        writer.end_line(blank=True)
    elif tag in PARAGRAPHS:
        writer.paragraph()
        writer.quote += tag == "blockquote"
        writer.preformatted += tag == "pre"
        if tag in ("ul", "ol"):
            writer.lists.append(tag == "ol")
    elif tag in LINES:
        writer.end_line()
        if tag == "li":
            writer.line.append(_bullet(writer.lists))
    elif tag in ("td", "th") and writer.line:
        writer.line.append(" ")
    elif tag == "a" and (href := HREF.search(attributes)):
        writer.link = (unescape(href[1]), len(writer.line))
    elif tag == "img" and (alt := ALT.search(attributes)) and not unescape(alt[1]).isascii():
        writer.write(alt[1])  # an emoji drawn as an image


def _close(writer: _Writer, tag: str) -> None:
    if tag in PARAGRAPHS:
        writer.end_line()
        writer.quote -= tag == "blockquote"
        writer.preformatted -= tag == "pre"
        if tag in ("ul", "ol") and writer.lists:
            writer.lists.pop()
        writer.paragraph()
    elif tag in LINES:
        writer.end_line()
    elif tag == "a" and writer.link:
        address, start = writer.link
        writer.link = None
        words = "".join(writer.line[start:]).strip()
        if words and words.rstrip("/") not in address:
            writer.line.append(f" <{address}>")


def _bullet(lists: list[int]) -> str:
    if not lists or not lists[-1]:
        return "  " * max(0, len(lists) - 1) + "- "
    lists[-1] += 1
    return "  " * (len(lists) - 1) + f"{lists[-1] - 1}. "
