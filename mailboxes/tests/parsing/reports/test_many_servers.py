"""Notices of many mail servers, absences in many languages, and people's mails that sound like them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailboxes.parsing import Kind, ParsedEmail, parse

FOLDER = Path(__file__).parent


def mails(name: str) -> Iterator[tuple[str, str]]:
    """What stands on the line above each mail of a file, and the mail."""
    for block in (FOLDER / name).read_text("utf-8").split("===== ")[1:]:
        title, _end, mail = block.partition("\n")
        yield title, mail


def read(mail: str) -> ParsedEmail:
    return parse(f"Message-ID: <one@elsewhere.example>\n{mail}".encode())


NOTICES = list(mails("notices.txt"))


@pytest.mark.parametrize(("title", "mail"), NOTICES, ids=[title for title, _mail in NOTICES])
def test_a_notice_is_told_with_whom_it_could_not_reach(title: str, mail: str) -> None:
    parsed = read(mail)
    assert parsed.kind in (Kind.BOUNCE, Kind.DELIVERY_WARNING)
    assert parsed.bounce
    assert {each.address for each in parsed.bounce.recipients} == set(title.partition("→")[2].split())
    assert parsed.is_automatic


def test_automatic_replies_are_told_by_their_words_where_no_header_says_so() -> None:
    told = {title: read(mail) for title, mail in mails("automatic_replies.txt")}
    missed = [name for name, each in told.items() if each.kind is not Kind.AUTO_REPLY and not each.says_automatic_reply]
    assert missed == []
    assert len(told) > 50


def test_no_ordinary_mail_is_called_a_notice_or_an_automatic_reply() -> None:
    for title, mail in mails("ordinary_mails.txt"):
        parsed = read(mail)
        assert (parsed.kind, parsed.says_automatic_reply) == (Kind.MESSAGE, False), title
