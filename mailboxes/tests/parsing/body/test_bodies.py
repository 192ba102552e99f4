"""Is every part of a mail either drawn, listed as a file, or named among its defects?"""

import hashlib
import re
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes.parsing import ParsedEmail
from mailboxes.tests.parsing.mails import multipart, parsed, read

PDF = 'Content-Type: application/pdf; name="offer.pdf"\nContent-Disposition: inline; filename="offer.pdf"\n\n%PDF-1.4'


def html(*words: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n<html><body><p>{'</p><p>'.join(words)}</p></body></html>"


def text(words: str) -> str:
    return f"Content-Type: text/plain; charset=utf-8\n\n{words}\n"


def nested(subtype: str, boundary: str, *parts: str) -> str:
    """A part that holds parts."""
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{subtype}; boundary={boundary}\n\n{body}--{boundary}--\n"


def words_of(email: ParsedEmail) -> list[str]:
    """The words that the HTML shows, in order."""
    return unescape(re.sub(r"<[^>]*>", " ", email.html)).split()


@pytest.mark.parametrize(
    "parts",
    [
        (text("one two three four"), nested("mixed", "C", html("one two"), PDF, html("three four"))),
        (text("one two three four"), nested("mixed", "C", html("one two"), PDF, text("three four"))),
        (
            text("one two three four"),
            nested(
                "mixed", "C", nested("related", "D", html("one two")), PDF, nested("related", "E", html("three four"))
            ),
        ),
        (text("one two three four"), nested("related", "C", html("one two"), PDF, html("three four"))),
        (nested("mixed", "C", text("one two"), PDF, text("three four")), html("one two three four")),
    ],
)
def test_what_stands_after_a_file_is_shown(parts: tuple[str, ...]) -> None:
    email = parsed(multipart(*parts, subtype="alternative"))
    assert words_of(email) == ["one", "two", "three", "four"]
    assert " ".join(email.text.split()) == "one two three four"
    assert [file.name for file in email.attachments] == ["offer.pdf"]


def test_html_file_and_html_without_a_plain_text_are_shown_in_order() -> None:
    email = parsed(multipart(html("one two"), PDF, html("three"), PDF, text("four & five")))
    assert words_of(email) == ["one", "two", "three", "four", "&", "five"]
    assert " ".join(email.text.split()) == "one two three four & five"


@pytest.mark.parametrize("opened", ["<b>", "<table><tr><td>", "<!-- ", "<title>", "<style>", "<div><blockquote>"])
def test_what_one_document_leaves_open_swallows_nothing_of_the_next(opened: str) -> None:
    email = parsed(multipart(html(f"first {opened}"), PDF, html("second")))
    assert words_of(email) == ["first", "second"]


def test_empty_documents_around_a_file_hide_nothing() -> None:
    parts = (html("the words"), PDF, html("<br>"), html(""))
    email = parsed(multipart(text("the words"), nested("mixed", "C", *parts), subtype="alternative"))
    assert words_of(email) == ["the", "words"]


def test_empty_html_gives_way_to_the_text() -> None:
    email = parsed(multipart(text("the words"), html("&nbsp;<br>"), subtype="alternative"))
    assert (email.html, email.text.strip()) == ("", "the words")


def test_two_different_documents_of_one_alternative_are_both_shown() -> None:
    email = parsed(multipart(text("one two"), html("one two"), html("A footer of the list"), subtype="alternative"))
    assert words_of(email) == ["one", "two", "A", "footer", "of", "the", "list"]


def test_a_second_form_of_the_same_is_shown_once() -> None:
    email = parsed(multipart(text("one two"), html("one two"), html("<b>one</b> two"), subtype="alternative"))
    assert words_of(email) == ["one", "two"]


WORDS = st.lists(st.from_regex(r"[a-zäж漏]{1,8}[0-9]{3}", fullmatch=True), min_size=1, max_size=4)
LEAVES = st.one_of(
    WORDS.map(lambda words: (html(escape(" ".join(words))), words)),
    WORDS.map(lambda words: (text(" ".join(words)), words)),
    st.just((PDF, [])),
)


def _joined(children: list[tuple[str, list[str]]], subtype: str) -> tuple[str, list[str]]:
    """With a boundary that no part within has."""
    parts = [part for part, _ in children]
    boundary = hashlib.sha256("".join(parts).encode()).hexdigest()[:16]
    return nested(subtype, boundary, *parts), [word for _, words in children for word in words]


TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(_joined, st.lists(inner, min_size=1, max_size=3), st.sampled_from(["mixed", "related"])),
    max_leaves=8,
)


@given(TREES, TREES)
def test_no_word_of_any_part_is_missing(tree: tuple[str, list[str]], other: tuple[str, list[str]]) -> None:
    """Law: what stands in a text or HTML part of a mail is in its text, and in its HTML if it has any."""
    email = parsed(multipart(tree[0], other[0]))
    wanted = tree[1] + other[1]
    assert email.text.split() == wanted
    assert not email.html or words_of(email) == wanted
    files = tree[0].count("filename=") + other[0].count("filename=")
    assert len(email.attachments) == files


@given(TREES, TREES)
def test_no_word_of_the_chosen_alternative_is_missing(
    first: tuple[str, list[str]], last: tuple[str, list[str]]
) -> None:
    email = parsed(multipart(first[0], last[0], subtype="alternative"))
    seen = words_of(email) if email.html else email.text.split()
    chosen = last if "text/html" in last[0] or "text/html" not in first[0] else first
    assert set(chosen[1]) <= set(seen)


@pytest.mark.parametrize("name", ["ATT00001.txt", "ATT00002.htm", "att00017.html", "ATT123456.txt"])
@pytest.mark.parametrize("disposition", ["attachment", "inline"])
@pytest.mark.parametrize("before", ["  ", "", "\xa0", "The pump"])
def test_what_exchange_makes_a_file_of_is_the_rest_of_the_text(name: str, disposition: str, before: str) -> None:
    kind = "text/plain" if name.endswith("txt") else "text/html"
    rest = f'Content-Type: {kind}; name="{name}"\nContent-Disposition: {disposition}; filename="{name}"\n\nhas stopped.'
    email = parsed(multipart(text(before), PDF, rest))
    assert " ".join(email.text.split()) == f"{before} has stopped.".strip()
    assert not email.html or words_of(email) == email.text.split()
    assert email.reply.endswith("has stopped.")
    assert f"The rest of the text was taken from {name}." in email.defects


def test_a_file_that_is_called_otherwise_is_no_text() -> None:
    part = 'Content-Type: text/plain; name="notes.txt"\nContent-Disposition: attachment; filename="notes.txt"\n\nNotes'
    email = parsed(multipart(text("The pump"), part))
    assert (email.text.strip(), [file.name for file in email.attachments]) == ("The pump", ["notes.txt"])


PGP = "-----BEGIN PGP MESSAGE-----\n\nhQEMA7\n-----END PGP MESSAGE-----\n"
ENCRYPTED = "This mail is encrypted. It cannot be read here; its content is in its files."


def test_a_mail_that_is_encrypted_says_so_in_its_text() -> None:  # RFC 3156
    email = parsed(
        multipart(
            "Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
            f'Content-Type: application/octet-stream; name="encrypted.asc"\n\n{PGP}',
            subtype="encrypted",
            extra='; protocol="application/pgp-encrypted"',
        )
    )
    assert email.text.strip() == email.reply == ENCRYPTED
    assert "encrypted.asc" in [file.name for file in email.attachments]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"\x30\x80"),
        ("application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m", b"\x30\x80"),
        ("application/x-pkcs7-mime; name=smime.p7m", bytes.fromhex("308006092a864886f70d010703")),
        ("application/x-microsoft-rpmsg-message; name=message.rpmsg", b"\x76\xe8\x04\x60"),
    ],
)
def test_other_encrypted_mails_say_so_too(kind: str, content: bytes) -> None:
    email = read(content, Content_Type=kind, Content_Transfer_Encoding="binary")
    assert email.text.strip() == ENCRYPTED
    assert len(email.attachments) == 1


def test_an_encrypted_piece_leaves_the_words_beside_it() -> None:
    email = read(f"The key is old:\n\n{PGP}")
    assert email.text.startswith(ENCRYPTED)
    assert "The key is old:" in email.reply
    part = f'Content-Type: application/pgp-encrypted; name="x.pgp"\n\n{PGP}'
    email = parsed(multipart(text("Please see the file."), part))
    assert ENCRYPTED in email.text
    assert "Please see the file." in email.reply
