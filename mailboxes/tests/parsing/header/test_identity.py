"""Is it the same mail, and what is it about? (L10, L11, L20, L31)"""

import pytest

from mailboxes.parsing import bare_subject
from mailboxes.parsing.header import identity
from mailboxes.tests.parsing.mails import mail, parsed, read


def test_one_mail_delivered_twice_has_one_fingerprint() -> None:  # L20
    trace = b"Received: from a by b\nDelivered-To: sales@desk.example\nX-Spam: no\nReturn-Path: <carla@acme.example>\n"
    here, there = parsed(mail()), parsed((trace + mail()).replace(b"\n", b"\r\n"))
    assert here.fingerprint == there.fingerprint


def test_a_large_mail_has_one_fingerprint_whatever_its_line_ends_are(monkeypatch: pytest.MonkeyPatch) -> None:  # L20
    sent = mail(body="Some\n\n lines \nof text\n\n \t\n")
    alone = parsed(sent).fingerprint
    for piece in range(1, 9):  # a body is read in pieces: line ends lie on their bounds
        monkeypatch.setattr(identity, "PIECE", piece)
        assert {parsed(sent + b"\n\n").fingerprint, parsed(sent.replace(b"\n", b"\r\n")).fingerprint} == {alone}


@pytest.mark.parametrize(
    "other",
    [
        {"Subject": "Another"},
        {"From": "dora@acme.example"},
        {"Date": "Tue, 03 Mar 2026 10:00:01 +0100"},
        {"Message_ID": "<2@acme.example>"},
        {"body": "Hello!\n"},
    ],
)
def test_two_mails_have_two_fingerprints(other: dict[str, str]) -> None:  # L10
    assert read().fingerprint != read(**other).fingerprint


def test_the_address_it_was_delivered_to_comes_from_the_server_first() -> None:  # L31
    email = read(
        Resent_To="d@desk.example",
        Envelope_To="c@desk.example",
        Delivered_To="b@desk.example\nDelivered-To: b2@desk.example",
        X_Original_To="a@desk.example",
    )
    assert email.delivered_to == (
        "a@desk.example",
        "b@desk.example",
        "b2@desk.example",
        "c@desk.example",
        "d@desk.example",
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [("<carla@acme.example>", "carla@acme.example"), ("<>", ""), ("< >", ""), (None, None), ("junk", "junk")],
)
def test_the_null_sender_is_told_from_no_return_path(header: str | None, expected: str | None) -> None:
    assert read(Return_Path=header).return_path == expected


def test_both_addresses_are_shown_when_answers_go_elsewhere() -> None:  # L27
    email = read(Reply_To="Mallory <mallory@evil.example>", Sender="office@acme.example")
    assert email.author.address == "carla@acme.example"
    assert [person.address for person in email.reply_to] == ["mallory@evil.example"]
    assert email.sender
    assert email.sender.address == "office@acme.example"


def test_all_headers_are_kept_decoded_and_in_order() -> None:
    email = read(Authentication_Results="mx.example;\n dkim=pass", List_Id="Printers <p.lists.example>")
    assert [name for name, _ in email.headers][:3] == ["From", "To", "Subject"]
    assert email.header("subject") == "The printer is on fire"
    assert email.authentication_results == ("mx.example; dkim=pass",)
    assert email.list_id == "p.lists.example"


def test_a_made_up_charset_in_one_header_leaves_the_others() -> None:
    assert read(X_Junk="=?x?q?=00=ff?=" * 20).subject == "The printer is on fire"


@pytest.mark.parametrize(
    "subject",
    [
        "The printer is on fire",
        "Re: The printer is on fire",
        "RE: re : Fwd: The printer   is on fire",
        "AW: WG: The printer is on fire",
        "R: I: The printer is on fire",
        "Odp: PD: The printer is on fire",
        "Отв: Ответ: The printer is on fire",
        "SV: VS: The printer is on fire",
        "RE[2]: The printer is on fire",
        "Re^3: The printer is on fire",
        "Re(4): The printer is on fire",
        "回复：The printer is on fire",
        "[#123] The printer is on fire",
        "Re: [#123] Re: The printer is on fire",
        "Re: The printer is on fire [#123]",
        "The printer is on fire (fwd)",
        "Automatic reply: The printer is on fire",
        "Automatische Antwort: [#123] THE PRINTER is on fire",
        "  the\tprinter is on fire ",
    ],
)
def test_answers_have_the_bare_subject_of_what_they_answer(subject: str) -> None:
    assert bare_subject(subject) == "the printer is on fire"


def test_a_list_label_stays_on_whichever_side_of_the_prefix() -> None:
    assert bare_subject("[list] Re: Fire") == bare_subject("Re: [list] Fire") == "[list] fire"


@pytest.mark.parametrize("subject", ["Printer: on fire", "Report: fire", "[#abc] fire", "Refund", "IR: fire", ""])
def test_other_words_before_a_colon_stay(subject: str) -> None:
    assert bare_subject(subject) == subject.casefold()
