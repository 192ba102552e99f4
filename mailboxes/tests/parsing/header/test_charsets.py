"""Which letters were meant, where the label is missing, wrong, or the text was encoded twice?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes.parsing.header.charsets import decode
from mailboxes.parsing.values.notes import Notes
from mailboxes.tests.parsing.mails import read

JAPANESE = "水が漏れています。確認をお願いします。"
RUSSIAN = "Кофемашина на третьем этаже протекает."
GERMAN = "Die Mühle läuft für zwölf Stunden."


def twice(text: str, codec: str) -> bytes:
    """UTF-8 that was taken for another charset and encoded once more."""
    return "".join(bytes([byte]).decode(codec, "ignore") or chr(byte) for byte in text.encode()).encode()


@pytest.mark.parametrize("label", ["", "us-ascii", "utf-8", "iso-8859-1"])
def test_japanese_without_a_label_is_known_by_its_escape_sequences(label: str) -> None:
    kind = f"text/plain; charset={label}" if label else "text/plain;"
    email = read(JAPANESE.encode("iso2022_jp"), Content_Type=kind, Subject=JAPANESE.encode("iso2022_jp"))
    assert (email.text, email.subject) == (JAPANESE, JAPANESE)
    assert "The charset was guessed (ISO-2022-JP)." in email.defects


def test_rare_japanese_characters_and_korean_are_known_too() -> None:
    assert read("①水㈱".encode("iso2022_jp_2004")).text == "①水㈱"
    assert read("안녕하세요".encode("iso2022_kr")).text == "안녕하세요"


@pytest.mark.parametrize("label", ["windows-1251", "koi8-r", "iso-8859-5", "windows-1252", "iso-8859-1", "iso-8859-15"])
def test_utf8_under_another_label_is_read_as_what_it_is(label: str) -> None:
    for text in (RUSSIAN, GERMAN, "Кофе"):
        assert read(text, Content_Type=f"text/plain; charset={label}").text == text
        assert read(Subject=f"=?{label}?Q?{''.join(f'={byte:02X}' for byte in text.encode())}?=").subject == text


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (RUSSIAN, "windows-1251"),
        ("её", "koi8-r"),
        (RUSSIAN, "koi8-r"),
        (GERMAN, "iso-8859-15"),
        ("รถ", "tis-620"),
        ("漏水", "gb2312"),
        ("機器漏水", "big5"),
        ("커피", "euc-kr"),
        ("קפה", "windows-1255"),
        ("قهوة", "windows-1256"),
        ("Καφές", "windows-1253"),
    ],
)
def test_what_its_label_says_is_believed(text: str, label: str) -> None:
    notes = Notes()
    assert decode(text.encode(label), label, notes) == text
    assert notes.defects == []


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (GERMAN, "cp1252"),
        (GERMAN, "latin-1"),
        ("Über die Straße – “schön” …", "cp1252"),
        ("J’ai reçu la pièce. Café à 5 €", "cp1252"),
        (RUSSIAN, "cp1252"),
        (RUSSIAN, "latin-1"),
        (RUSSIAN, "cp1251"),
    ],
)
def test_a_text_that_was_encoded_twice_is_repaired(text: str, codec: str) -> None:
    email = read(twice(text, codec), Content_Type="text/plain; charset=utf-8", Subject=twice(text, codec))
    assert (email.text, email.subject) == (text, text)
    assert "The text was encoded twice; that was undone." in email.defects


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, "J’ai reçu la pièce."])
def test_a_text_that_was_encoded_three_times_is_repaired_too(text: str) -> None:
    thrice = twice(twice(text, "cp1252").decode(), "cp1252")
    email = read(thrice, Content_Type="text/plain; charset=utf-8", Subject=thrice)
    assert (email.text, email.subject) == (text, text)


@pytest.mark.parametrize(
    "text",
    [
        "The page shows Ã¼ instead of ü.",
        "Umlauts come as Ã¤, Ã¶ and Ã¼.",
        "The sign Â° is in front of everything.",
        "FRÈRE À « 20 % » DÉJÀ VU",
        "Рабочий Сервер «Ёлка»",
        "naïve café",
        "R© Â£20",
    ],
)
def test_who_writes_about_broken_letters_is_left_alone(text: str) -> None:
    assert read(text, Content_Type="text/plain; charset=utf-8").text == text


def test_utf7_is_read_only_where_it_is_stated() -> None:
    assert read(b"+AGEAYg-", Content_Type="text/plain; charset=utf-7").text == "ab"
    assert read(b"+AGEAYg-").text == "+AGEAYg-"
    assert read(Subject="=?utf-7?Q?+AGEAYg-?=").subject == "ab"
    assert read(Subject="+AGEAYg-").subject == "+AGEAYg-"


def test_utf16_that_is_none_is_read() -> None:
    assert read(GERMAN, Content_Type="text/plain; charset=utf-16").text == GERMAN
    assert read(GERMAN.encode("utf-16"), Content_Type="text/plain; charset=utf-16").text == GERMAN


@given(st.text(max_size=80), st.sampled_from(["utf-8", "windows-1251", "koi8-r", "iso-8859-15", "windows-1252"]))
def test_a_text_under_its_true_label_is_never_changed_without_a_word(text: str, label: str) -> None:
    notes = Notes()
    text = text.encode(label, "ignore").decode(label).replace("\0", "")
    assert decode(text.encode(label), label, notes) == text or notes.defects
