"""Does a text with soft line ends (RFC 3676) read as its writer wrote it?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes.parsing.body.flowed import unflowed
from mailboxes.tests.parsing.mails import read

FLOWED = "text/plain; charset=utf-8; format=flowed"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("One \ntwo \nthree.\nNext\n", "One two three.\nNext\n"),
        ("One\n\ntwo\n", "One\n\ntwo\n"),
        (" >no quote\n From me\n", ">no quote\nFrom me\n"),
        ("> one \n> two\n>> deep \n>> er\nMine\n", "> one two\n>> deep er\nMine\n"),
        ("> one \nMine\n", "> one\nMine\n"),
        ("Hello \n-- \nCarla \nConti\n", "Hello\n-- \nCarla Conti\n"),
        ("> -- \n> Anna\n", "> --\n> Anna\n"),
    ],
)
def test_paragraphs_are_joined_and_quotes_keep_their_depth(sent: str, shown: str) -> None:
    assert read(sent, Content_Type=FLOWED).text == shown


def test_a_link_over_several_lines_is_one_link() -> None:
    sent = "See  \nhttps://x.example/a/ \nb/c.pdf  \nfor more.\n"
    assert read(sent, Content_Type=f"{FLOWED}; delsp=yes").text == "See https://x.example/a/b/c.pdf for more.\n"


def test_japanese_gets_no_spaces() -> None:
    assert read("コーヒー \nの豆 \nです。\n", Content_Type=f"{FLOWED}; DelSp=Yes").text == "コーヒーの豆です。\n"


def test_a_fixed_text_keeps_its_lines() -> None:
    assert read("One \ntwo\n", Content_Type="text/plain; format=fixed").text == "One \ntwo\n"


def test_a_long_flowed_quote_is_still_a_quote() -> None:
    quote = "".join(f"> word {number} \n" for number in range(400))
    email = read(f"Yes.\n\nOn 3.3.2026 10:00, Anna wrote:\n{quote}", Content_Type=FLOWED, In_Reply_To="<1@x>")
    assert email.reply == "Yes."


@given(st.text(alphabet="ab >-\n", max_size=60), st.booleans())
def test_no_word_is_lost(text: str, delete_space: bool) -> None:
    assert sorted(
        unflowed(text, delete_space=delete_space).replace(">", "").replace(" ", "").replace("\n", "")
    ) == sorted(text.replace(">", "").replace(" ", "").replace("\n", ""))
