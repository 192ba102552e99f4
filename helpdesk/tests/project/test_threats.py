"""Does everything that stands in the way of a threat have a test, as docs/threats.md says?"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ROWS = [line for line in (ROOT / "docs/threats.md").read_text().splitlines() if line.startswith("| ")][1:]


def test_every_threat_names_a_test_that_is_there() -> None:
    named = [re.findall(r"`([\w/]+\.py)::(\w+)`", row) for row in ROWS]
    assert len(named) > 15
    assert [row for row, tests in zip(ROWS, named, strict=True) if not tests] == []
    assert {f"{file}::{test}" for tests in named for file, test in tests if test not in functions_in(file)} == set()


def functions_in(file: str) -> set[str]:
    """The names of its functions; none if there is no such file."""
    path = ROOT / file
    if not path.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
