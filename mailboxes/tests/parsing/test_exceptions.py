"""What makes Python's own parser raise gives a usable answer here (docs/requirements.md, mail traps)."""

import pytest

from mailboxes.tests.parsing.mails import mail, multipart, parsed, read


def test_a_file_name_in_a_broken_japanese_charset_is_still_a_name() -> None:  # MT01
    email = parsed(multipart("Content-Type: text/plain; name*=iso-2022-jp''%1B$B%FF%FE%1B(B.txt\n\nx"))
    assert email.attachments[0].name.endswith(".txt")
    assert email.attachments[0].content == b"x"


def test_sendmails_line_for_a_missing_to_names_nobody() -> None:  # MT02
    assert read(To="unlisted-recipients:; (no To-header on input)").to == ()


@pytest.mark.parametrize("line_break", ["=0D=0A", "=0A", "=0D"])
def test_a_line_break_in_a_name_does_not_reach_a_header(line_break: str) -> None:  # MT03
    email = read(From=f"=?utf-8?Q?Carla{line_break}Bcc:_x@y.example?= <carla@acme.example>")
    assert email.author.address == "carla@acme.example"
    assert email.author.name.isprintable()


@pytest.mark.parametrize("message_id", ["<>", "< [a]. [b]@x>", "", "junk junk", "<\x00>", "<<<>>>"])
def test_an_odd_message_id_is_no_reason_to_lose_the_mail(message_id: str) -> None:  # MT04
    email = read(Message_ID=message_id)
    assert email.message_id
    assert email.text == "Hello\n"


def test_a_name_that_starts_with_a_dot_is_a_name() -> None:  # MT05
    email = read(Reply_To=".CoinBase-team <n@e.example>")
    assert [(person.name, person.address) for person in email.reply_to] == [(".CoinBase-team", "n@e.example")]


def test_an_empty_related_inside_an_alternative_leaves_the_text() -> None:  # MT06
    email = parsed(
        multipart(
            "Content-Type: text/plain\n\nThe words",
            'Content-Type: multipart/related; boundary="C"\n\n',
            subtype="alternative",
        )
    )
    assert "The words" in email.text


@pytest.mark.parametrize("kind", ["plain/text", "text", "text/plain charset=utf-8", "multipart/mixed", "///", ""])
def test_a_content_type_that_is_none_means_text(kind: str) -> None:  # MT07
    assert "Hello" in read(Content_Type=kind).text


@pytest.mark.parametrize(
    "charset",
    ["fakescii", "default", "uft-8", "windows-874", "iso-8859-8-i", "unicode", "x-gbk", "hex", "base64", "rot13"],
)
def test_an_unknown_charset_does_not_hide_the_text(charset: str) -> None:  # MT08
    assert read(b"Hello printer\n", Content_Type=f"text/plain; charset={charset}").text == "Hello printer\n"


@pytest.mark.parametrize("charset", ["idna", "undefined", "x\0y", "punycode", "unicode_escape", "raw_unicode_escape"])
def test_a_codec_that_is_no_charset_is_not_used(charset: str) -> None:  # MT09, L41
    email = read(rb"C:\new\table costs \u20ac 5", Content_Type=f"text/plain; charset={charset}")
    assert email.text == r"C:\new\table costs \u20ac 5"


@pytest.mark.parametrize("bracket", ["(", "<", '"', "[", "(("])
@pytest.mark.parametrize("header", ["To", "From", "Cc", "Subject", "Date", "Content-Type"])
def test_a_thousand_brackets_are_only_characters(bracket: str, header: str) -> None:  # MT10
    email = parsed(mail(**{header.replace("-", "_"): bracket * 1000}))
    assert "Hello" in email.text


def test_two_thousand_nested_parts_do_not_end_the_parser() -> None:  # MT11
    nested = b"".join(b'--B%d\nContent-Type: multipart/mixed; boundary="B%d"\n\n' % (i, i + 1) for i in range(2000))
    email = read(nested + b"--B2000\n\nthe core\n", Content_Type='multipart/mixed; boundary="B0"')
    assert any("nested too deeply" in defect for defect in email.defects)
    assert "the core" in email.text or any(b"the core" in file.content for file in email.attachments)


def test_two_thousand_nested_messages_do_not_end_the_parser() -> None:  # MT11
    email = read(b"Content-Type: message/rfc822\n\n" * 2000 + b"x", Content_Type="message/rfc822")
    assert email.attachments[0].type == "message/rfc822"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("=?x-no-such-charset?B?aGVsbG8=?= world", "hello world"),
        ("=?utf-8?B?aGVsbG8?=", "hello"),
        ("=?utf-8?B?aGVsbG8===?=", "hello"),
        ("=?utf-8?Q?caf=E9?=", "café"),
        ("=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="),
        ("=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
    ],
)
def test_a_broken_encoded_word_is_read_as_far_as_possible(subject: str, shown: str) -> None:  # MT12
    assert read(Subject=subject).subject == shown


@pytest.mark.parametrize("date", ["11-04-2023", "Fri, 31 Feb 2026 10:00:00 +0000", "Tue, 03 Mar 2026 10:59:99:59", ""])
def test_a_date_that_is_none_is_none(date: str) -> None:  # MT13, L02
    email = read(Date=date)
    assert email.date is None
    assert email.text == "Hello\n"


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -0500", "Fri, 20 Nov 99999 12:00:00 +0000"])
def test_a_date_at_the_end_of_time_is_none(date: str) -> None:  # MT14
    assert read(Date=date).date is None


@pytest.mark.parametrize(
    "name", ["Jürgen".encode("latin-1"), "Юрий".encode("koi8-r"), b"\xff\xfe\x80", b"\xed\xa0\x80"]
)
def test_raw_bytes_in_a_header_become_text_a_database_takes(name: bytes) -> None:  # MT15
    email = read(From=name + b" <carla@acme.example>", Subject=name)
    assert email.author.address == "carla@acme.example"
    for text in (email.author.name, email.subject, *(value for _, value in email.headers)):
        assert text.encode("utf-8")
        assert "\0" not in text


def test_what_cannot_be_serialised_can_be_read() -> None:  # MT16
    email = read(
        "Grüße".encode("latin-1"),
        From="Jürgen <j@x.example>".encode("latin-1"),
        Content_Type="text/plain; charset=us-ascii",
    )
    assert (email.author.name, email.text) == ("Jürgen", "Grüße")
