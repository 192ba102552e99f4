"""Do the documents lead where they say, and do the examples in docstrings hold?"""

import doctest
import importlib
import re
from pathlib import Path

import pytest

from helpdesk.tests import picture

ROOT = Path(__file__).resolve().parents[3]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
CODE = [path for room in ("helpdesk", "recipients", "tickets", "mailboxes") for path in (ROOT / room).rglob("*.py")]
WITH_EXAMPLES = [path for path in CODE if "tests" not in path.parts and "    >>> " in path.read_text()]


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
    named = {name for path in CODE for name in re.findall(r"docs/[\w/-]+\.md", path.read_text())}
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_file_and_folder_that_the_architecture_names_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`((?:mailboxes|tickets|recipients|helpdesk)/[\w/.]+)`", text))
    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_picture_is_drawn_from_the_order_of_the_folders() -> None:
    assert picture.PICTURE.read_text() == picture.draw()
    on_the_way = {f"{room}/{folder}" for room, steps in picture.STEPS.items() for folder in steps}
    assert {folder for folder in on_the_way if not (ROOT / folder).is_dir()} == set()


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_in_a_docstring_holds(module: Path) -> None:
    name = ".".join(module.relative_to(ROOT).with_suffix("").parts)
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted
    assert not results.failed
