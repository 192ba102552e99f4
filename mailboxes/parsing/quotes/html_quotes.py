"""The same division of an HTML mail: what is new stays open, what is quoted lies in <details>, for the page to fold.

The lines that the HTML reads as are divided by the rules for plain text; where it says itself that it quotes (by the
element or its class), that counts, too. What a `details` encloses is closed before and opened again inside it, so that
the HTML stays well-formed wherever the quote begins.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import groupby

from helpdesk.text.html_to_text import MAIL_STYLE, html_to_text
from mailboxes.parsing.quotes.replies import MOST_LINES, TEXT, divided, says_something, sides

OPENED = "<details>"
CLOSED = "</details>"
MOST_FOLDS = 20
LONGEST_LINE = 1_000
# What a mail program says of what it quotes, whatever language it speaks. Sanitised HTML keeps these.
QUOTED_BY_CLASS = re.compile(
    r'<(?:div|blockquote)\b[^>]*\bclass="[^"]*\b(?:gmail_quote|yahoo_quoted|protonmail_quote)', re.IGNORECASE
)
QUOTED_BY_TYPE = re.compile(r'<blockquote\b[^>]*\btype="cite"', re.IGNORECASE)
TAG = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
BEGINS_QUOTE = re.compile(r"<(?:blockquote|hr)\b")
WORD = re.compile(r"[^\W_]+")
TEXT_RUN = re.compile(r"(?<=>)[^<>]*[^<>\s][^<>]*|^[^<>]+")
ADDRESS = re.compile(r"<?(?:https?://|mailto:|cid:)\S+")
VOID = {"br", "hr", "img", "col", "wbr"}
# Elements in which no <details> may stand.
CLOSED_TO_BLOCKS = {
    *("p", "table", "thead", "tbody", "tfoot", "tr", "colgroup", "caption", "ul", "ol", "dl", "pre", "a"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}


def fold(html: str, *, answers: bool) -> tuple[str, str, str]:
    """(`html` with its quotes in <details>, the words outside of them, the words inside); "" for both if none is."""
    made = html_to_text(html, MAIL_STYLE)
    lines = made.text.split("\n")[: len(made.starts)]
    if made.is_cut or not lines or len(lines) > MOST_LINES:
        return html, "", ""
    for marked in dict.fromkeys((_marked(html, made.starts, answers), frozenset[int]())):
        found = sides(lines, answers=answers, marked=marked)
        new, quoted = divided(lines, found)
        if quoted and says_something(new):  # else all of it is marked, and its words may tell more
            break
    else:
        return html, "", ""
    return _folded(html, _quoted_ranges(html, lines, found, made.starts)), new, quoted


def may_quote(html: str) -> bool:
    """Is there anything in sanitised `html` that could mark a quote?"""
    return "<blockquote" in html or "_quote" in html


def fold_behind(html: str, reply: str, quoted: str) -> str:
    """`html` with what stands behind the words of `reply` in <details>, "" if it does not begin with just these words.

    The quick way for a mail whose two forms say the same; `quoted` must go on where the reply ends.
    """
    wanted, count, end = _words(reply), 0, 0
    for run in TEXT_RUN.finditer(html) if wanted else ():
        words = _words(unescape(run[0]) if "&" in run[0] else run[0])
        if count == len(wanted):
            if not words:
                continue
            first = _words(quoted[:LONGEST_LINE])[: len(words)]
            return _folded_tail(html, _between(html, end, run.start())) if words[: len(first)] == first else ""
        if wanted[count : count + len(words)] != words:
            return ""
        count, end = count + len(words), run.end()
    return ""


def fold_like(html: str, reply: str, quoted: str) -> str:
    """`html` with what its plain text calls quoted in <details>; as it is if its words are others.

    The quote begins behind the words of the reply, or with the line that it begins with in the plain text.
    """
    made = html_to_text(html, MAIL_STYLE)
    lines = made.text.split("\n")[: len(made.starts)]
    if made.is_cut:
        return html
    end = end_of_words(lines, reply) or _line_with(lines, next(filter(_words, quoted.split("\n")), ""))
    return _folded_tail(html, _cut(html, lines, made.starts, end)) if 0 < end < len(lines) else html


def _line_with(lines: list[str], wanted: str) -> int:
    """The only line that says the same as `wanted`; 0 if there is none."""
    words = _words(wanted)
    found = [number for number, line in enumerate(lines) if words and _words(line) == words]
    return found[0] if len(found) == 1 else 0


def end_of_words(lines: list[str], wanted: str) -> int:
    """The number of lines that hold exactly the words of `wanted`, 0 if no such beginning does."""
    words, found = _words(wanted), list[str]()
    for number, line in enumerate(lines):
        if len(found) >= len(words):
            return number if found == words else 0
        found += _words(line)
    return 0


def same_words(text: str, other: str) -> bool:
    """Do they say the same, line ends, marks and addresses of links aside?"""
    return _words(text) == _words(other)


def read_as(html: str) -> str:
    """The plain text of sanitised `html`."""
    return html_to_text(html, MAIL_STYLE).text


def _words(text: str) -> list[str]:
    return WORD.findall((ADDRESS.sub(" ", text) if ":" in text else text).casefold())


def _marked(html: str, starts: tuple[int, ...], answers: bool) -> frozenset[int]:
    """The lines inside of what the HTML itself marks as quoted. "cite" is also used to set off words of one's own."""
    patterns = (QUOTED_BY_CLASS, QUOTED_BY_TYPE) if answers else (QUOTED_BY_CLASS,)
    ranges: list[tuple[int, int]] = []
    for pattern in patterns:
        for number, found in enumerate(pattern.finditer(html)):
            if number >= MOST_FOLDS:
                break
            if not any(start <= found.start() < end for start, end in ranges):
                ranges.append((found.start(), _end_of(html, found.start())))
    return frozenset(number for number, at in enumerate(starts) if any(start <= at < end for start, end in ranges))


def _end_of(html: str, start: int) -> int:
    """Where the element that begins at `start` ends."""
    depth = 0
    for tag in TAG.finditer(html, start):
        if tag[2] not in VOID:
            depth += -1 if tag[1] else 1
            if depth == 0:
                return tag.end()
    return len(html)


def _quoted_ranges(html: str, lines: list[str], found: list[str], starts: tuple[int, ...]) -> list[tuple[int, int]]:
    """(start, end) in `html` of every run of lines that are not new; blank lines belong to what is around them."""
    ranges: list[tuple[int, int]] = []
    shown = [(number, side == TEXT) for number, side in enumerate(found) if lines[number].strip("> ")]
    for is_new, run in groupby(shown, key=lambda each: each[1]):
        numbers = [number for number, _ in run]
        if not is_new:
            after = next((number for number, _ in shown if number > numbers[-1]), None)
            end = len(html) if after is None else _cut(html, lines, starts, after)
            ranges.append((_cut(html, lines, starts, numbers[0]), end))
    return ranges[:MOST_FOLDS]


def _cut(html: str, lines: list[str], starts: tuple[int, ...], line: int) -> int:
    """Where to cut between the words before a line and the line: where the fewest elements are open.

    What begins a quote (a rule, a block) goes with the line below it, a picture in between with the line above.
    """
    before = next((starts[number] for number in range(line - 1, -1, -1) if lines[number].strip("> ")), 0)
    end = starts[line]
    return _between(html, max((found.end() for found in TEXT_RUN.finditer(html, before, end)), default=before), end)


def _between(html: str, start: int, end: int) -> int:
    """Where to cut between two runs of words that have nothing but tags between them."""
    best, fewest, depth = start, 0, 0
    for tag in TAG.finditer(html, start, end):
        if tag[2] == "img":
            best, fewest = tag.end(), depth
        elif BEGINS_QUOTE.match(tag[0]):
            return tag.start() if depth <= fewest else best
        elif tag[2] not in VOID:
            depth += -1 if tag[1] else 1
            if depth < fewest:
                best, fewest = tag.end(), depth
    return best


def _folded_tail(html: str, start: int) -> str:
    """`html` with all from `start` on in a <details>."""
    opened = _open_at(html, start)
    return f"{html[:start]}{_closing(opened)}{OPENED}{_opening(opened)}{html[start:]}{CLOSED}"


def _open_at(html: str, end: int) -> list[tuple[str, str]]:
    """The elements that are open at `end`, as (name, tag)."""
    opened: list[tuple[str, str]] = []
    for tag in TAG.finditer(html, 0, end):
        if tag[1]:
            del opened[-1:]
        elif tag[2] not in VOID:
            opened.append((tag[2], tag[0]))
    return opened


def _folded(html: str, ranges: list[tuple[int, int]]) -> str:
    """`html` with each range in a <details> of its own."""
    out: list[str] = []
    position = 0
    open_tags: list[tuple[str, str]] = []
    tags = list(TAG.finditer(html))
    next_tag = 0

    def advance(to: int) -> int:
        """Follow the tags up to `to`; the fewest elements that were open on the way."""
        nonlocal next_tag
        fewest = len(open_tags)
        while next_tag < len(tags) and tags[next_tag].start() < to:
            tag = tags[next_tag]
            next_tag += 1
            if tag[2] in VOID:
                continue
            if tag[1]:
                if open_tags:
                    open_tags.pop()
                fewest = min(fewest, len(open_tags))
            else:
                open_tags.append((tag[2], tag[0]))
        return fewest

    for start, end in ranges:
        advance(start)
        before = list(open_tags)
        around = advance(end)
        while around and before[around - 1][0] in CLOSED_TO_BLOCKS:
            around -= 1
        out += [html[position:start], _closing(before[around:]), OPENED, _opening(before[around:])]
        out += [html[start:end], _closing(open_tags[around:]), CLOSED, _opening(open_tags[around:])]
        position = end
    return "".join([*out, html[position:]])


def _closing(tags: list[tuple[str, str]]) -> str:
    return "".join(f"</{name}>" for name, _ in reversed(tags))


def _opening(tags: list[tuple[str, str]]) -> str:
    return "".join(tag for _, tag in tags)
