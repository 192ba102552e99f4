"""Sections of long forms: groups with a heading each, fields that belong together in one line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.forms import BaseForm, BoundField
from django.utils.functional import Promise


@dataclass(frozen=True)
class Section:
    """A group of fields: its heading, a sentence about it, and its lines, each of one field or of several names."""

    title: str | Promise
    lines: Sequence[str | tuple[str, ...]]
    help: str | Promise = ""


@dataclass(frozen=True)
class BoundSection:
    title: str | Promise
    help: str | Promise
    lines: list[list[BoundField]]


def with_line(sections: Sequence[Section], line: str, *, before: str) -> tuple[Section, ...]:
    """`sections` with the field `line` of a form that has more, in a line of its own before that of `before`."""
    longer = []
    for section in sections:
        lines = list(section.lines)
        if before in lines:
            lines.insert(lines.index(before), line)
        longer.append(replace(section, lines=tuple(lines)))
    return tuple(longer)


class Sections(BaseForm):
    """A form that `ui/sections.html` shows group by group; fields the form does not have are left out."""

    sections: Sequence[Section] = ()

    def bound_sections(self) -> Iterator[BoundSection]:
        for section in self.sections:
            lines = [line for line in map(self._bound, section.lines) if line]
            if lines:
                yield BoundSection(section.title, section.help, lines)

    def _bound(self, line: str | tuple[str, ...]) -> list[BoundField]:
        names = (line,) if isinstance(line, str) else line
        return [self[name] for name in names if name in self.fields]
