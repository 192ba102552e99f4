"""Does the step that asks for known weaknesses fail for a weakness, and never for a closed network?"""

import json
from pathlib import Path

from helpdesk.tests.advisories import can_be_had, judged

GOOD = {"name": "django", "version": "5.2.9", "vulns": []}
SKIPPED = {"name": "ours", "skip_reason": "Dependency not found on PyPI"}
WEAK = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": []}]}


def of(*libraries: dict[str, object]) -> tuple[str, int]:
    return judged(json.dumps({"dependencies": libraries, "fixes": []}), "")


def test_a_weakness_fails_and_says_what_mends_it() -> None:
    said, code = of(GOOD, WEAK, SKIPPED)
    assert code == 1
    assert "jinja2 2.0: PYSEC-1, mended in ['2.1']" in said


def test_without_one_it_says_how_many_were_looked_at_and_which_were_not() -> None:
    assert of(GOOD, SKIPPED) == ("no known weakness in 1 libraries; nothing is known of ours", 0)


def test_a_closed_network_never_fails_and_any_other_trouble_does() -> None:
    unreachable = "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='pypi.org', port=443)"
    assert judged("", unreachable) == ("the advisories of PyPI cannot be reached", 0)
    assert judged("", "error: unrecognized arguments: --no-dpes")[1] == 1


def test_who_answers_without_advisories_has_none(tmp_path: Path) -> None:
    for name, text, had in (
        ("mirror.json", '{"info": {}, "vulnerabilities": []}', False),
        ("page.html", "<h1>Not here</h1>", False),
        ("real.json", '{"vulnerabilities": [{"id": "PYSEC-1"}]}', True),
    ):
        (tmp_path / name).write_text(text)
        assert can_be_had((tmp_path / name).as_uri()) is had
    assert not can_be_had("http://127.0.0.1:9/")
