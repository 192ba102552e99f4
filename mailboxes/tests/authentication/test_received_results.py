"""Only our own mail server's words about a mail's origin count."""

import pytest

from mailboxes.authentication.received_results import read_verdict
from recipients.matching.verdict import UNKNOWN

OURS = (
    "mx.example.com; dkim=pass (2048-bit key; unprotected) header.d=acme.example header.i=@acme.example;"
    ' spf=pass (mx.example.com: domain of "x; dmarc=fail" designates 1.2.3.4) smtp.mailfrom=carla@acme.example;'
    " dmarc=pass (p=REJECT; dkim=fail) header.from=acme.example"
)
FORGED = "mx.evil.example; dmarc=pass header.from=acme.example"


def test_the_header_of_our_server_is_read() -> None:
    verdict = read_verdict([OURS], "MX.example.com")
    assert (verdict.trusted, verdict.spf, verdict.dkim, verdict.dmarc) == (True, "pass", "pass", "pass")
    assert verdict.dkim_domains == ("acme.example",)
    assert verdict.passed


def test_anybody_elses_header_says_nothing() -> None:
    assert read_verdict([FORGED], "mx.example.com") == UNKNOWN


def test_without_a_configured_name_nothing_is_trusted() -> None:
    assert read_verdict([OURS], "") == UNKNOWN


def test_the_topmost_of_ours_counts() -> None:
    # A sender can put a header with our name below; ours comes on top of it.
    fail = "mx.example.com; dmarc=fail header.from=acme.example"
    assert read_verdict([FORGED, fail, OURS], "mx.example.com").failed


@pytest.mark.parametrize(
    "comment",
    ["(a (nested) comment; dmarc=pass)", "(an escaped \\) dmarc=pass)", '("quoted )" dmarc=pass)'],
)
def test_what_stands_in_a_comment_is_no_result(comment: str) -> None:
    assert not read_verdict([f"mx.example.com; spf=fail {comment} smtp.mailfrom=x"], "mx.example.com").passed


def test_one_good_signature_of_several_is_enough() -> None:
    header = "mx.example.com 1; dkim=fail header.d=list.example; dkim=pass header.d=acme.example"
    verdict = read_verdict([header], "mx.example.com")
    assert (verdict.dkim, verdict.dkim_domains) == ("pass", ("acme.example",))


FAIL = "; dmarc=fail header.from=acme.example"


@pytest.mark.parametrize(
    "header",
    [
        'mx.example.com; spf=pass smtp.mailfrom="x\\"; dmarc=pass; \\""@evil.example' + FAIL,
        'mx.example.com; spf=pass smtp.mailfrom="x; dmarc=pass"@evil.example' + FAIL,
        'mx.example.com; spf=pass smtp.mailfrom="x;dmarc=pass;x="@evil.example' + FAIL,
        'mx.example.com; spf=pass smtp.mailfrom=x"@evil.example' + FAIL,
        'mx.example.com; spf=pass smtp.mailfrom=x"@evil.example; dkim=pass header.d="' + FAIL,
        "mx.example.com; spf=pass smtp.helo=evil(" + FAIL,
        "mx.example.com; spf=pass smtp.mailfrom=x\\@evil.example" + FAIL,
        "mx.example.com; spf=pass smtp.mailfrom=dmarc=pass@evil.example" + FAIL,
        "mx.example.com; dmarc=pass header.from=evil.example" + FAIL,
        "mx.example.com; dmarc=pass" + FAIL,
        'mx.example.com; dmarc=fail (dmarc=pass) reason="; dmarc=pass" header.from=acme.example',
        '"MX.example.com." 1 (a; b)' + FAIL,
    ],
)
def test_what_our_server_quotes_of_the_sender_hides_no_failure(header: str) -> None:
    verdict = read_verdict([header], "mx.example.com", {"acme.example"})
    assert (verdict.dmarc, verdict.failed, verdict.passed) == ("fail", True, False)


@pytest.mark.parametrize(
    "header",
    [
        "MX.example.COM 1; dmarc=pass",
        '"mx.example.com"; dmarc="pass"',
        "(ours) mx.example.com. (really) 1; dmarc = pass",
        "mx.example.com;\tdmarc/1=pass (p=none; dis=none)",
    ],
)
def test_our_servers_name_may_be_written_in_several_ways(header: str) -> None:
    assert read_verdict([header], "mx.example.com", {"acme.example"}).passed


@pytest.mark.parametrize(
    "header",
    [
        "evil.example; mx.example.com; dmarc=pass",
        "evil.example (mx.example.com); dmarc=pass",
        "mx.example.com.evil.example; dmarc=pass",
        "evil.example mx.example.com; dmarc=pass",
        "mx.example.com/1; dmarc=pass",
        "; mx.example.com; dmarc=pass",
    ],
)
def test_another_name_is_not_ours(header: str) -> None:
    assert read_verdict([header], "mx.example.com", {"acme.example"}) == UNKNOWN


def test_a_letter_that_only_folds_to_one_of_ours_is_another() -> None:
    assert read_verdict(["m\u212a.example.com; dmarc=pass"], "mk.example.com") == UNKNOWN  # the sign of the Kelvin


@pytest.mark.parametrize("header", ["", ";;;", "mx.example.com", "mx.example.com;", "mx.example.com; none", "(", '"'])
def test_a_header_without_results_proves_nothing(header: str) -> None:
    verdict = read_verdict([header], "mx.example.com")
    assert not verdict.passed
    assert not verdict.failed


MICROSOFT = "spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=acme.example; dkim=none; "


@pytest.mark.parametrize(
    ("results", "passed", "failed"),
    [
        ("dmarc=pass action=none header.from=acme.example;compauth=pass reason=100", True, False),
        ("dmarc=bestguesspass action=none header.from=acme.example;compauth=pass reason=109", True, False),
        ("dmarc=none action=none header.from=acme.example;compauth=fail reason=001", False, True),
        ("dmarc=fail action=oreject header.from=acme.example;compauth=fail reason=000", False, True),
        ("dmarc=none action=none header.from=acme.example;compauth=none reason=405", False, False),
    ],
)
def test_microsofts_header_has_no_name_and_words_of_its_own(results: str, passed: bool, failed: bool) -> None:
    verdict = read_verdict([MICROSOFT + results], "mx.microsoft.com")
    assert (verdict.passed, verdict.failed) == (passed, failed)


def test_a_nameless_header_counts_only_on_top_and_only_for_microsoft() -> None:
    nameless = MICROSOFT + "dmarc=pass header.from=acme.example"
    assert read_verdict([FORGED, nameless], "mx.microsoft.com") == UNKNOWN
    assert read_verdict([nameless], "mx.example.com") == UNKNOWN
