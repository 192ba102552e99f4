"""Templates of pages without the white space by which people read them: a tenth of what a page weighed.

Taken away once, when a template is loaded: indentation, and the line break before a line that says something to the
template alone. Where white space shows between two words, one line break is left of it.
"""

import re

from django.template import Origin
from django.template.loaders import filesystem

#: What is left as it is: messages are found by their text, and these elements show their white space.
_KEPT = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}|<(pre|textarea)\b.*?</\1>|{% comment.*?%}", re.DOTALL)
#: Tags that show nothing themselves.
_SILENT = "load|extends|if|elif|else|endif|for|empty|endfor|with|endwith|block|endblock|spaceless|endspaceless"
#: The line break before a line with nothing else: before words it is what keeps them apart.
_BEFORE_SILENT = re.compile(rf"\n(?=(?:{{% (?:{_SILENT})\b(?:(?!%}})[^\n])*%}})+(?:\n|$))")
_INDENTATION = re.compile(r"\n\s+")


def without_white_space(source: str) -> str:
    """The `source` of a template of HTML, which shows the same."""
    parts, end = [], 0
    for kept in _KEPT.finditer(source):
        parts += [_compact(source[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, _compact(source[end:])])


def _compact(source: str) -> str:
    return _BEFORE_SILENT.sub("", _INDENTATION.sub("\n", source))


class FileLoader(filesystem.Loader):
    """Our own templates. Those of packages may need their line breaks: one lists codes in a text area of ours."""

    def get_contents(self, origin: Origin) -> str:
        source: str = super().get_contents(origin)
        name = origin.template_name or ""
        is_page = isinstance(name, str) and name.endswith(".html") and not name.startswith("emails/")
        return without_white_space(source) if is_page else source
