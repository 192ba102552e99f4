"""Do the codes that code, tests and documents cite exist, and does the page say which rows a test cites?"""

import re

from helpdesk.tests.requirements import (
    FAMILIES,
    MISSED,
    PAGE,
    ROOT,
    cited,
    cited_by_tests,
    marked,
    rows,
    sources,
)


def test_every_code_that_is_cited_is_a_row() -> None:
    known = set(rows())
    unknown = {str(path.relative_to(ROOT)): sorted(codes) for path in sources() if (codes := cited(path) - known)}
    assert unknown == {}


def test_every_row_can_be_found_by_its_code() -> None:
    missed = {str(path.relative_to(ROOT)): MISSED.findall(path.read_text()) for path in sources()}
    assert {path: citations for path, citations in missed.items() if citations} == {}


def test_the_codes_are_unique_and_in_order() -> None:
    codes = list(rows())
    assert codes == sorted(codes, key=lambda code: (FAMILIES.index(code.rstrip("0123456789")), code))
    assert {code.rstrip("0123456789") for code in codes} == set(FAMILIES)
    assert len(codes) == len(re.findall(r"^\| [A-Z]+\d", PAGE.read_text(), re.MULTILINE))  # no row is misspelt


def test_the_marks_say_which_rows_a_test_cites() -> None:
    text = PAGE.read_text()
    assert text == marked(text, cited_by_tests()), "Run: python -m helpdesk.tests.requirements --write"
