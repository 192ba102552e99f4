"""What do the mails of other projects' test suites say here, and where do we differ from what those suites assert?"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk.tests.corpus import Case, cases, corpus  # noqa: F401 - a fixture
from helpdesk.tests.text.harmless import assert_harmless
from helpdesk.text.sanitise import MAIL, sanitise
from mailboxes.parsing import Kind, ParsedEmail, parse

DOCUMENT = Path(__file__).parents[3] / "docs/parser-misses.md"
DELAYED = "The server says that it goes on trying, so it is a delivery warning."
OTHER_TEXT = "That parser's own way to join parts or to draw HTML as text; all the words are there."

#: Where we differ, and why we mean to. Must equal reality: a miss that is gone fails the test just like a new one.
MISSES: dict[tuple[str, str], str] = {
    ("enmime/mail-html-mime-inline", "text_contains"): "It wants the HTML alternative repeated in the plain text.",
    ("enmime/mail-mime-mixed", "text_contains"): OTHER_TEXT,
    ("enmime/mail-mime-signed", "text_contains"): OTHER_TEXT,
    ("enmime/mail-non-mime-html", "text_contains"): OTHER_TEXT,
    ("enmime/parts-header-only", "attachment_names_any"): "“text/html” is the type of the one file, not a second name.",
    ("php_mime_mail_parser/m0020", "attachments"): "A nameless invitation is called invite.ics, not noname1.",
    ("php_mime_mail_parser/m0020", "html_contains"): "Sanitised HTML has no <html> element.",
    ("sisimai/lhost-gmail-06", "kind"): DELAYED,
    ("sisimai/lhost-gmail-08", "kind"): DELAYED,
    ("sisimai/lhost-gmail-08", "permanent"): DELAYED,
    ("sisimai/lhost-gmail-09", "kind"): DELAYED,
    ("sisimai/lhost-gmail-17", "kind"): DELAYED,
    ("sisimai/rfc3464-01", "recipients"): "The report names one address; the second one is the same, counted twice.",
    ("sisimai/rfc3464-07", "kind"): DELAYED,
    ("sisimai/rfc3464-09", "kind"): DELAYED,
    ("sisimai/rfc3464-28", "recipients"): "The file holds two mails, one after the other; only the first is read.",
    ("sisimai/rfc3464-34", "kind"): DELAYED,
    ("sisimai/rfc3464-55", "kind"): DELAYED,
}


#: Reports of servers that their suites, which look at other things, call messages or nothing.
UNNAMED_REPORTS = {
    "cpython/msg_16",
    "cpython/msg_25",
    "cpython/msg_43",
    "enmime/mail-multipart-wo-boundary",
    "imap_tools/mime_emails-raw_email_with_mimepart_without_content_type",
    "mikel_mail_extra/multipart_report_emails-multipart_report_multiple_status",
    "mikel_mail_extra/multipart_report_emails-report_530",
    "php_mime_mail_parser/failure",
}
REPORTS = {Kind.BOUNCE, Kind.DELIVERY_WARNING, Kind.DELIVERY_SUCCESS, Kind.FEEDBACK_REPORT}


@pytest.mark.parametrize("case", cases(), ids=str)
def test_every_mail_is_read_in_time_and_says_something(case: Case) -> None:
    raw = case.raw
    started = time.process_time()
    email = parse(raw)
    assert time.process_time() - started < 2
    assert letters(email.reply + email.quoted) == letters(email.text)
    assert_harmless(email.html)


def test_the_mails_say_what_their_suites_assert_but_for_the_known_misses(corpus: Path) -> None:  # noqa: F811
    asserted = [case for case in cases() if case.quality == "asserted"]
    assert len(asserted) > 250
    found = {(str(case), key): wrong for case in asserted for key, wrong in mismatches(case)}
    assert found.keys() == MISSES.keys(), {key: found.get(key) for key in found.keys() ^ MISSES.keys()}


def test_reports_are_told_from_messages(corpus: Path) -> None:  # noqa: F811
    kinds = {str(case): (case.expected.get("kind"), parse(case.raw)) for case in cases()}
    reports = {name: email for name, (kind, email) in kinds.items() if kind in ("bounce", Kind.DELIVERY_SUCCESS)}
    assert len(reports) == 130
    assert {name for name, email in reports.items() if email.kind not in REPORTS or not email.is_automatic} == set()
    messages = {name: email for name, (kind, email) in kinds.items() if kind == "message"}
    assert {name for name, email in messages.items() if email.kind in REPORTS} == UNNAMED_REPORTS


def test_known_attacks_do_not_work(corpus: Path) -> None:  # noqa: F811
    vectors = (corpus / "mail/xss_bleach/_vectors.jsonl").read_text().splitlines()
    assert vectors
    for vector in vectors:
        assert_harmless(sanitise(json.loads(vector)["payload"], MAIL).html)


def test_the_document_names_every_miss_with_its_reason() -> None:
    rows = [f"| {case} | {key} | {reason} |" for (case, key), reason in MISSES.items()]
    document = DOCUMENT.read_text()
    assert [row for row in rows if row not in document] == []
    assert document.count("\n| enmime/") + document.count("\n| php_") + document.count("\n| sisimai/") == len(rows)


def mismatches(case: Case) -> Iterator[tuple[str, str]]:
    """(key, what we read instead) of every expectation that does not hold."""
    email, expected = parse(case.raw), case.expected
    for key, holds in CHECKS.items():
        if key in expected and not holds(email, expected[key]):
            yield NAMES.get(key, key), read_instead(email, key)


def letters(text: str) -> Counter[str]:
    """How often each character stands in a text, white space left out: a reply may share a word with a quote."""
    return Counter("".join(text.split()))


def folded(text: str) -> str:
    return " ".join(text.split())


def addresses(people: list[dict[str, str] | str]) -> list[str]:
    return [person["address"] if isinstance(person, dict) else person for person in people]


def has_files(email: ParsedEmail, files: list[dict[str, str]]) -> bool:
    """The same number of files, each with the name, size and digest that is stated."""
    keys = ("name", "size", "sha256")
    ours = [{key: getattr(file, key) for key in keys} for file in email.attachments]
    stated = [{key: file[key] for key in keys if file.get(key)} for file in files]
    return len(ours) == len(stated) and all(any(file.items() <= our.items() for our in ours) for file in stated)


def has_recipients(email: ParsedEmail, stated: list[str] | int) -> bool:
    """Nobody but the stated addresses, or as many as stated."""
    found = (
        Counter(recipient.address.casefold() for recipient in email.bounce.recipients) if email.bounce else Counter()
    )
    if isinstance(stated, int):
        return found.total() == stated
    return bool(found) and found.keys() <= {address.casefold() for address in stated or found}


CHECKS: dict[str, Callable[[ParsedEmail, object], bool]] = {
    "kind": lambda email, kind: email.kind == kind,
    "subject": lambda email, subject: folded(email.subject) == folded(subject),
    "from": lambda email, address: email.author.address == address,
    "from_name": lambda email, name: (email.author.name or email.author.address) == name,
    "to": lambda email, people: addresses(people) == [person.address for person in email.to],
    "text_contains": lambda email, texts: all(folded(text) in folded(email.text) for text in texts),
    "html_contains": lambda email, texts: all(folded(text) in folded(email.html) for text in texts),
    "attachments": has_files,
    "attachment_names_any": lambda email, names: set(names) <= {file.name for file in email.attachments},
    "reply_text": lambda email, text: folded(email.reply) == folded(text),
    "reply_must_contain": lambda email, texts: all(text in email.reply for text in texts),
    "reply_must_not_contain": lambda email, texts: not any(text in email.reply for text in texts),
    "must_not_create_autoreply": lambda email, stated: email.is_automatic is stated,
    "recipients_stated": lambda email, stated: stated is None or has_recipients(email, stated),
    "permanent": lambda email, final: final is None or is_final(email) is final,
    "n_recipients": lambda email, number: (
        email.kind in ("auto_reply", "feedback_report") or has_recipients(email, number)
    ),
}
NAMES = {"recipients_stated": "recipients", "n_recipients": "recipients"}


def is_final(email: ParsedEmail) -> bool:
    """Did every address of a report fail for good?"""
    return bool(email.bounce) and all(recipient.permanent for recipient in email.bounce.recipients)


def read_instead(email: ParsedEmail, key: str) -> str:
    attribute = {"from": "author", "from_name": "author", "attachment_names_any": "attachments"}.get(
        key, key.split("_")[0]
    )
    return str(getattr(email, attribute, email.bounce))[:300]
