"""Do the documents lead where they say?"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text())
    broken = [link for link in links if not (document.parent / link).exists()]
    assert not broken


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text()))
    assert listed == {page.name for page in folder.glob("*.md")} - {"README.md"}


def test_every_document_that_the_code_names_exists() -> None:
    code = [path for room in ("helpdesk", "recipients", "tickets", "mailboxes") for path in (ROOT / room).rglob("*.py")]
    named = {name for path in code for name in re.findall(r"docs/[\w/-]+\.md", path.read_text())}
    assert {name for name in named if not (ROOT / name).exists()} == set()
