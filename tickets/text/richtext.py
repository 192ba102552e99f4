"""The rich text of agents: sanitised once, when it comes in; what is stored may be shown and sent as it is."""

from helpdesk import limits
from helpdesk.text import sanitise as sanitising
from helpdesk.text.html_to_text import RICH_TEXT_STYLE, html_to_text
from helpdesk.text.pictures import without_remote_pictures
from helpdesk.text.sanitise import RICH_TEXT, without_tags
from helpdesk.text.text_to_html import text_to_html


def sanitise(html: str) -> str:
    """`html` with nothing in it that could run, load or track: text, lists, tables and harmless links.

    What is nested too deeply for a parser, or would be written out at many times its length, is left as its words.
    """
    clean = sanitising.sanitise(html, RICH_TEXT)
    if clean.is_tangled:
        return text_to_html(without_tags(html[: limits.AGENT_CHARACTERS.amount]))
    return without_remote_pictures(clean.html)


def to_text(html: str) -> str:
    """`html` (sanitised) as plain text: empty lines part paragraphs, lists have marks, links are written out."""
    return html_to_text(html, RICH_TEXT_STYLE).text.strip("\n")
