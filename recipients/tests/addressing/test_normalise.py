"""The one form in which addresses are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipients.addressing.normalise import display, is_public_mail, is_suffix, normalise, normalise_domain, typed


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("ANNA@Acme.DE", "anna@acme.de"),  # SC01
        ("info@müller.de", "info@xn--mller-kva.de"),  # SC02
        ("info@MÜLLER.de", "info@xn--mller-kva.de"),
        ("info@xn--mller-kva.de", "info@xn--mller-kva.de"),
        ("a+shop@x.com", "a+shop@x.com"),  # SC03
        (" <a@x.com> ", "a@x.com"),
        ("a@x.com.", "a@x.com"),
        ('"a b"@x.com', ""),
        ('"Support"@x.com', "support@x.com"),
        ('"sup\\port"@x.com', "support@x.com"),
        ('"a@b"@x.com', '"a@b"@x.com'),
        ("root@[127.0.0.1]", "root@[127.0.0.1]"),
        ("MAILER-DAEMON", ""),  # L42
        ("@x.com", ""),
        ("a@", ""),
        ("a@b..c", ""),
        ("a" * 400 + "@x.com", ""),
        ("a\x00b@x.com", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_form(written: str, compared: str) -> None:
    assert normalise(written) == compared


@pytest.mark.parametrize(
    "slip", ["a@b@c.de", "a..b@c.de", ".a@c.de", "a.@c.de", "a@-c.de", "tom,bob@c.de", "bob;@c.de"]
)
def test_a_slip_of_the_hand_is_no_typed_address(slip: str) -> None:
    assert normalise(slip)  # a sender may be anything (L42)
    assert typed(slip) == ""


@pytest.mark.parametrize("address", ["Anna@Acme.DE", "o'neil+x@müller.de", "a@intranet", "józef.k@acme.pl"])
def test_what_people_type_is_an_address(address: str) -> None:
    assert typed(address) == normalise(address) != ""


def test_below_some_domains_everybody_has_one() -> None:
    assert [is_suffix(domain) for domain in ("co.uk", "com", "acme.co.uk", "github.io")] == [True, True, False, False]


@given(st.text())
def test_any_text_has_a_form_that_is_stable(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text())
def test_any_domain_has_a_form_that_is_stable(text: str) -> None:
    once = normalise_domain(text)
    assert normalise_domain(once) == once


def test_people_read_the_domain_in_their_own_letters() -> None:
    assert display("info@xn--mller-kva.de") == "info@müller.de"
    assert display("info@xn--broken-.de") == "info@xn--broken-.de"


@pytest.mark.parametrize("domain", ["gmail.com", "web.de", "gmx.net", "google.com", "mailinator.com"])
def test_free_and_disposable_domains_are_known(domain: str) -> None:  # W14
    assert is_public_mail(domain)
    assert not is_public_mail("acme.de")
