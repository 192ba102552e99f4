"""What does sanitised HTML say as plain text?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

#: Quotes, and lists, inside each other that are told apart; each costs two characters in every line.
DEEPEST = 30
#: Characters of plain text that are written unless somebody asks for fewer.
LONGEST = 1_000_000

# Exact on sanitised HTML only, where "<" and ">" are escaped outside of tags.
_TOKEN = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>|([^<]+)")
_ALT = re.compile(r' alt="([^"]{1,20})"')
_START = re.compile(r' start="(\d{1,9})"')
_INDENT = re.compile(r' style="[^"]*border:\s*(?:none|0|medium none|currentcolor)[^"]*"', re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LINES = {"div", "tr", "li", "dt", "dd", "center", "address", "caption", "figcaption", "hr"}
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "pre", "blockquote", "figure"}


@dataclass(frozen=True, slots=True)
class Style:
    """How the same HTML is laid out: `link` finds an address worth writing behind its words, as `shown` has it.

    `cells_in_line`: a row of a table is one line, its cells parted by bars. Else a cell may have lines of its own.
    """

    link: re.Pattern[str]
    shown: str
    cells_in_line: bool


#: Mails of strangers: tables lay out the page, and links are long when they count readers.
MAIL_STYLE = Style(re.compile(r' href="(https?:[^"]{1,150})"'), " <{}>", cells_in_line=False)
#: What agents write: tables hold facts, and every link was meant.
RICH_TEXT_STYLE = Style(re.compile(r' href="(?:mailto:)?([^"]+)"'), " ({})", cells_in_line=True)


@dataclass(frozen=True, slots=True)
class PlainText:
    """`text` in lines, the last one ended; `is_cut`: there was more than one may write.

    `starts` says for every line where in the HTML its first words stand.
    """

    text: str
    is_cut: bool
    starts: tuple[int, ...] = ()


def html_to_text(html: str, style: Style, longest: int = LONGEST) -> PlainText:
    """The words of sanitised `html`: quotes get "> ", items their mark, links their address if they differ.

    At most `longest` characters, in time that grows with the length of `html` alone.
    """
    writer = _Writer(style, longest)
    for token in _TOKEN.finditer(html):
        closing, tag, attributes, text = token.groups()
        writer.position = token.start()
        if text:
            writer.write(text)
        elif closing:
            _close(writer, tag)
        else:
            _open(writer, tag, attributes)
        if writer.is_cut:
            break
    writer.end_line(blank=bool(writer.mark))
    lines, first = writer.lines, 0
    while lines and not lines[-1].strip("> "):
        lines.pop()
    while first < len(lines) and not lines[first]:
        first += 1
    starts = tuple(writer.starts[first : len(lines)])
    return PlainText("\n".join(lines[first:]) + ("\n" if lines else ""), writer.is_cut, starts)


class _Writer:
    """Collects lines; knows how deeply quoted and how far apart they are."""

    def __init__(self, style: Style, longest: int) -> None:
        self.style = style
        self.left = longest
        self.is_cut = False
        self.lines: list[str] = []
        self.starts: list[int] = []  # where each line begins in the HTML
        self.position = self.begin = 0  # of the token that is read; of the first words of the line
        self.line: list[str] = []
        self.quote = 0
        self.indents: list[bool] = []  # of every open <blockquote>: does it only indent?
        self.preformatted = 0
        self.lists: list[int] = []  # next number of every open list, 0 for bullets
        self.mark = ""  # of the list item that has no words yet
        self.gap: int | None = None  # how deeply quoted the empty line is that is due before the next one
        self.cells = 0  # that are open
        self.columns = 0  # of the row so far
        self.space = False  # due before the next words of a row that is one line
        self.link: tuple[str, int] | None = None

    @property
    def in_row(self) -> bool:
        return self.cells > 0 and self.style.cells_in_line

    def write(self, text: str) -> None:
        if not self.line:
            self.begin = self.position
        if self.preformatted and not self.in_row:
            first, *rest = text.split("\n")
            self.line.append(unescape(first))
            at = self.position + len(first) + 1
            for part in rest:
                self.end_line(blank=True)
                self.begin, at = at, at + len(part) + 1
                self.line.append(unescape(part))
            return
        text = _SPACE.sub(" ", unescape(text))
        if text == " " and (self.space or not self.line):
            return
        if self.space:
            self.line.append(" ")
            self.space = False
        self.line.append(text if self.line else text.lstrip(" "))

    def end_line(self, blank: bool = False) -> None:
        """`blank`: a line without words is one, too. In a row that is one line, nothing but a space."""
        if not self.line and not blank:
            return
        if self.cells and self.style.cells_in_line:
            self.space = bool(self.line) and not self.line[-1].endswith(" ")
            return
        text = "".join(self.line).rstrip().replace("\xa0", " ")
        self.line, self.space = [], False
        if not text and not blank:
            return
        self.begin = self.begin if text else self.position
        if self.gap is not None and self.lines and self.lines[-1].strip("> "):
            self._put(self.gap, "")
        self._put(self.quote, (self.mark or "  " * min(len(self.lists), DEEPEST)) + text)
        self.mark, self.gap = "", None

    def paragraph(self) -> None:
        """End the line; the next one stands apart, unless it is the first of a list item."""
        if self.line:
            self.end_line()
        if not self.mark and (self.gap is None or self.quote < self.gap):
            self.gap = self.quote

    def begin_quote(self, attributes: str) -> None:
        """A block without a border is indented by its writer, who quotes nobody: Gmail and Apple's button does that."""
        self.indents.append(_INDENT.search(attributes) is not None)
        self.quote += not self.indents[-1]

    def end_quote(self) -> None:
        self.quote -= not (self.indents.pop() if self.indents else True)

    def begin_item(self) -> None:
        """The mark of a list item waits for its first words."""
        self.end_line(blank=bool(self.mark))
        if self.in_row:
            return
        self.mark = "  " * min(len(self.lists) - 1, DEEPEST)
        if self.lists and self.lists[-1]:
            self.mark += f"{self.lists[-1]}. "
            self.lists[-1] += 1
        else:
            self.mark += "- "

    def end_item(self) -> None:
        self.end_line(blank=bool(self.mark))
        self.gap = None

    def begin_list(self, first: int) -> None:
        """`first`: its first number, 0 for bullets. A list in a list stands close to it."""
        if self.lists:
            self.end_item()
        else:
            self.paragraph()
        self.lists.append(first)

    def end_list(self) -> None:
        self.end_line()
        if self.lists:
            self.lists.pop()
        if not self.lists:
            self.paragraph()

    def begin_cell(self) -> None:
        if self.style.cells_in_line and self.columns:
            self.line[-1:] = [*(each.rstrip() for each in self.line[-1:]), " | "]
        elif self.line:
            self.line.append(" ")
        self.cells += 1
        self.columns += 1
        self.space = False

    def _put(self, quote: int, text: str) -> None:
        line = ("> " * min(quote, DEEPEST) + text).rstrip()
        if len(line) >= self.left:
            self.is_cut = True
            line = line[: max(0, self.left - 1)]
        if self.left > 0:
            self.lines.append(line)
            self.starts.append(self.begin)
        self.left -= len(line) + 1


def _open(writer: _Writer, tag: str, attributes: str) -> None:
    if tag == "br":
        writer.end_line(blank=True)
    elif tag in ("ul", "ol"):
        found = _START.search(attributes)
        writer.begin_list((int(found[1]) if found else 1) if tag == "ol" else 0)
    elif tag in _PARAGRAPHS:
        writer.paragraph()
        if tag == "blockquote":
            writer.begin_quote(attributes)
        writer.preformatted += tag == "pre"
    elif tag == "li":
        writer.begin_item()
    elif tag in _LINES:
        writer.end_line()
        writer.columns = 0
    elif tag in ("td", "th"):
        writer.begin_cell()
    elif tag == "a" and (href := writer.style.link.search(attributes)):
        writer.link = (unescape(href[1]), len(writer.line))
    elif tag == "img" and (alt := _ALT.search(attributes)) and not unescape(alt[1]).isascii():
        writer.write(alt[1])  # an emoji drawn as an image


def _close(writer: _Writer, tag: str) -> None:
    if tag in ("ul", "ol"):
        writer.end_list()
    elif tag in _PARAGRAPHS:
        writer.end_line()
        if tag == "blockquote":
            writer.end_quote()
        writer.preformatted -= tag == "pre"
        writer.paragraph()
    elif tag == "li":
        writer.end_item()
    elif tag in _LINES:
        writer.end_line()
    elif tag in ("td", "th"):
        writer.cells -= 1
    elif tag == "a" and writer.link:
        address, start = writer.link
        writer.link = None
        words = "".join(writer.line[start:]).strip()
        if words and words.rstrip("/") not in address:
            writer.line.append(writer.style.shown.format(address))
