"""What may an agent's rich text hold, and how does it read as plain text?

The composer's HTML is sanitised once, when it comes in; what is stored may be shown and sent as it is.
"""

import re
from collections.abc import Iterator
from html import escape

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Characters of one message; nobody types more, and a pasted book is an attachment.
MAX_HTML_LENGTH = 500_000

_TAGS = {
    *("a", "b", "strong", "i", "em", "u", "s", "del", "code", "pre", "blockquote", "p", "br", "hr", "div", "span"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "sub", "sup"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"}}
#: Elements inside each other that are still read as what they are.
_DEEPEST = 60
_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "pre", "ul", "ol", "table", "blockquote", "hr"}
_OPEN_AT_ONCE = 1000
_TAG = re.compile(r"<(/?)(?!(?:br|hr|img|input|meta|link)\b)[a-z]", re.IGNORECASE)
_LINK = re.compile(r"\bhttps?://[^\s<>\"']{3,2000}", re.IGNORECASE)


def sanitise(html: str) -> str:
    """`html` with nothing in it that could run, load or track: text, lists, tables and harmless links."""
    html = html[:MAX_HTML_LENGTH]
    if _is_too_deep(html):  # the time of every HTML parser grows with the square of the depth
        html = from_text(re.sub(r"<[^<>]*>", " ", html))
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    ).strip()


def to_text(html: str) -> str:
    """`html` (sanitised) as plain text: empty lines part paragraphs, lists have marks, links are written out."""
    body = LexborHTMLParser(html[:MAX_HTML_LENGTH]).body
    return "" if body is None else _tidy("".join(_words(body)))


def from_text(text: str) -> str:
    """Plain `text` as HTML: empty lines part paragraphs, other line ends stay, web addresses become links."""
    paragraphs = re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n").strip("\n"))
    return "\n".join(f"<p>{_linked(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())


def _is_too_deep(html: str) -> bool:
    """Whether more than a thousand elements are open at once, as far as a look without parsing can tell."""
    depth = 0
    for found in _TAG.finditer(html):
        depth += -1 if found[1] else 1
        if depth > _OPEN_AT_ONCE:
            return True
    return False


def _linked(paragraph: str) -> str:
    parts, end = [], 0
    for found in _LINK.finditer(paragraph):
        address = found[0].rstrip(".,;:!?)")
        link = f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{escape(address)}</a>'
        parts += [_lines(paragraph[end : found.start()]), link]
        end = found.start() + len(address)
    return "".join([*parts, _lines(paragraph[end:])])


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _words(node: LexborNode, depth: int = 0) -> Iterator[str]:
    """The words of `node`'s children; `\n` where a line ends, more of them where a block does."""
    if depth > _DEEPEST:
        yield node.text(separator=" ")
        return
    number = _first_number(node)
    for child in node.iter(include_text=True):
        if child.tag == "li":
            yield f"\n{number}. " if number else "\n- "
            yield _tidy("".join(_words(child, depth + 1))).replace("\n", "\n  ")
            number += bool(number)
        else:
            yield _word(child, node, depth + 1)


def _word(node: LexborNode, parent: LexborNode, depth: int) -> str:
    tag = node.tag
    if tag == "-text":
        text = node.text_content or ""
        return text if parent.tag == "pre" else re.sub(r"\s+", " ", text)
    if tag == "br":
        return "\n"
    if tag == "tr":
        return "\n" + " | ".join(_tidy("".join(_words(cell, depth))) for cell in node.iter())
    inside = "".join(_words(node, depth))
    if tag == "a":
        return _link(node, _tidy(inside))
    if tag == "blockquote":
        return "\n\n" + re.sub(r"(?m)^", "> ", _tidy(inside)) + "\n\n"
    if tag in ("ul", "ol") and parent.tag == "li":
        return inside
    return f"\n\n{inside}\n\n" if tag in _BLOCKS else inside


def _link(node: LexborNode, label: str) -> str:
    target = (node.attributes.get("href") or "").removeprefix("mailto:")
    if not target or target == label:
        return label
    return f"{label} ({target})" if label else target


def _first_number(node: LexborNode) -> int:
    """Where the numbers of an ordered list begin, 0 for any other element."""
    if node.tag != "ol":
        return 0
    start = node.attributes.get("start") or ""
    return int(start) if start.isdecimal() and len(start) < 10 else 1


def _tidy(text: str) -> str:
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n")))
    return re.sub(r"(?m)^ (?=\S)", "", joined).strip("\n")
