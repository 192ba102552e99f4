"""Tags and signed tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.text import references

KEYS = ["new key", "old key"]


def test_a_subject_may_carry_tags_anywhere() -> None:  # W02
    assert references.tagged("AW: [#12] Printer [#7] (was [#12])") == [12, 7]
    assert references.tagged("#12 [#x] [12]") == []


def test_a_message_id_of_ours_names_its_ticket() -> None:  # L28
    token = references.new_token(12, KEYS)
    found = references.read_message_id(f"<{references.message_id(token, 'desk.example')}>", KEYS)
    assert found == references.Token(token, 12)


def test_a_forged_message_id_names_nothing() -> None:  # L28, S23
    token = references.new_token(12, ["Mallory's key"])
    assert references.read_message_id(f"{token}@desk.example", KEYS) is None
    _ticket, nonce, signature = references.new_token(12, KEYS).split("-")
    assert references.read_token(f"13-{nonce}-{signature}", KEYS) is None


def test_a_token_signed_with_an_older_key_still_counts() -> None:
    assert references.read_token(references.new_token(5, KEYS[1:]), KEYS)


def test_a_reply_address_survives_upper_case_and_fits_into_a_local_part() -> None:  # S17
    address = references.reply_address("support@desk.example", references.new_token(123456, KEYS))
    assert len(address.partition("@")[0]) <= 64  # RFC 5321, 4.5.3.1.1
    found = references.read_reply_address(address.upper(), KEYS)
    assert found
    assert found.ticket == 123456


def test_an_ordinary_plus_address_names_nothing() -> None:
    assert references.read_reply_address("support+news@desk.example", KEYS) is None
    assert references.read_reply_address("support@desk.example", KEYS) is None


def test_a_reply_address_is_shown_without_what_names_its_ticket() -> None:
    address = references.reply_address("support@desk.example", references.new_token(12, KEYS))
    assert references.without_token(address, KEYS) == "support@desk.example"
    tagged = references.reply_address("support+news@desk.example", references.new_token(12, KEYS))
    assert references.without_token(tagged, KEYS) == "support+news@desk.example"
    forged = references.reply_address("support@desk.example", references.new_token(12, ["Mallory's key"]))
    for other in (forged, "support+news@desk.example", "Carla Conti", ""):
        assert references.without_token(other, KEYS) == other


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert references.read_token(text, KEYS) is None
    assert references.read_message_id(text, KEYS) is None
    assert references.read_reply_address(text, KEYS) is None
    assert references.without_token(text, KEYS) == text


@pytest.mark.parametrize("ticket", [1, 10**17])
def test_two_tokens_for_one_ticket_differ(ticket: int) -> None:
    assert references.new_token(ticket, KEYS) != references.new_token(ticket, KEYS)
