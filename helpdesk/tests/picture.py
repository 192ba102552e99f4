"""The picture of rooms and folders, docs/architecture.svg, drawn from the order that import-linter keeps.

After a folder was added: `python -m helpdesk.tests.picture`.
"""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"

#: Folders on the way of a mail, with the number of their step in docs/architecture.md.
STEPS = {
    "mailboxes": {
        "fetching": 1,
        "storage": 2,
        "models": 2,
        "parsing": 3,
        "authentication": 4,
        "inbound": 5,
        "sending": 11,
    },
    "tickets": {"intake": 7, "rules": 7, "sender": 8, "conversation": 9, "notifications": 10},
    "recipients": {"matching": 6},
}
SAYS = {
    "mailboxes": ("Mail: fetched, archived,", "understood, sent."),
    "tickets": ("The work, and the pages of", "agents and customers."),
    "recipients": ("Who is behind an address.",),
}
ROOF = ("settings, urls, celery", "operations", "demo", "bench")
FLOOR = ("ui", "text", "wording", "database", "limits")

WIDTH, LEFT, RIGHT, GAP, HIGH = 1120, 262, 1092, 8, 34
MOST = 5  # folders in a line

STYLE = """<style>
  svg { font: 14px system-ui, sans-serif;
    --page: #fff; --band: #f4f5f8; --folder: #fff; --line: #d5d7de; --text: #1b1b20; --muted: #5a5c68;
    --accent: #3a55cf; --soft: #e7ebfb; --on: #fff; }
  @media (prefers-color-scheme: dark) { svg {
    --page: #121215; --band: #1b1b20; --folder: #26262c; --line: #3a3a44; --text: #ececf1; --muted: #a6a6b3;
    --accent: #96a8ff; --soft: #262c50; --on: #121215; } }
  .page { fill: var(--page); }
  .band { fill: var(--band); stroke: var(--line); }
  .folder { fill: var(--folder); stroke: var(--line); }
  .folder.way { fill: var(--soft); stroke: var(--accent); }
  .room { fill: var(--text); font-size: 16px; font-weight: 650; }
  .what { fill: var(--muted); font-size: 12.5px; }
  .name { fill: var(--text); }
  .step { fill: var(--accent); }
  .number { fill: var(--on); font-size: 12px; font-weight: 650; text-anchor: middle; }
  .down { fill: none; stroke: var(--muted); stroke-width: 1.5; }
</style>"""


def draw() -> str:
    """The picture as SVG: a band for the roof, for each room, and for the floor."""
    bands: list[tuple[str, Sequence[str], list[Sequence[str]], dict[str, int]]] = [
        ("helpdesk: the roof", ("No room imports it.",), [ROOF], {}),
        *((room, SAYS[room], list(_lines(room)), STEPS[room]) for room in SAYS),
        ("helpdesk: the floor", ("Imports no room.",), [FLOOR], {}),
    ]
    drawn, top = [], 10
    for title, what, lines, steps in bands:
        high = len(lines) * (HIGH + GAP) + 26
        drawn += _band(top, high, title, what, lines, steps)
        top += high + 10
    label = "Rooms and folders, and the way of a mail through them"
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img" aria-label="{label}">'
    return "\n".join([opening, STYLE, f'<rect class="page" width="{WIDTH}" height="{top}"/>', *drawn, "</svg>", ""])


def _lines(room: str) -> Iterator[Sequence[str]]:
    """The folders of a room from the highest down; those that know nothing of each other side by side."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    for layer in next(each["layers"] for each in contracts if each.get("containers") == [room]):
        names = layer.split(" | ")
        lines = -(-len(names) // MOST)
        for line in range(lines):
            yield names[len(names) * line // lines : len(names) * (line + 1) // lines]


def _band(
    top: int, high: int, title: str, what: Sequence[str], lines: Sequence[Sequence[str]], steps: dict[str, int]
) -> Iterator[str]:
    yield f'<rect class="band" x="10" y="{top}" width="{WIDTH - 20}" height="{high}" rx="10"/>'
    yield f'<text class="room" x="28" y="{top + 30}">{title}</text>'
    for number, sentence in enumerate(what):
        yield f'<text class="what" x="28" y="{top + 50 + 16 * number}">{sentence}</text>'
    if len(lines) > 1:
        yield f'<path class="down" d="M 240 {top + 18} V {top + high - 22} m -5 -8 l 5 8 l 5 -8"/>'
    for number, names in enumerate(lines):
        yield from _line(top + 16 + number * (HIGH + GAP), names, steps)


def _line(top: int, names: Sequence[str], steps: dict[str, int]) -> Iterator[str]:
    wide = (RIGHT - LEFT + GAP) / len(names)
    for place, name in enumerate(names):
        left, step = round(LEFT + place * wide), steps.get(name)
        kind = "folder way" if step else "folder"
        yield f'<rect class="{kind}" x="{left}" y="{top}" width="{round(wide) - GAP}" height="{HIGH}" rx="6"/>'
        if step:
            yield f'<circle class="step" cx="{left + 20}" cy="{top + 17}" r="11"/>'
            yield f'<text class="number" x="{left + 20}" y="{top + 21}">{step}</text>'
        yield f'<text class="name" x="{left + (40 if step else 14)}" y="{top + 22}">{name}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw())
