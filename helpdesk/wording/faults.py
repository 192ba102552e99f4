"""What is wrong with a text that a person wrote, in the language of who reads it, with line and column.

The parser says it in English; its words are shown where none of ours fit.
"""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from liquid.exceptions import (
    DisabledTagError,
    FilterArgumentError,
    FilterError,
    FilterItemTypeError,
    FilterValueError,
    LiquidError,
    ResourceLimitError,
    TemplateNotFoundError,
)

#: What the parser raises while it reads; `what` is the name in question.
_BY_WORDS: Mapping[re.Pattern[str], str | Promise] = {
    re.compile(pattern): sentence
    for pattern, sentence in (
        (r"unknown filter '(?P<what>.*)'", _("there is no filter “%(what)s”")),
        (r"unexpected tag '(?P<what>end.*|els.*|when)'", _("“%(what)s” has no beginning")),
        (r"unexpected tag '(?P<what>.*)'", _("there is no tag “%(what)s”")),
        (r"expected tag '?(?P<what>end\w*)", _("“%(what)s” is missing")),
        (r"(?P<what>\w+) tag wa[sd] never closed", _("“%(what)s” is not closed")),
        (r"range outside a loop", _("a range of numbers works only in loops")),
        (r"expected '}}'|missing tag name|.*closing delimiter", _("its brackets are not closed")),
        (r"missing|.*found end of expression|expected a primitive", _("something is missing between the brackets")),
        (r"expected end of expression|unexpected '", _("something between the brackets does not belong there")),
    )
}
_BY_KIND: tuple[tuple[tuple[type[LiquidError], ...], str | Promise], ...] = (
    (
        (FilterArgumentError, FilterError, FilterItemTypeError, FilterValueError),
        _("a filter cannot use the value it is given"),
    ),
    ((TemplateNotFoundError, DisabledTagError), _("other texts cannot be included")),
    ((ResourceLimitError,), _("it would become too long, or take too long")),
)


def explained(error: LiquidError) -> str:
    """What is wrong, as "1:7: there is no filter “x”"."""
    where = _where(error)
    return f"{where[0]}:{where[1]}: {_said(error)}" if where else _said(error)


def _said(error: LiquidError) -> str:
    words = str(error.message)
    for kinds, sentence in _BY_KIND:
        if isinstance(error, kinds):
            return str(sentence)
    for pattern, sentence in _BY_WORDS.items():
        if found := pattern.match(words):
            return str(sentence) % found.groupdict()
    return words


def _where(error: LiquidError) -> tuple[int, int] | None:
    try:
        context = error.context()
    except ValueError:  # at the very end
        return None
    return context[:2] if context else None
