"""The rows of docs/requirements.md, and which of them tests cite: `python -m helpdesk.tests.requirements [--write]`."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "requirements.md"
#: In the order of the page.
FAMILIES = ("R", "A", "W", "U", "T", "S", "L", "SC", "MT")
CODE = rf"\b(?:{'|'.join(FAMILIES)})\d\d\b"
ROW = re.compile(rf"^\| (?P<code>{CODE}) \| (?P<text>.+) \| (?P<mark>[✔–]) \|$", re.MULTILINE)
#: Ways of citing that a search for a code would miss: a range, or a number without its family.
MISSED = re.compile(rf"{CODE}(?:-|–| to ){CODE}|\b(?:lessons?|scenarios?|semantics) \d", re.IGNORECASE)


def rows() -> dict[str, str]:
    """The mark of each code, in the order of the page. A code that stands there twice is an error."""
    found = [(match["code"], match["mark"]) for match in ROW.finditer(PAGE.read_text())]
    assert len(dict(found)) == len(found), "a code stands there twice"
    return dict(found)


def sources() -> Iterator[Path]:
    """Everything that may cite a row: the code of the rooms with its tests, and the documents."""
    for room in ("helpdesk", "recipients", "tickets", "mailboxes"):
        yield from sorted((ROOT / room).rglob("*.py"))
    yield from (page for page in sorted((ROOT / "docs").rglob("*.md")) if page != PAGE)


def cited(path: Path) -> set[str]:
    return set(re.findall(CODE, path.read_text()))


def cited_by_tests() -> set[str]:
    tests = [path for path in sources() if "tests" in path.parts and path.name.startswith("test_")]
    return set().union(*(cited(path) for path in tests))


def marked(text: str, proven: set[str]) -> str:
    """`text` of the page with the marks that are true."""
    return ROW.sub(lambda row: f"| {row['code']} | {row['text']} | {'✔' if row['code'] in proven else '–'} |", text)


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(marked(PAGE.read_text(), cited_by_tests()))
    untested = [match for match in ROW.finditer(PAGE.read_text()) if match["code"] not in cited_by_tests()]
    sys.stdout.writelines(f"{row['code']:<5} {row['text']}\n" for row in untested)
    sys.stdout.write(f"{len(untested)} of {len(rows())} rows are cited by no test.\n")
