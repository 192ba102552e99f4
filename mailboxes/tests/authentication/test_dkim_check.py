"""Our own check of DKIM signatures: what passes, what says nothing, and that nothing breaks it (A04)."""

import base64
import re
import time
from typing import Any

import dns.resolver
import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from hypothesis import assume, example, given
from hypothesis import strategies as st

from helpdesk.tests.servers.name_server import NameServer
from mailboxes.authentication import dkim_check, received_results
from mailboxes.authentication import dns as name_servers
from mailboxes.inbound import pipeline, retries
from mailboxes.models import InboundEmail, Mailbox, Outcome
from mailboxes.parsing import parse
from mailboxes.tests.mails import arrive, mail
from mailboxes.tests.signing import SIGNED, published, record, signed, small_key
from recipients.matching.verdict import Flaw, Verdict
from recipients.models import AuthorisedSender, Customer, User
from tickets.models import Comment, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def unchecked(name_server: NameServer, support: Mailbox, carla: Customer) -> Mailbox:
    """A mailbox behind a server that says nothing, and the key of acme.example in the DNS."""
    name_server.texts |= published()
    return support


def verdict(raw: bytes, mailbox: Mailbox) -> Verdict:
    row = arrive(raw, mailbox=mailbox)
    assert row.is_processed, row.traceback
    return Verdict.from_json(InboundEmail.objects.get(pk=row.pk).verdict)


@pytest.mark.parametrize("header", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
def test_a_good_signature_vouches_for_the_domain(unchecked: Mailbox, header: bytes, body: bytes) -> None:
    found = verdict(signed(mail("Two  words \r\n\r\n"), canonicalize=(header, body)), unchecked)
    assert (found.own_dkim, found.own_domain, found.own_flaw) == ("pass", "acme.example", "")
    assert found.passed
    assert not found.trusted


@pytest.mark.parametrize(("author", "signer"), [("x.acme.example", "acme.example"), ("acme.example", "m.acme.example")])
def test_a_subdomain_is_of_the_same_organisation(
    unchecked: Mailbox, name_server: NameServer, author: str, signer: str
) -> None:
    name_server.texts |= published(signer)
    assert verdict(signed(mail(From=f"carla@{author}"), signer), unchecked).passed


def test_another_domains_signature_says_nothing_and_asks_nobody(unchecked: Mailbox, name_server: NameServer) -> None:
    name_server.texts |= published("evil.example")
    found = verdict(signed(mail(), "evil.example"), unchecked)
    assert (found.own_dkim, found.own_flaw, found.passed, found.failed) == ("policy", Flaw.UNALIGNED, False, False)
    assert name_server.asked == []


def test_neighbours_below_one_public_suffix_are_strangers(unchecked: Mailbox, name_server: NameServer) -> None:
    name_server.texts |= published("evil.co.uk")
    assert verdict(signed(mail(From="a@acme.co.uk"), "evil.co.uk"), unchecked).own_flaw == Flaw.UNALIGNED


NOT_COUNTED = {
    "a changed body": (lambda raw: raw.replace(b"fire", b"ice"), Flaw.BODY_CHANGED),
    "a changed subject": (lambda raw: raw.replace(b"Subject: ", b"Subject: Urgent "), Flaw.HEADER_CHANGED),
    "a second From": (lambda raw: b"From: mallory@evil.example\r\n" + raw, Flaw.SEVERAL_AUTHORS),
    "the same From twice": (lambda raw: b"From: Carla Conti <carla@acme.example>\r\n" + raw, Flaw.MALFORMED),
    "a second Subject": (lambda raw: b"Subject: Re: [#1]\r\n" + raw, Flaw.MALFORMED),
    "another form of the signed body": (
        lambda raw: b"Content-Type: multipart/mixed; boundary=fire\r\n" + raw,
        Flaw.MALFORMED,
    ),
    "another hash": (lambda raw: re.sub(rb"bh=.{8}", b"bh=AAAAAAAA", raw), Flaw.BODY_CHANGED),
    "no base64": (lambda raw: re.sub(rb"\bb=.{8}", b"b=!!!!!!!!", raw), Flaw.MALFORMED),
    "an old algorithm": (lambda raw: raw.replace(b"rsa-sha256", b"rsa-sha1", 1), Flaw.WEAK),
    "an end before it came": (lambda raw: raw.replace(b"; s=s1", b"; x=1700000000; s=s1", 1), Flaw.EXPIRED),
    "a lone CR in the header": (lambda raw: b"X-A: b\rFrom: ceo@acme.example\r\n" + raw, Flaw.MALFORMED),
    "a header that ends early for some": (
        lambda raw: b"X-A: b\rFrom: ceo@acme.example\r\r\n\r\nPay now.\r\n" + raw,
        "",  # no program finds the signature: there is nothing to be checked
    ),
    "a space before the colon": (lambda raw: b"From : ceo@acme.example\r\n" + raw, Flaw.SEVERAL_AUTHORS),
    "no header field": (lambda raw: b"Subject: a\r\nno field\r\n" + raw, Flaw.MALFORMED),
}


@pytest.mark.parametrize("change", NOT_COUNTED)
def test_what_was_changed_says_nothing_and_is_no_failure(unchecked: Mailbox, change: str) -> None:
    changed, flaw = NOT_COUNTED[change]
    found = verdict(changed(signed(mail())), unchecked)
    assert found.own_flaw == flaw
    assert not found.passed
    assert not found.failed


@pytest.mark.parametrize(
    "change",
    [
        "a changed body",
        "a changed subject",
        "a second From",
        "an end before it came",
        "another form of the signed body",
    ],
)
def test_the_reason_is_kept(unchecked: Mailbox, change: str) -> None:
    changed, flaw = NOT_COUNTED[change]
    assert verdict(changed(signed(mail())), unchecked).own_flaw == flaw


def test_what_is_appended_behind_the_signed_part_is_not_covered(unchecked: Mailbox) -> None:
    whole = signed(mail(), length=True)
    assert verdict(whole, unchecked).passed
    assert verdict(whole.replace(b"<mail-", b"<other-") + b"Pay now.\r\n", unchecked).own_flaw == Flaw.PART_OF_BODY


@pytest.mark.parametrize(
    ("bits", "tags", "flaw"),
    [
        (2048, {"p": small_key()}, Flaw.WEAK),
        (2048, {"p": ""}, Flaw.NO_KEY),
        (2048, {"p": "AAAA"}, Flaw.NO_KEY),
        (2048, {"p": "not base64!"}, Flaw.NO_KEY),
        (2048, {"v": "DKIM2"}, Flaw.NO_KEY),
        (2048, {"k": "ed25519"}, Flaw.NO_KEY),
        (2048, {"h": "sha1"}, Flaw.NO_KEY),
        (2048, {"s": "tlsrpt"}, Flaw.NO_KEY),
        (2048, {"t": "y"}, Flaw.TESTING),
        (1024, {}, Flaw.HEADER_CHANGED),  # somebody else's key
    ],
)
def test_a_key_that_is_no_good_says_nothing(
    unchecked: Mailbox, name_server: NameServer, bits: int, tags: dict[str, str], flaw: Flaw
) -> None:
    name_server.texts |= published(bits=bits, **tags)
    found = verdict(signed(mail()), unchecked)
    assert (found.own_flaw, found.passed, found.failed) == (flaw, False, False)


def test_a_key_of_1024_bits_is_enough(unchecked: Mailbox, name_server: NameServer) -> None:
    name_server.texts |= published(bits=1024)
    assert verdict(signed(mail(), bits=1024), unchecked).passed


def test_two_keys_at_one_name_are_none(unchecked: Mailbox, name_server: NameServer) -> None:
    name_server.texts["s1._domainkey.acme.example."] = [record(), record(1024)]
    assert verdict(signed(mail()), unchecked).own_flaw == Flaw.NO_KEY
    name_server.texts["s1._domainkey.globex.example."] = ["v=spf1 -all", record()]
    assert verdict(signed(mail(From="a@globex.example"), "globex.example"), unchecked).passed


#: The example of RFC 8463, appendix A: one mail with both kinds of key.
FOOTBALL = """DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_the_example_of_the_standard_for_ed25519(unchecked: Mailbox, name_server: NameServer, line_end: str) -> None:
    key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    name_server.texts["brisbane._domainkey.football.example.com."] = [key]
    found = verdict(FOOTBALL.replace("\n", line_end).encode(), unchecked)
    assert (found.own_dkim, found.own_flaw) == ("pass", "")


def test_a_name_in_raw_bytes_is_no_obstacle(unchecked: Mailbox) -> None:
    raw = mail(From="Carla Müller <carla@acme.example>").decode().encode("latin-1")
    assert verdict(signed(raw), unchecked).passed


def test_a_subdomains_identity_needs_a_key_that_allows_it(unchecked: Mailbox, name_server: NameServer) -> None:
    name_server.texts |= published(t="s")
    assert verdict(signed(mail(), identity=b"@m.acme.example"), unchecked).own_flaw == Flaw.UNALIGNED
    assert verdict(signed(mail()), unchecked).passed


def test_a_domain_with_an_umlaut_is_compared_as_it_is_sent(unchecked: Mailbox, name_server: NameServer) -> None:
    name_server.texts |= published("xn--mller-kva.example")
    raw = signed(mail(From="info@xn--mller-kva.example"), "xn--mller-kva.example")
    assert verdict(raw, unchecked).passed


def test_the_good_one_of_many_signatures_is_found(unchecked: Mailbox) -> None:
    garbage = b"".join(b"DKIM-Signature: v=1; d=list%d.example; garbage\r\n" % number for number in range(40))
    other = signed(signed(mail()), "list.example")
    assert verdict(garbage + other, unchecked).passed


# -- Stored at receipt -------------------------------------------------------------------------------------------------


def test_a_key_that_is_gone_later_changes_nothing(unchecked: Mailbox, name_server: NameServer, ada: User) -> None:
    # The mail's queue is missing at first, so that it can be processed again.
    unchecked.addresses.update(queue=None)
    row = arrive(signed(mail()), mailbox=unchecked)
    assert row.outcome == Outcome.UNHANDLED
    name_server.texts.clear()
    asked = len(name_server.asked)
    unchecked.addresses.update(queue=Ticket._meta.get_field("queue").related_model.objects.get())
    again = retries.replay(row, ada)
    assert again.outcome == Outcome.TICKET
    assert Verdict.from_json(Comment.objects.get().verdict).own_dkim == "pass"
    assert len(name_server.asked) == asked


def test_a_mail_that_cannot_be_processed_at_once_is_checked_once(
    unchecked: Mailbox, name_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "decide", lambda _delivery: 1 / 0)
        row = arrive(signed(mail()), mailbox=unchecked)
    assert not row.is_processed
    name_server.texts.clear()
    name_servers._of.cache_clear()
    row = pipeline.deliver(InboundEmail.objects.get(pk=row.pk))
    assert row.verdict["own_dkim"] == "pass"
    assert len(name_server.asked) == 1


# -- Name servers ------------------------------------------------------------------------------------------------------


def test_silent_name_servers_cost_one_mail_two_seconds_and_the_next_none(
    unchecked: Mailbox, name_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dkim_check, "SECONDS", 2.0)
    name_server.silent = True
    assert verdict(signed(mail()), unchecked).own_flaw == Flaw.NO_ANSWER
    asked = len(name_server.asked)
    found = verdict(signed(mail(From="a@globex.example"), "globex.example"), unchecked)
    assert (found.own_dkim, found.failed) == ("temperror", False)
    assert len(name_server.asked) == asked


WRONG = [
    "ns.example",
    "192.0.2.300",
    "192.0.2.1:99999",
    "192.0.2.1:dns",
    "[::1",
    "192.0.2.1:0",
    "https://192.0.2.1/",
    "",
]


@pytest.mark.parametrize("given", WRONG)
def test_a_wrong_name_server_is_refused_at_start_and_accuses_no_mail(
    given: str, unchecked: Mailbox, settings: LazySettings
) -> None:
    settings.DNS_SERVERS = ["127.0.0.1:5353", "2001:db8::1", "[2001:db8::1]:53", given]
    with pytest.raises(SystemCheckError, match=re.escape(f"DNS_SERVERS: “{given}” is not a name server.")):
        call_command("check")
    settings.DNS_SERVERS = [given]
    found = verdict(signed(mail()), unchecked)
    assert (found.own_dkim, found.own_flaw, found.failed) == ("temperror", Flaw.NO_ANSWER, False)
    settings.DNS_SERVERS = ["127.0.0.1:5353", "2001:db8::1", "[2001:db8::1]:53"]
    call_command("check")


def test_what_breaks_in_the_resolver_is_no_fault_of_the_mail(
    unchecked: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_how: object, **_named: object) -> None:
        raise AttributeError("a resolver that fell over its own feet")

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", broken)
    assert verdict(signed(mail()), unchecked).own_flaw == Flaw.NO_ANSWER
    monkeypatch.setattr(dkim_check, "body_hash", broken)
    found = verdict(signed(mail()), unchecked)
    assert (found.own_dkim, found.own_flaw, found.failed) == ("temperror", Flaw.UNCHECKED, False)


def test_authentication_results_are_read_once(unchecked: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    unchecked.authserv_id, read = "mx.helpdesk.example", []
    unchecked.save()
    really = received_results.read_verdict

    def read_verdict(*asked: Any) -> Verdict:
        read.append(asked)
        return really(*asked)

    monkeypatch.setattr(received_results, "read_verdict", read_verdict)
    raw = signed(mail(authentication_results="mx.helpdesk.example; spf=pass (asked once)"))
    assert verdict(raw, unchecked).own_dkim == "pass"
    assert len(read) == 1


def test_one_silent_domain_does_not_silence_the_others(name_server: NameServer) -> None:
    now = [0.0]
    servers = name_servers.NameServers([name_server.address], clock=lambda: now[0])
    name_server.texts["known.example."] = ["hello"]
    assert servers.texts("known.example.", 30) == (b"hello",)
    name_server.silent = True
    for name in ("slow.example.", "s2._domainkey.slow.example."):
        with pytest.raises(name_servers.NoAnswerError):
            servers.texts(name, 1)
    assert not any(name.startswith("s2.") for name in name_server.asked)  # the organisation is not asked again
    name_server.silent = False
    name_server.texts["other.example."] = ["x" * 3000]  # too long for UDP
    assert servers.texts("other.example.", 30) == (b"x" * 3000,)
    now[0] += 61
    name_server.texts["slow.example."] = ["awake"]
    assert servers.texts("slow.example.", 30) == (b"awake",)


def test_an_answer_is_remembered_and_so_is_that_there_is_none(name_server: NameServer) -> None:
    servers = name_servers.NameServers([name_server.address])
    name_server.texts["known.example."] = ["hello"]
    for _each in range(3):
        assert servers.texts("known.example.", 30) == (b"hello",)
        assert servers.texts("unknown.example.", 30) == ()
    assert len(name_server.asked) == 2


def test_after_a_minute_silent_servers_are_asked_again(name_server: NameServer) -> None:
    now = [0.0]
    servers = name_servers.NameServers([name_server.address], clock=lambda: now[0])
    name_server.silent = True
    for name in ("one.example.", "two.example."):
        with pytest.raises(name_servers.NoAnswerError):
            servers.texts(name, 1)
    assert set(name_server.asked) == {"one.example."}
    name_server.silent, now[0] = False, 61.0
    assert servers.texts("one.example.", 30) == ()


# -- When it is not made -----------------------------------------------------------------------------------------------


def test_switched_off_nothing_is_asked(unchecked: Mailbox, name_server: NameServer) -> None:
    unchecked.authentication = Mailbox.Authentication.OFF
    assert not verdict(signed(mail()), unchecked).own_dkim
    assert name_server.asked == []


def test_what_our_server_says_of_dkim_is_not_checked_again(unchecked: Mailbox, name_server: NameServer) -> None:
    unchecked.authserv_id = "mx.helpdesk.example"
    said = "mx.helpdesk.example; dkim=fail header.d=acme.example; spf=pass"
    assert not verdict(b"Authentication-Results: " + said.encode() + b"\r\n" + signed(mail()), unchecked).own_dkim
    assert name_server.asked == []


def test_a_server_that_says_nothing_of_dkim_leaves_it_to_us(unchecked: Mailbox) -> None:
    unchecked.authserv_id = "mx.helpdesk.example"
    said = b"Authentication-Results: mx.helpdesk.example; spf=softfail smtp.mailfrom=acme.example\r\n"
    found = verdict(said + signed(mail()), unchecked)
    assert (found.spf, found.own_dkim, found.passed) == ("softfail", "pass", True)


def test_a_good_signature_answers_a_failure_of_spf_alone(unchecked: Mailbox) -> None:
    # A forwarded mail, behind a server that checks SPF and nothing else.
    unchecked.authserv_id = "mx.helpdesk.example"
    said = b"Authentication-Results: mx.helpdesk.example; spf=fail smtp.mailfrom=acme.example\r\n"
    assert verdict(said + mail(), unchecked).failed
    found = verdict(said + signed(mail()), unchecked)
    assert (found.failed, found.passed) == (False, True)


def test_our_server_saying_that_it_is_forged_outweighs_a_good_signature(unchecked: Mailbox) -> None:
    unchecked.authserv_id = "mx.helpdesk.example"
    said = b"Authentication-Results: mx.helpdesk.example; dmarc=fail header.from=acme.example\r\n"
    found = verdict(said + signed(mail()), unchecked)
    assert (found.own_dkim, found.passed, found.failed) == ("pass", False, True)


def test_a_mail_that_is_too_large_is_not_checked(unchecked: Mailbox, name_server: NameServer) -> None:
    unchecked.max_message_bytes = 500
    row = arrive(signed(mail()), mailbox=unchecked)
    assert row.dkim is None
    assert name_server.asked == []


# -- What follows from it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("domain", ["partner.example", "acme.example"])  # authorised, recognised
def test_enforcing_lets_a_domain_count_that_signed(
    unchecked: Mailbox, name_server: NameServer, acme: Customer, domain: str
) -> None:
    AuthorisedSender.objects.create(customer=acme, kind="domain", value="partner.example")
    unchecked.authentication = Mailbox.Authentication.ENFORCE
    name_server.texts |= published(domain)
    arrive(mail(From=f"new@{domain}"), mailbox=unchecked)
    assert Ticket.objects.get().customer is None
    arrive(signed(mail(From=f"new@{domain}"), domain), mailbox=unchecked)
    assert Ticket.objects.latest("pk").customer == acme


# -- Hostile mail ------------------------------------------------------------------------------------------------------

HOSTILE = {
    "thousands of signatures": b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=s1; h=from; bh=AA==; b=AA==\r\n"
    * 5000,
    "a long space": b"DKIM-Signature: v=1; d=acme.example; b=" + b" " * 15_000 + b"!\r\n",
    "folded a thousand times": b"DKIM-Signature: v=1; b=a" + b"\r\n a" * 4000 + b"; d=acme.example\r\n",
    "no value": b"DKIM-Signature:\r\n",
    "only semicolons": b"DKIM-Signature: " + b";" * 10_000 + b"\r\n",
    "not ASCII": "DKIM-Signature: v=1; a=rsa-sha256; d=ácmé.example; s=ß; h=from; bh=AA==; b=AA==\r\n".encode(),
    "a broken charset": b"DKIM-Signature: v=1; a=rsa-sha256; d=\xff\xfe; s=\x80; h=from; bh=AA==; b=AA==\r\n",
    "NUL": b"DKIM-Signature: v=1;\0 d=acme.example\r\n",
    "a selector that is a path": b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=a..b/../c; h=from;"
    b" bh=AA==; b=AA==\r\n",
    "a selector without end": b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=" + b"a." * 5000 + b"a; h=from;"
    b" bh=AA==; b=AA==\r\n",
    "many names": b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=s1; h=" + b"from:" * 3000 + b"x; bh=AA==;"
    b" b=AA==\r\n",
    "a huge number": b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=s1; x=" + b"9" * 9000 + b"; h=from;"
    b" bh=AA==; b=AA==\r\n",
    "a far end": b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=s1; x=" + b"9" * 70 + b"; h=from; bh=AA==;"
    b" b=AA==\r\n",
    "deep comments": b"DKIM-Signature: " + b"(" * 10_000 + b"\r\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_signatures_are_processed_like_any_mail(unchecked: Mailbox, kind: str) -> None:
    started = time.process_time()
    row = arrive(HOSTILE[kind] + mail(), mailbox=unchecked)
    assert row.outcome == Outcome.TICKET, row.traceback
    assert not Verdict.from_json(row.verdict).passed
    assert time.process_time() - started < 4  # parser and check, 2 s each


@pytest.mark.parametrize(
    "body",
    [b"x" * 78 + b"\r\n", b"  \t \r\n", b"\r\n", b"\r", b"a  b\t\tc \n"],
    ids=["text", "space", "empty", "CR", "mixed"],
)
def test_a_body_of_25_megabytes_is_hashed_in_bounded_time(unchecked: Mailbox, body: bytes) -> None:
    raw = signed(mail())
    head = raw[: raw.index(b"\r\n\r\n") + 4]
    huge = head + body * (25 * 1024 * 1024 // len(body))
    parsed = parse(raw)
    started = time.process_time()
    row = InboundEmail()
    found = dkim_check.check(huge, parsed, row.received_at)
    assert found[0]["flaw"] == Flaw.BODY_CHANGED
    assert time.process_time() - started < 2


def test_a_key_that_is_no_key_is_not_computed_with(unchecked: Mailbox, name_server: NameServer) -> None:
    # A modulus of 40,000 bits with an exponent as long would keep a processor busy for minutes.
    number = b"\x02\x82\x13\x89\x00" + b"\xff" * 5000
    sequence = number + number
    key = b"\x30\x82" + len(sequence).to_bytes(2) + sequence
    name_server.texts |= published(p=base64.b64encode(key).decode())
    started = time.process_time()
    assert verdict(signed(mail()), unchecked).own_flaw in (Flaw.NO_KEY, Flaw.WEAK)
    assert time.process_time() - started < 2


def test_a_signature_without_from_says_nothing(unchecked: Mailbox) -> None:
    raw = signed(mail(), include_headers=[*SIGNED])
    changed = re.sub(rb"h=from : ", b"h=", raw)
    assert changed != raw
    assert verdict(changed, unchecked).own_flaw == Flaw.FROM_NOT_SIGNED


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({"cc": "mallory@evil.example"}, False),
        ({"reply_to": "mallory@evil.example"}, False),
        ({"in_reply_to": "<a@b.example>"}, False),
        ({"references": "<a@b.example>"}, False),
        ({"content_type": "text/html; charset=utf-8"}, False),
        ({"content_type": "text/plain; charset=utf-16"}, False),
        ({"content_type": 'multipart/mixed; boundary="x"'}, False),
        ({"content_type": 'multipart/mixed; boundary="the-printer"'}, True),
        ({"content_type": "text/plain"}, True),
    ],
)
def test_a_signature_must_cover_what_decides(unchecked: Mailbox, headers: dict[str, str], counts: bool) -> None:
    raw = mail("--the-printer\r\n\r\nis on fire\r\n--the-printer--", **headers)
    found = verdict(signed(raw), unchecked)
    assert (found.passed, found.own_flaw) == (counts, "" if counts else Flaw.HEADERS_NOT_SIGNED)
    names = [name.replace("_", "-").encode() for name in headers]
    assert verdict(signed(raw, include_headers=[*SIGNED, *names]), unchecked).passed


def test_a_signature_without_to_and_subject_lets_nobody_write_others(unchecked: Mailbox) -> None:
    raw = signed(mail(), include_headers=[b"from", b"date", b"message-id"])
    assert verdict(raw, unchecked).own_flaw == Flaw.HEADERS_NOT_SIGNED


def written_over(cuts: list[tuple[int, bytes]]) -> bytes:
    """The signed mail, in which at each place a byte gave way to something else."""
    raw = _GOOD
    for place, written in cuts:
        raw = raw[: place % len(raw)] + written + raw[place % len(raw) + 1 :]
    return raw


def shown(raw: bytes) -> tuple[object, str]:
    mail = parse(raw)
    return mail.author, mail.subject


def findings(raw: bytes) -> list[dkim_check.Finding]:
    return dkim_check._findings(raw, parse(raw), 1_800_000_000.0, lambda _name, _seconds: (_KEY,))


def test_a_signature_whose_identity_is_cut_short_is_malformed_and_nothing_breaks() -> None:
    assert b" i=@acme.example;" in _GOOD
    (found,) = findings(_GOOD.replace(b" i=@acme.example;", b" i=acme.example;"))
    assert (found.result, found.flaw) == ("permerror", Flaw.MALFORMED)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 900), st.sampled_from([b"", b"\r", b"\n", b"\0", b";", b"=", b"\xff", b"\r\n\r\n", b": "])
        ),
        min_size=1,
        max_size=8,
    )
)
@example([(0, b"\r\n")])
def test_no_mangled_signature_breaks_the_check_or_passes(cuts: list[tuple[int, bytes]]) -> None:
    raw = written_over(cuts)
    results = {finding.result for finding in findings(raw)}
    assert results <= RESULTS
    assert "pass" not in results or shown(raw) == shown(_GOOD)  # what was cut out says nothing that is shown
    assert findings(_GOOD) == [dkim_check.Finding("acme.example", "s1")]


@given(
    st.lists(
        st.tuples(st.deferred(lambda: st.sampled_from(_UNSIGNED)), st.sampled_from([b"", b"\r", b"\n", b";", b"="])),
        min_size=1,
        max_size=3,
    )
)
def test_what_is_mangled_and_passes_shows_what_was_signed(cuts: list[tuple[int, bytes]]) -> None:
    raw = written_over(cuts)
    assume(any(finding.result == "pass" for finding in findings(raw)))
    assert shown(raw) == shown(_GOOD)


RESULTS = {"pass", "fail", "policy", "neutral", "permerror", "temperror"}
_GOOD = signed(mail())
_KEY = record().encode()
#: Where a byte can mostly be changed without any harm: the ends of lines, and a header field that is not signed.
_UNSIGNED = [match.start() for match in re.finditer(rb"[\r\n]", _GOOD)]
_UNSIGNED += range(_GOOD.index(b"Content-Type"), _GOOD.index(b"\r\n", _GOOD.index(b"Content-Type")))
