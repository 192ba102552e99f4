"""Is there any input at all on which the parser raises? Hypothesis looks for one."""

from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from mailboxes.parsing import ParsedEmail, parse
from mailboxes.tests.parsing.mails import mail, multipart

HEADERS = st.sampled_from(
    [
        *("From", "To", "Cc", "Reply-To", "Sender", "Subject", "Date", "Message-ID", "References", "In-Reply-To"),
        *("Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "Content-ID", "Return-Path"),
        *("Auto-Submitted", "X-Failed-Recipients", "List-Id", "Delivered-To", "Authentication-Results"),
    ]
)
PIECES = st.sampled_from(
    [
        *(
            b"multipart/mixed",
            b"; boundary=B",
            b"text/html",
            b"message/rfc822",
            b"message/delivery-status",
            b"; name*=x''%",
        ),
        *(
            b"=?utf-8?B?aGk=?=",
            b"=?iso-2022-jp?Q?=1B$B?=",
            b"<a@b.example>",
            b'"',
            b"(",
            b"<",
            b">",
            b",",
            b";",
            b":",
            b"@",
        ),
        *(
            b"\r",
            b"\n ",
            b"\0",
            b"\xff",
            b"base64",
            b"quoted-printable",
            b"; charset=",
            b"utf-16",
            b"--B",
            b"MAILER-DAEMON",
        ),
    ]
)
VALUES = st.lists(PIECES | st.binary(max_size=8), max_size=8).map(b"".join)
BODIES = st.lists(
    st.sampled_from(
        [
            *(b"--B\n", b"--B--\n", b"\n", b"Content-Type: text/html\n\n", b"Content-Type: message/rfc822\n\n"),
            *(b"> x\n", b"On 1.1.2026 10:00 a wrote:\n", b"From: a@b.example\nTo: c\nSubject: d\n", b"<p>", b"</div>"),
            *(b"-- \n", b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n", b"\xe9\xff", b"\x1b$B", b"=3D=\n"),
        ]
    )
    | st.binary(max_size=20),
    max_size=15,
).map(b"".join)


def assert_sound(raw: bytes) -> ParsedEmail:
    """The parser does not raise, and the promises of `ParsedEmail` hold."""
    email = parse(raw)
    texts = [email.subject, email.bare_subject, email.text, email.html, email.reply, email.quoted, email.message_id]
    texts += [person.name + person.address for person in (email.author, *email.to, *email.cc, *email.reply_to)]
    texts += [name + value for name, value in email.headers] + [file.name + file.cid for file in email.attachments]
    for text in texts:
        assert "\0" not in text
        text.encode("utf-8")
    assert email.message_id
    assert len(email.message_id) <= 250
    assert "\n" not in email.subject
    assert all(file.name and "/" not in file.name for file in email.attachments)
    assert email.date is None or email.date.tzinfo is UTC
    return email


@given(st.binary(max_size=600))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    assert_sound(raw)


@given(st.lists(st.tuples(HEADERS, VALUES), max_size=8), BODIES)
@settings(max_examples=500, deadline=None)
def test_any_headers_and_any_body_are_a_mail(headers: list[tuple[str, bytes]], body: bytes) -> None:
    block = b"".join(name.encode() + b": " + value + b"\n" for name, value in headers)
    assert_sound(block + b"\n" + body)


@given(st.integers(0, 700), st.integers(0, 20), st.binary(max_size=6))
@settings(max_examples=300, deadline=None)
def test_a_mail_damaged_anywhere_is_still_a_mail(at: int, length: int, junk: bytes) -> None:
    inner = (
        'Content-Type: multipart/alternative; boundary="C"\n\n--C\n\nplain\n--C\nContent-Type: text/html\n\n<p>x\n--C--'
    )
    raw = multipart(inner, "Content-Type: message/rfc822\n\n" + mail().decode(), "Content-Type: image/png; name=a\n\nx")
    assert_sound(raw[:at] + junk + raw[at + length :])


@given(st.text(max_size=300))
def test_any_text_comes_through_unharmed(text: str) -> None:
    kept = "".join(character for character in text if character >= " " or character in "\n\t").replace("\x7f", "")
    raw = mail(kept.encode("utf-8", "replace"), Content_Type="text/plain; charset=utf-8")
    expected = kept.encode("utf-8", "replace").decode().replace("\r", "\n")
    email = assert_sound(raw)
    assert email.text == (expected if expected.strip() else "") or any("twice" in defect for defect in email.defects)
