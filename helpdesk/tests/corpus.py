"""Which mails of other projects may tests read? Those of the folder that HELPDESK_CORPUS names; none without it.

A folder `mail/` holds `<set>/<case>.eml` with what is expected of it in `<set>/<case>.json`, `bench/` makes mail in
mass. Without them the tests that ask are skipped: the project's own mails in `mailboxes/tests` prove each rule.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Case:
    """One mail and what its project expects of it (`quality`: asserted, snapshot, weak or none)."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def raw(self) -> bytes:
        return self.path.read_bytes()

    @property
    def about(self) -> dict[str, Any]:
        return dict(json.loads(self.path.with_suffix(".json").read_text()))

    @property
    def expected(self) -> dict[str, Any]:
        return dict(self.about.get("expect") or {})

    @property
    def quality(self) -> str:
        return str(self.about.get("expect_quality", "none"))


def folder() -> Path | None:
    """The corpus, None if there is none."""
    path = Path(os.environ.get("HELPDESK_CORPUS", "") or "/nonexistent")
    return path if path.is_dir() else None


def cases() -> list[Case]:
    """Every mail of the corpus, in order: for `@pytest.mark.parametrize("case", cases(), ids=str)`."""
    found = folder()
    return [Case(path) for path in sorted((found / "mail").glob("*/*.eml"))] if found else []


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of the corpus; skips the test without one."""
    found = folder()
    if found is None:
        pytest.skip("HELPDESK_CORPUS names no folder with mail of other projects.")
    return found
