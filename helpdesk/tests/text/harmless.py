"""Is there anything in a piece of HTML that could act, navigate or fetch, as a browser's parser sees it?"""

from selectolax.lexbor import LexborHTMLParser, LexborNode

ELEMENTS = {
    "script",
    "iframe",
    "object",
    "embed",
    "applet",
    "frame",
    "frameset",
    "base",
    "meta",
    "link",
    "form",
    "svg",
    "math",
    "noscript",
    "template",
    "style",
    "input",
    "button",
    "textarea",
    "select",
    "video",
    "audio",
    "source",
    "track",
    "dialog",
    "slot",
    "portal",
    "title",
    "head",
    "body",
    "html",
}
SCHEMES = ("javascript:", "vbscript:", "livescript:", "mocha:", "data:", "file:", "blob:")


def assert_harmless(html: str) -> None:
    """Nothing in it acts, navigates or fetches, as a browser's parser sees it."""
    assert not ELEMENTS & set(tags_of(html)), html
    for node in nodes(html):
        for name, value in node.attributes.items():
            value = (value or "").lower()
            assert not name.startswith("on"), html
            assert name not in ("srcdoc", "formaction", "srcset", "background", "poster", "ping", "id", "action"), html
            if name in ("src", "href"):
                compact = "".join(value.split())
                assert not compact.startswith(SCHEMES), html
            if name == "src":
                assert value.startswith("cid:"), html
            if name == "style":
                for word in ("url", "expression", "behavior", "binding", "position", "z-index", "@import"):
                    assert word not in value, html


def nodes(html: str) -> list[LexborNode]:
    return list(LexborHTMLParser(f"<div>{html}</div>").css("div *"))


def tags_of(html: str) -> list[str]:
    return [node.tag for node in nodes(html)]
