"""Statuses are asked in one place, so that a new one is looked for in one place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tickets.models import Status
from tickets.models.work import states

ROOT = Path(__file__).parents[3]
STATES = Path(states.__file__)
#: Where the properties of a ticket, and the questions about tickets, rest on them.
MODELS = (STATES, STATES.with_name("ticket.py"), STATES.with_name("visibility.py"))
NAMES = set(Status.values)


def product(*suffixes: str) -> list[Path]:
    """Files of the product, without tests and migrations."""
    folders = ("helpdesk", "mailboxes", "recipients", "tickets", "templates", "static")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)
    files = [path for path in found if not {"tests", "migrations"} & set(path.parts)]
    assert len(files) > 10
    return files


@pytest.mark.parametrize(
    "code",
    [
        'ticket.status == "merged"',
        'ticket.status in ("solved", "closed")',
        'tickets.filter(status="new")',
        'tickets.filter(ticket__status__in=["new", "open"])',
        "ticket.status != Status.MERGED",
        "tickets.exclude(status=Status.MERGED)",
    ],
)
def test_a_status_that_is_asked_elsewhere_is_found(code: str) -> None:
    assert list(asked(ast.parse(code)))


@pytest.mark.parametrize("code", ["ticket.is_merged", "ticket.set_status(Status.SOLVED)", 'status_code == "new"'])
def test_what_asks_no_status_is_left_alone(code: str) -> None:
    assert not list(asked(ast.parse(code)))


def test_no_module_asks_for_a_status_by_itself() -> None:
    modules = [path for path in product(".py") if path not in MODELS]
    found = [f"{path.relative_to(ROOT)}:{line}" for path in modules for line in asked(ast.parse(path.read_text()))]
    assert found == []


def test_no_template_and_no_stylesheet_spells_a_status() -> None:
    spelled = re.compile(rf"""status["'\]]*\s*(?:==|!=|in|\^?=)\s*["']?(?:{"|".join(NAMES)})\b""")
    found = [
        str(path.relative_to(ROOT)) for path in product(".html", ".css", ".js") if spelled.search(path.read_text())
    ]
    assert found == []
    assert spelled.search('{% if ticket.status == "merged" %}')
    assert spelled.search(".status[data-status=new]")


def test_every_status_has_a_mark_that_the_stylesheet_draws() -> None:
    assert set(states.MARKS) == set(Status)
    css = (ROOT / "static" / "css" / "components.css").read_text()
    assert {mark for mark in states.MARKS.values() if f"[data-mark={mark}]" not in css} == set()


def test_every_status_but_merged_is_either_unsolved_or_finished() -> None:
    assert {*states.UNSOLVED, *states.FINISHED} == set(Status) - {Status.MERGED}
    assert not {*states.UNSOLVED} & {*states.FINISHED}


def asked(tree: ast.AST) -> Iterator[int]:
    """The lines of `tree` that compare a status, or look for rows by one, named by text or by member."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(is_status(side) for side in sides) and any(names_one(side) for side in sides):
                yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            looks = name in ("filter", "exclude", "get", "Q", "When", "get_or_create", "update_or_create")
            for keyword in node.keywords if looks else ():
                if "status" in (keyword.arg or "").split("__") and names_one(keyword.value):
                    yield node.lineno


def is_status(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "status") or names_member(node)


def names_one(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(names_one(each) for each in node.elts)
    return names_member(node) or (isinstance(node, ast.Constant) and node.value in NAMES)


def names_member(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Status"
