"""Every mail that a person reads: Liquid templates in, subject, plain text and HTML out.

The templates of a mail lie in `templates/emails/<language>/`: `<name>.subject`, `<name>.txt` and `<name>.html`; what
is around every HTML part in `templates/emails/base.html`. They may one day be written by users, so they run in
bounds: iterations, output, nesting, names and time. Values are put into HTML escaped, unless they are sanitised.
"""

import math
import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

import css_inline
from django.conf import settings
from liquid import BoundTemplate, Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.exceptions import FilterError, LiquidError, LiquidSyntaxError, ResourceLimitError
from liquid.expression import Expression
from liquid.token import Token
from liquid.undefined import UNDEFINED
from markupsafe import Markup, escape

from helpdesk import limits
from helpdesk.wording.faults import explained

#: Seconds in which one template must be rendered.
MOST_SECONDS = 2.0
#: Until when, by the processor's time of this thread, the template that is rendered must be done.
_ENDS: ContextVar[float] = ContextVar("ends", default=math.inf)
_FALLBACK = "en"
_NOBODY = {"name": "", "colour": "#1d4ed8"}
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """One mail: `subject` in one line, `text` plain, `html` a document with its CSS inlined."""

    subject: str
    text: str
    html: str

    def with_subject(self, subject: str) -> "RenderedMail":
        return replace(self, subject=" ".join(subject.split()))


def render_mail(name: str, language: str, values: Mapping[str, Any]) -> RenderedMail:
    """The mail `name` in `language` (English if there is none). `values`: texts, numbers, lists and dicts of them.

    `company` is whose mail it is: its `name` and `colour`, "" where it has none. HTML values that are sanitised are
    given as `safe(…)`; every other text is escaped. Raises liquid.exceptions.LiquidError if a template passes its
    bounds.
    """
    values = _with_company(values)
    subject, text, html = (_template(name, language, part).render(values) for part in ("subject", "txt", "html"))
    return _mail(subject, text, html, language, values["company"])


def render_written(subject: str, body: str, language: str, values: Mapping[str, Any]) -> RenderedMail:
    """A mail whose subject and plain text somebody wrote; the HTML is made of the same text.

    In it a message keeps its formatting, and an address of a page is a link. Raises liquid.exceptions.LiquidError for a
    text that cannot be read, or passes its bounds.
    """
    values = _with_company(values)
    text = _written(body, html=False).render(values)
    content = _written(_as_html(body), html=True).render({key: _formatted(each) for key, each in values.items()})
    content = re.sub(r"(?:\s*<br>\s*){3,}", "<br>\n<br>\n", content)
    return _mail(_written(subject, html=False).render(values), text, f"<p>{content}</p>", language, values["company"])


def built_in(name: str, language: str, part: str) -> str:
    """The source of a built-in text: its `subject` or `txt`."""
    path = _folder() / language / f"{name}.{part}"
    return (path if path.exists() else _folder() / _FALLBACK / f"{name}.{part}").read_text("utf-8").strip()


def _with_company(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with a company that has each of its texts."""
    given = {key: value for key, value in values.get("company", {}).items() if value}
    return {**values, "company": _NOBODY | given}


def _mail(subject: str, text: str, html: str, language: str, company: Mapping[str, str]) -> RenderedMail:
    content = Markup(html)  # noqa: S704 - escaped by its template
    document = _parsed("base.html").render({"content": content, "language": language, "company": company})
    return RenderedMail(" ".join(subject.split()), _tidy(text), _INLINER.inline(document))


def _as_html(source: str) -> str:
    """The same template for HTML: what is no tag is escaped, and lines stay lines."""
    parts = re.split(r"(\{\{.*?\}\}|\{%.*?%\})", source.strip(), flags=re.DOTALL)
    for n in range(0, len(parts), 2):
        parts[n] = "<br>\n".join(str(escape(parts[n])).replace("\r\n", "\n").split("\n"))
    return "".join(parts)


def _formatted(value: Any, key: str = "") -> Any:
    """`value` for HTML: texts that are there as HTML, too, in that form, lines as lines, and URLs as links."""
    if isinstance(value, Mapping):
        found = {name: _formatted(each, str(name)) for name, each in value.items()}
        return (
            found
            | {name[: -len("_html")]: found[name] for name in found if name.endswith("_html")}
            | ({"text": value["html"]} if "html" in value else {})
        )
    if isinstance(value, list):
        return [_formatted(each) for each in value]
    if isinstance(value, str) and key.endswith("url") and value:
        return Markup('<a href="{0}">{0}</a>').format(value)
    if isinstance(value, str) and not isinstance(value, Markup) and "\n" in value:
        return Markup("<br>\n").join(value.splitlines())
    return value


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
        return explained(error)
    return ""


def names_in(source: str) -> set[tuple[str, ...]]:
    """The values that a template asks for, from the root on: of `{{ ticket.number }}` ("ticket", "number").

    What it names itself (`assign`, `for`) is none. Raises LiquidError for one that cannot be read.

    >>> sorted(names_in("{% for each in conversation.messages %}{{ each.text }}{% endfor %}{{ now }}"))
    [('conversation', 'messages'), ('now',)]
    """
    found = _PLAIN.from_string(source).analyze(include_partials=False).globals
    return {tuple(map(str, each.segments)) for several in found.values() for each in several}


def unknown_names(source: str, *known: str) -> list[str]:
    """What a template asks for and none of the `known` ones does, nor what they ask for has; raises LiquidError.

    >>> unknown_names("{{ ticket.nummer }} {{ files.size }}", "{{ ticket.number }}", "{{ files | join }}")
    ['ticket.nummer']
    """
    offered = {name for each in known for name in names_in(each)}
    asked = names_in(source)
    return sorted(".".join(name) for name in asked if not any(_goes_with(name, other) for other in offered))


def _goes_with(name: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one is a part of the other, such as `message.files` of `message.files.size`."""
    least = min(len(name), len(other))
    return name[:least] == other[:least]


def safe(html: str) -> Markup:
    """`html` that is sanitised, to be put into a mail as it is."""
    return Markup(html)  # noqa: S704 - the caller says that it is sanitised


class _Context(RenderContext):
    """A render context that stops when its time is over; every tag and output asks it for values, and filters ask.

    The time is the processor's: on a busy machine no good template is given up.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ends = time.thread_time() + MOST_SECONDS
        _ENDS.set(self.ends)

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        if time.thread_time() > self.ends:
            raise ResourceLimitError("time limit reached", token=token)
        return super().get(path, token=token, default=default)


class _Template(BoundTemplate):
    context_class = _Context

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Raises LiquidError, whatever its filters stumble over: who fills it in expects nothing else."""
        try:
            return super().render(*args, **kwargs)
        except (ArithmeticError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
            raise FilterError(f"a filter fails: {error}", token=None) from error


class _Environment(Environment):
    """Liquid in bounds: output in bytes, nesting in levels."""

    template_class = _Template
    loop_iteration_limit = 2_000
    output_stream_limit = 4_000_000
    local_namespace_limit = 500_000
    context_depth_limit = 10
    block_nesting_limit = 20

    def _parse(self, source: str) -> list[Node]:
        """Raises LiquidSyntaxError for a range outside a loop too: nothing else bounds how many numbers it has."""
        nodes = super()._parse(source)
        context = RenderContext(BoundTemplate(env=self, nodes=[]))
        for node in nodes:
            self._refuse_ranges(node, context)
        return nodes

    def _refuse_ranges(self, node: Node, context: RenderContext) -> None:
        for expression in node.expressions():
            _refuse_range(expression, but=expression.iterable if isinstance(expression, LoopExpression) else None)
        for child in node.children(context, include_partials=False):
            self._refuse_ranges(child, context)


def _refuse_range(expression: Expression, but: Expression | None = None) -> None:
    if isinstance(expression, RangeLiteral) and expression is not but:
        raise LiquidSyntaxError("range outside a loop", token=expression.token)
    for child in expression.children():
        _refuse_range(child, but)


def _bounded(apply: Callable[..., Any], length: Callable[..., int] | None) -> Callable[..., Any]:
    """The filter in bounds. One that multiplies is asked for the `length` of what it would make beforehand."""

    @wraps(apply)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        if time.thread_time() > _ENDS.get():
            raise ResourceLimitError("time limit reached", token=None)
        if length and length(*args) > limits.FILTERED_CHARACTERS.amount:
            raise ResourceLimitError("text limit reached", token=None)
        made = apply(*args, **kwargs)
        if isinstance(made, str) and len(made) > limits.FILTERED_CHARACTERS.amount:
            raise ResourceLimitError("text limit reached", token=None)
        return made

    return bounded


def _length_replaced(text: object, old: object = "", new: object = "", *_more: object) -> int:
    return len(str(text)) + str(text).count(str(old)) * len(str(new))


def _length_joined(items: object, between: object = " ", *_more: object) -> int:
    return len(items) * len(str(between)) if isinstance(items, str | list | tuple) else 0


_MULTIPLYING: Mapping[str, Callable[..., int]] = {"replace": _length_replaced, "join": _length_joined}


def _quoted(text: object) -> str:
    """Every line with `> ` before it, as replies quote."""
    return "\n".join(f"> {line}".rstrip() for line in str(text).splitlines())


def _quoted_html(text: object) -> Markup:
    return Markup("<blockquote>{}</blockquote>").format(text) if text else Markup("")


def _environment(*, autoescape: bool) -> Environment:
    environment = _Environment(autoescape=autoescape)
    environment.add_filter("quoted", _quoted_html if autoescape else _quoted)
    # Nobody who writes a text may say that what a stranger wrote is safe.
    environment.filters.pop("safe", None)
    for name, apply in environment.filters.items():
        environment.filters[name] = _bounded(apply, _MULTIPLYING.get(name))
    return environment


_PLAIN, _HTML = _environment(autoescape=False), _environment(autoescape=True)


@lru_cache(maxsize=256)
def _written(source: str, *, html: bool) -> BoundTemplate:
    return (_HTML if html else _PLAIN).from_string(source)


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
