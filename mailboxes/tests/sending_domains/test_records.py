"""Are SPF, DKIM and DMARC records read as receivers read them, and is the right one proposed? (U14, U17)"""

import base64
from collections.abc import Mapping, Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailboxes.authentication.dns import NoAnswerError
from mailboxes.sending_domains.policies import KeyState, read_dmarc, read_key
from mailboxes.sending_domains.report import State, report
from mailboxes.sending_domains.spf import Ask, Fault, merged, read_spf, with_term

HERE = "desk.example"
GOOGLE = {"TXT _spf.google.com": ["v=spf1 include:_netblocks.google.com ~all"]} | {
    "TXT _netblocks.google.com": ["v=spf1 ip4:192.0.2.0/24 ~all"]
}


def answering(records: Mapping[str, Sequence[str] | None]) -> Ask:
    """Name servers with these records; None is one that says nothing."""

    def ask(name: str, kind: str) -> tuple[str, ...]:
        found = records.get(f"{kind} {name}", ())
        if found is None:
            raise NoAnswerError
        return tuple(found)

    return ask


def deep(count: int) -> dict[str, list[str]]:
    """A record with so many includes."""
    included = [f"i{number}.example" for number in range(count)]
    terms = " ".join(f"include:{each}" for each in included)
    records = {f"TXT {each}": ["v=spf1 ip4:198.51.100.1 -all"] for each in included}
    return {f"TXT {HERE}": [f"v=spf1 {terms} -all"]} | records


@pytest.mark.parametrize(
    ("records", "lookups", "faults"),
    [
        ({}, 0, []),
        ({f"TXT {HERE}": ["google-site-verification=x", "v=spf10 -all"]}, 0, []),
        ({f"TXT {HERE}": ["v=spf1 -all"]}, 0, []),
        ({f"TXT {HERE}": ["V=SPF1 IP4:192.0.2.1 -ALL"]}, 0, []),
        ({f"TXT {HERE}": ["v=spf1 include:_spf.google.com ~all"], **GOOGLE}, 2, []),
        ({f"TXT {HERE}": ["v=spf1 a mx -all"], f"A {HERE}": ["192.0.2.9"], f"MX {HERE}": [HERE]}, 2, []),
        ({f"TXT {HERE}": ["v=spf1 -all", "v=spf1 mx -all"]}, 0, [Fault.SEVERAL]),
        ({f"TXT {HERE}": ["v=spf1 ipv4:192.0.2.1 -all"]}, 0, [Fault.SYNTAX]),
        ({f"TXT {HERE}": ["v=spf1 ip4:192.0.2.300 -all"]}, 0, [Fault.SYNTAX]),
        ({f"TXT {HERE}": ["v=spf1 ip4:2001:db8::1 -all"]}, 0, [Fault.SYNTAX]),
        ({f"TXT {HERE}": ["v=spf1 include: -all"]}, 0, [Fault.SYNTAX]),
        ({f"TXT {HERE}": ["v=spf1 a/33 -all"], f"A {HERE}": ["192.0.2.9"]}, 0, [Fault.SYNTAX]),
        ({f"TXT {HERE}": ["v=spf1 mx//129 -all"], f"AAAA {HERE}": ["2001:db8::1"]}, 0, [Fault.SYNTAX]),
        ({f"TXT {HERE}": ["v=spf1 include:nowhere.example -all"]}, 1, [Fault.NO_RECORD]),
        ({f"TXT {HERE}": ["v=spf1 +all"]}, 0, [Fault.ALLOWS_ALL]),
        ({f"TXT {HERE}": ["v=spf1 ip4:192.0.2.1"]}, 0, [Fault.OPEN_END]),
        ({f"TXT {HERE}": ["v=spf1 ip4:192.0.2.1 ?all"]}, 0, [Fault.OPEN_END]),
        ({f"TXT {HERE}": ["v=spf1 redirect=_spf.google.com"], **GOOGLE}, 2, []),
        ({f"TXT {HERE}": ["v=spf1 -all redirect=nowhere.example"]}, 0, []),
        ({f"TXT {HERE}": ["v=spf1 -all include:nowhere.example"]}, 0, []),
        ({f"TXT {HERE}": ["v=spf1 exists:%{i}.list.example include:%{d}.x.example ptr -all"]}, 3, []),
        ({f"TXT {HERE}": ["v=spf1 a:x.example a:y.example mx:z.example -all"]}, 3, [Fault.VOID]),
        ({f"TXT {HERE}": [f"v=spf1 include:{HERE} -all"]}, 31, [Fault.LOOKUPS]),
        (deep(10), 10, []),
        (deep(11), 11, [Fault.LOOKUPS]),
    ],
)
def test_an_spf_record_is_followed_counted_and_found_fault_with(
    records: Mapping[str, Sequence[str]], lookups: int, faults: list[Fault]
) -> None:
    spf = read_spf(HERE, answering(records))
    assert (spf.lookups, [fault for fault, _about in spf.faults]) == (lookups, faults)


@pytest.mark.parametrize(
    ("record", "address", "lets"),
    [
        ("v=spf1 include:_spf.google.com -all", "192.0.2.77", True),
        ("v=spf1 include:_spf.google.com -all", "198.51.100.1", False),
        ("v=spf1 -include:_spf.google.com -all", "192.0.2.77", False),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::5", True),
        ("v=spf1 a:mx.desk.example/24 -all", "203.0.113.200", True),
        ("v=spf1 a:mx.desk.example -all", "203.0.113.200", False),
        ("v=spf1 redirect=_spf.google.com", "192.0.2.77", True),
    ],
)
def test_what_a_record_lets_send(record: str, address: str, *, lets: bool) -> None:
    records = {f"TXT {HERE}": [record], "A mx.desk.example": ["203.0.113.5"], **GOOGLE}
    assert read_spf(HERE, answering(records)).lets_send([address]) is lets


def test_a_proposed_record_keeps_what_stands_there() -> None:
    assert with_term("", "include:x.example") == "v=spf1 include:x.example ~all"
    assert with_term("v=spf1 mx -all", "include:x.example") == "v=spf1 mx include:x.example -all"
    assert with_term("v=spf1 redirect=y.example", "mx") == "v=spf1 redirect=y.example mx"
    assert merged(["v=spf1 mx a -all", "v=spf1 a ip4:192.0.2.1 ~all"]) == "v=spf1 mx a ip4:192.0.2.1 -all"


def key(bits: int) -> str:
    public = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


GOOD = key(2048)


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        ([GOOD], KeyState.GOOD),
        ([GOOD.removeprefix("v=DKIM1; k=rsa; ")], KeyState.GOOD),
        ([key(1024)], KeyState.WEAK),
        ([GOOD.replace("k=rsa", "k=rsa; t=s:y")], KeyState.TEST),
        (["v=DKIM1; p="], KeyState.REVOKED),
        ([GOOD[:90]], KeyState.BROKEN),
        ([GOOD, GOOD], KeyState.BROKEN),
        (["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="], KeyState.GOOD),
        (["v=DKIM2; p=abc"], KeyState.BROKEN),
        (["v=spf1 -all"], None),
        ([], None),
    ],
)
def test_a_key_record_is_read(texts: Sequence[str], state: KeyState | None) -> None:
    found = read_key("mail", texts)
    assert (found.state if found else None) is state


@pytest.mark.parametrize(
    ("domain", "records", "policy"),
    [
        (HERE, {f"TXT _dmarc.{HERE}": ["v=DMARC1; p=reject"]}, "reject"),
        (HERE, {f"TXT _dmarc.{HERE}": ["v=DMARC1;p=Quarantine; rua=mailto:x@y.example"]}, "quarantine"),
        (f"mail.{HERE}", {f"TXT _dmarc.{HERE}": ["v=DMARC1; p=reject"]}, "reject"),
        (f"mail.{HERE}", {f"TXT _dmarc.{HERE}": ["v=DMARC1; p=reject; sp=none"]}, "none"),
        (HERE, {f"TXT _dmarc.{HERE}": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, ""),
        (HERE, {f"TXT _dmarc.{HERE}": ["v=DMARC1; p=always"]}, ""),
        (HERE, {}, ""),
    ],
)
def test_a_dmarc_policy_is_read(domain: str, records: Mapping[str, Sequence[str]], policy: str) -> None:
    assert read_dmarc(domain, answering(records)).policy == policy


@pytest.mark.parametrize(
    ("records", "envelope", "states", "fit"),
    [
        ({}, True, ("missing", "missing", "missing"), False),
        (
            {f"TXT {HERE}": ["v=spf1 include:_spf.google.com ~all"], **GOOGLE},
            True,
            ("right", "missing", "missing"),
            True,
        ),
        ({f"TXT {HERE}": ["v=spf1 mx -all"]}, True, ("wrong", "missing", "missing"), False),
        ({f"TXT google._domainkey.{HERE}": [GOOD]}, False, ("missing", "right", "missing"), True),
        (
            {f"TXT {HERE}": ["v=spf1 include:_spf.google.com ~all"], **GOOGLE}
            | {f"TXT _dmarc.{HERE}": ["v=DMARC1; p=reject"]},
            False,
            ("right", "missing", "wrong"),
            False,
        ),
        ({f"TXT {HERE}": None, f"TXT _dmarc.{HERE}": None}, True, ("unknown", "missing", "unknown"), False),
    ],
)
def test_a_domain_is_fit_if_something_vouches_for_its_mail(
    records: Mapping[str, Sequence[str] | None], *, envelope: bool, states: tuple[str, ...], fit: bool
) -> None:
    found = report(HERE, ["smtp.gmail.com"], [], answering(records), is_envelope=envelope)
    assert tuple(str(each.state) for each in found.findings) == states
    assert found.is_fit is fit


def test_the_record_to_publish_is_the_whole_one() -> None:
    records = {f"TXT {HERE}": ["v=spf1 mx -all", "v=spf1 ip4:192.0.2.9 ~all"]}
    found = report(HERE, ["smtp.gmail.com"], [], answering(records))
    assert found.spf.record == (HERE, "v=spf1 mx ip4:192.0.2.9 include:_spf.google.com -all")
    own = report(HERE, ["mx.desk.example"], [], answering({}))
    assert own.spf.record == (HERE, "v=spf1 a:mx.desk.example ~all")
    assert own.dmarc.record == (f"_dmarc.{HERE}", f"v=DMARC1; p=none; rua=mailto:postmaster@{HERE}")
    assert own.dkim.state is State.MISSING
    assert report(HERE, ["203.0.113.5"], [], answering({})).spf.record == (HERE, "v=spf1 ip4:203.0.113.5 ~all")
    assert report(HERE, [], [], answering({})).spf.record is None  # nobody knows here by what address it leaves
