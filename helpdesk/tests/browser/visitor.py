"""How does a test use pages that another process serves? As a person whose browser runs no scripts."""

from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

from selectolax.lexbor import LexborHTMLParser, LexborNode


class Page:
    """What came back: `url` after redirects, `status`, and the text a reader sees."""

    def __init__(self, url: str, status: int, body: bytes) -> None:
        self.url, self.status, self.body = url, status, body
        self.tree = LexborHTMLParser(body.decode("utf-8", "replace"))

    @property
    def text(self) -> str:
        return " ".join((self.tree.body.text(separator=" ") if self.tree.body else "").split())

    def link(self, text: str) -> str:
        """The address behind the first link with that text in it; "" if there is none."""
        links = (node for node in self.tree.css("a[href]") if text in node.text())
        return next((urljoin(self.url, node.attributes["href"] or "") for node in links), "")


class Visitor:
    def __init__(self, site: str) -> None:
        self.site = site
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Page:
        return self._open(Request(urljoin(self.site, path)))

    def submit(self, page: Page, form: str, **filled: str) -> Page:
        """Fill in the form that the CSS selector names and send it; what is not filled in goes as it stands."""
        node = page.tree.css_first(form)
        assert node is not None, f"{page.url} has no {form}: {page.text[:500]}"
        action = urljoin(page.url, node.attributes.get("action") or "")
        data = urlencode({**_values(node), **filled}).encode()
        return self._open(Request(action, data, {"Referer": page.url}))

    def sign_in(self, email: str, password: str) -> None:
        page = self.submit(self.get("/accounts/login/"), "form.form", login=email, password=password)
        assert "/accounts/login" not in page.url, page.text

    def _open(self, request: Request) -> Page:
        try:
            with self._opener.open(request, timeout=60) as response:
                return Page(response.url, response.status, response.read())
        except HTTPError as error:
            return Page(error.url or "", error.code, error.read())


def _values(form: LexborNode) -> dict[str, str]:
    """What a browser would send of the form as it stands, without its buttons and files."""
    values: dict[str, str] = {}
    for node in form.css("input[name], textarea[name], select[name]"):
        attributes: dict[str, Any] = node.attributes
        kind = attributes.get("type", "")
        if node.tag == "textarea":
            values[attributes["name"]] = node.text()
        elif node.tag == "select":
            chosen = node.css_first("option[selected]") or node.css_first("option")
            values[attributes["name"]] = (chosen.attributes.get("value") or "") if chosen else ""
        elif kind not in ("file", "submit", "button") and (
            kind not in ("radio", "checkbox") or "checked" in attributes
        ):
            values[attributes["name"]] = attributes.get("value") or ("on" if kind == "checkbox" else "")
    return values
