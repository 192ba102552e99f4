"""Every mail that a person reads: Liquid templates in, subject, plain text and HTML out.

The templates of a mail lie in `templates/emails/<language>/`: `<name>.subject`, `<name>.txt` and `<name>.html`; what
is around every HTML part in `templates/emails/base.html`. They may one day be written by users, so they run in
bounds: iterations, output, nesting, names and time. Values are put into HTML escaped, unless they are sanitised.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import css_inline
from django.conf import settings
from liquid import BoundTemplate, Environment, RenderContext
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.token import Token
from liquid.undefined import UNDEFINED
from markupsafe import Markup

#: Seconds in which one template must be rendered.
MOST_SECONDS = 2.0
_FALLBACK = "en"
_NOBODY = {"name": "", "colour": "#1d4ed8"}
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """One mail: `subject` in one line, `text` plain, `html` a document with its CSS inlined."""

    subject: str
    text: str
    html: str


def render_mail(name: str, language: str, values: Mapping[str, Any]) -> RenderedMail:
    """The mail `name` in `language` (English if there is none). `values`: texts, numbers, lists and dicts of them.

    `company` is whose mail it is: its `name` and `colour`, "" where it has none. HTML values that are sanitised are
    given as `safe(…)`; every other text is escaped. Raises liquid.exceptions.LiquidError if a template passes its
    bounds.
    """
    company = _NOBODY | {key: value for key, value in values.get("company", {}).items() if value}
    values = {**values, "company": company}
    subject = _template(name, language, "subject").render(values)
    text = _template(name, language, "txt").render(values)
    content = Markup(_template(name, language, "html").render(values))  # noqa: S704 - escaped by its template
    document = _parsed("base.html").render({"content": content, "language": language, "company": company})
    return RenderedMail(" ".join(subject.split()), _tidy(text), _INLINER.inline(document))


def render_text(name: str, language: str, values: Mapping[str, Any]) -> str:
    """The plain text alone of the mail `name`, for somebody who will change it before it is sent."""
    return _tidy(_template(name, language, "txt").render(values)).strip()


def render_source(source: str, values: Mapping[str, Any], *, html: bool) -> str:
    """What a template that a person wrote becomes, in the bounds of all others; in `html` values are escaped.

    Raises liquid.exceptions.LiquidError for one that cannot be read, or passes its bounds.
    """
    return (_HTML if html else _PLAIN).from_string(source).render(values)


def trouble(source: str) -> str:
    """Why a template that a person wrote cannot be used, with line and column; "" if it can."""
    try:
        render_source(source, {}, html=False)
    except LiquidError as error:
        where = error.context()
        return f"{where[0]}:{where[1]}: {error.message}" if where else str(error.message)
    return ""


def safe(html: str) -> Markup:
    """`html` that is sanitised, to be put into a mail as it is."""
    return Markup(html)  # noqa: S704 - the caller says that it is sanitised


class _Context(RenderContext):
    """A render context that stops when its time is over; every tag and output asks it for values.

    The time is the processor's: on a busy machine no good template is given up.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ends = time.thread_time() + MOST_SECONDS

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        if time.thread_time() > self.ends:
            raise ResourceLimitError("time limit reached", token=token)
        return super().get(path, token=token, default=default)


class _Template(BoundTemplate):
    context_class = _Context


class _Environment(Environment):
    """Liquid in bounds: output in bytes, nesting in levels."""

    template_class = _Template
    loop_iteration_limit = 2_000
    output_stream_limit = 4_000_000
    local_namespace_limit = 500_000
    context_depth_limit = 10
    block_nesting_limit = 20


def _environment(*, autoescape: bool) -> Environment:
    environment = _Environment(autoescape=autoescape)
    environment.add_filter("quoted", _quoted)
    return environment


def _quoted(text: object) -> str:
    """Every line with `> ` before it, as replies quote."""
    return "\n".join(f"> {line}".rstrip() for line in str(text).splitlines())


_PLAIN = _environment(autoescape=False)
_HTML = _environment(autoescape=True)


@lru_cache(maxsize=256)
def _template(name: str, language: str, part: str) -> BoundTemplate:
    found = (_folder() / language / f"{name}.{part}").exists()
    return _parsed(f"{language if found else _FALLBACK}/{name}.{part}")


@lru_cache(maxsize=256)
def _parsed(path: str) -> BoundTemplate:
    environment = _HTML if path.endswith(".html") else _PLAIN
    return environment.from_string((_folder() / path).read_text("utf-8"), name=path)


def _folder() -> Path:
    return Path(settings.BASE_DIR) / "templates" / "emails"


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"
