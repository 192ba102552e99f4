"""Draws `static/icons.svg`, the one file of all icons that pages show: `python -m helpdesk.tests.icons`.

An icon is in it if its name stands somewhere in the code or in a template. One that is missing is drawn where it
stands, so nothing breaks until this is run again.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lucide import IconDoesNotExist, _render_icon

ROOT = Path(__file__).parents[2]
SPRITE = ROOT / "static" / "icons.svg"
_NAMED = re.compile(r"""["']([a-z][a-z0-9-]*)["']""")
_ELSEWHERE = re.compile(r"/(?:tests|migrations|bench)/|^templates/emails/")


def named() -> set[str]:
    """Every word in quotes that could name an icon, in code and templates."""
    listed = subprocess.run(
        ["git", "ls-files", "*.html", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    files = (ROOT / name for name in listed.stdout.splitlines() if not _ELSEWHERE.search(name))
    return {word for file in files if file.exists() for word in _NAMED.findall(file.read_text())}


def drawn(names: set[str]) -> str:
    """The icons of lucide with these names as symbols, one a line; words that are no icon are left out."""
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *_symbols(names), "</svg>", ""])


def _symbols(names: set[str]) -> Iterator[str]:
    for name in sorted(names):
        try:
            inside = _render_icon(name, None).split(">", 1)[1].rsplit("</svg>", 1)[0]
        except IconDoesNotExist:
            continue
        compact = re.sub(r"\s*(/?>)\s*", r"\1", inside.strip())
        yield f'<symbol id="{name}" viewBox="0 0 24 24">{compact}</symbol>'


if __name__ == "__main__":
    SPRITE.write_text(drawn(named()))
