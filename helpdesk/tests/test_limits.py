"""Does one table hold every limit, as operators read it, and is it counted rightly?"""

import re
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.checks import run_checks
from django.test import RequestFactory

from helpdesk import limits
from helpdesk.limits import Limit

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "limits.md"
LIMITS = [each for each in vars(limits).values() if isinstance(each, Limit)]
FEW = Limit("tries of this test", 3, "client", 60, "Nothing.")


def time_of(limit: Limit) -> str:
    for seconds, unit in ((limits.DAY, "day"), (limits.HOUR, "hour"), (limits.MINUTE, "minute")):
        if limit.seconds and limit.seconds % seconds == 0:
            number = limit.seconds // seconds
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "–"


def row(limit: Limit) -> str:
    told = f"“{limit.told}”" if limit.told else "–"
    return f"| {limit.name} | {limit.amount:,} | {limit.per} | {time_of(limit)} | {limit.happens} | {told} |"


def test_the_page_for_operators_is_the_table() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    assert rows == [row(limit) for limit in LIMITS]


def test_no_two_limits_have_one_name() -> None:
    assert len({limit.name for limit in LIMITS}) == len(LIMITS)


def test_every_limit_is_one_that_the_product_asks() -> None:
    root = PAGE.parent.parent
    code = [
        path.read_text()
        for room in ("helpdesk", "recipients", "tickets", "mailboxes")
        for path in (root / room).rglob("*.py")
        if "tests" not in path.parts and path.name != "limits.py"
    ]
    asked = {name for text in code for name in re.findall(r"\blimits\.([A-Z][A-Z_]+)\b", text)}
    assert {name for name, each in vars(limits).items() if isinstance(each, Limit)} <= asked


def test_so_many_and_no_more_until_the_time_is_over() -> None:
    with time_machine.travel("2026-03-02 09:00", tick=False) as clock:
        assert [FEW.count("a") for _time in range(5)] == [True, True, True, False, False]
        assert not FEW.left("a")
        assert FEW.left("b")
        clock.shift(61)  # what was refused prolongs nothing
        assert FEW.left("a")
        assert FEW.count("a")
        FEW.forget("a")
        assert [FEW.count("a") for _time in range(4)] == [True, True, True, False]


def test_who_is_not_known_is_not_counted() -> None:
    assert all(FEW.count("", "x") for _time in range(9))
    assert limits.client(RequestFactory().get("/", REMOTE_ADDR="")) == ""


@pytest.mark.parametrize(
    ("address", "client"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2::7", "2001:db8:1:2::/64"), ("2001:db8:1:2:3::8", "2001:db8:1:2::/64")],
)
def test_a_network_of_ipv6_is_one_client(address: str, client: str) -> None:
    assert limits.client(RequestFactory().get("/", REMOTE_ADDR=address)) == client


def test_an_installation_whose_processes_count_for_themselves_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def warned() -> bool:
        return any(each.id == "helpdesk.W001" for each in run_checks(include_deployment_checks=True))

    assert warned()
    shared = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x:6379/1"}}
    monkeypatch.setattr(settings, "CACHES", shared)
    assert not warned()
