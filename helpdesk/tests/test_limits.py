"""Does one table hold every limit, as operators read it, and is it counted rightly?"""

import re
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.checks import run_checks
from django.template.defaultfilters import filesizeformat
from django.test import RequestFactory

from helpdesk import limits
from helpdesk.limits import Limit
from helpdesk.text.sanitise import RICH_TEXT
from mailboxes.models import Mailbox
from tickets.models import TicketSettings

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "limits.md"
LIMITS = [each for each in vars(limits).values() if isinstance(each, Limit)]
FEW = Limit("tries of this test", 3, "client", 60, "Nothing.")


def time_of(limit: Limit) -> str:
    for seconds, unit in ((limits.DAY, "day"), (limits.HOUR, "hour"), (limits.MINUTE, "minute")):
        if limit.seconds and limit.seconds % seconds == 0:
            number = limit.seconds // seconds
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "–"


def amount_of(limit: Limit) -> str:
    return filesizeformat(limit.amount).replace("\xa0", " ") if limit.name.startswith("bytes ") else f"{limit.amount:,}"


def row(limit: Limit) -> str:
    told = f"“{limit.sentence(amount_of(limit) if '%(most)s' in limit.told else None)}”" if limit.told else "–"
    amount, cells = amount_of(limit), (limit.happens, told, limit.setting or "–")
    return f"| {limit.name} | {amount} | {limit.per} | {time_of(limit)} | {' | '.join(cells)} |"


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


#: What people and mails are counted in, as a constant of another module would be called after it.
COUNTED = re.compile(
    r"^(\w*(?:AN_HOUR|PER_HOUR)|(?:MOST|MAX|LARGEST|LONGEST)_(?:\w+_)?"
    r"(?:ATTEMPTS|AUTHORS|BYTES|CHARACTERS|DRAFTS|FILES|LINKS|MAILS|MESSAGES|NOTICES|PEOPLE|REQUESTS|ROWS|SIZE))"
    r"\b.* = ",
    re.MULTILINE,
)


def test_a_limit_of_people_or_mails_stands_nowhere_else() -> None:
    """How deep a parser or a check of signatures goes is no such limit: it stands beside its algorithm."""
    root = PAGE.parent.parent
    assert COUNTED.findall("MAX_FILES_SIZE = 20\nMOST_REQUESTS: int = 3\nMESSAGES_AN_HOUR = 30") != []
    elsewhere = {
        f"{path.relative_to(root)} {name}"
        for room in ("recipients", "tickets", "mailboxes")
        for path in (root / room).rglob("*.py")
        if not {"tests", "migrations", "parsing", "authentication"} & set(path.relative_to(root).parts)
        for name in COUNTED.findall(path.read_text())
    }
    assert elsewhere == set()


def test_what_an_installation_may_change_begins_as_the_table_says() -> None:
    assert TicketSettings().automatic_mails_per_hour == limits.AUTOMATIC_MAILS.amount
    assert Mailbox().max_message_bytes == limits.MAIL_BYTES.amount == settings.MAX_MESSAGE_BYTES


def test_the_editor_cleans_whatever_an_agent_may_send() -> None:
    assert limits.AGENT_CHARACTERS.amount <= RICH_TEXT.longest


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


def test_several_are_counted_at_once() -> None:
    assert FEW.count("a", times=3)
    assert not FEW.left("a")
    assert not FEW.count("b", times=4)


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
