"""Is an HTML mail read as its writer meant it: its pictures, its words, its charset?"""

import base64

import pytest

from mailboxes.tests.parsing.mails import multipart, parsed, png, read


def picture(cid: str, content: bytes, kind: str = "image/png", name: str = "a.png") -> bytes:
    """A part that means to be drawn in the text."""
    head = f"Content-Type: {kind}\nContent-ID: <{cid}>\nContent-Disposition: inline; filename={name}\n"
    return head.encode() + b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(content)


def test_an_inline_image_is_told_from_a_file() -> None:
    email = parsed(
        multipart(
            'Content-Type: text/html\n\n<p>See <img src="cid:one@x"> <img src="cid:four@x"></p>',
            picture("one@x", png()),
            picture("two@x", png(), name="b.png"),
            picture("three@x", b"%PDF-1.4", "application/pdf", "c.pdf"),
            picture("four@x", b"no picture", name="d.png"),
            picture("one@x", png(9), name="e.png"),
            subtype="related",
        )
    )
    assert [(file.name, file.inline) for file in email.attachments] == [
        ("a.png", True),
        ("b.png", False),  # no image refers to it
        ("c.pdf", False),
        ("d.png", False),  # cannot be drawn
        ("e.png", False),  # the second of its name
    ]


@pytest.mark.parametrize(
    ("stated", "content", "kind"),
    [
        *[(kind, png(), "image/png") for kind in ("image/x-png", "image/jpg", "image/bmp", "image/svg+xml")],
        ("application/octet-stream", png(), "image/png"),
        ("image/pjpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF\0\xff\xda\0\0", "image/jpeg"),
        ("image/x-gif", b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\0;", "image/gif"),
        ("image/x-webp", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0", "image/webp"),
        ("image/png", b"\xff\xd8\xff\xe0\x00\x10JFIF\0\xff\xda\0\0", "image/png"),
    ],
)
def test_a_picture_is_known_by_its_bytes(stated: str, content: bytes, kind: str) -> None:
    body = 'Content-Type: text/html\n\n<img src="cid:one@x">'
    email = parsed(multipart(body, picture("one@x", content, stated), subtype="related"))
    assert [(file.type, file.inline) for file in email.attachments] == [(kind, True)]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("image/bmp", b"BM\x1e\0\0\0"),
        ("image/heic", b"\0\0\0\x18ftypheic"),
        ("image/tiff", b"II*\0"),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
        ("image/jpeg", b""),
        ("application/octet-stream", b"\x89PNG\r\n"),
    ],
)
def test_what_no_browser_draws_stays_a_file(kind: str, content: bytes) -> None:
    body = 'Content-Type: text/html\n\n<p>See</p><img src="cid:one@x">'
    email = parsed(multipart(body, picture("one@x", content, kind), subtype="related"))
    assert [(file.type, file.inline, file.content) for file in email.attachments] == [(kind, False, content)]


def test_an_image_inside_the_html_becomes_an_inline_file() -> None:
    data = base64.b64encode(png()).decode()
    email = read(f'<p>Look <img src="data:image/x-png;base64,{data}"></p>', Content_Type="text/html")
    assert [(file.name, file.type, file.inline, file.content) for file in email.attachments] == [
        ("image-1.png", "image/png", True, png())
    ]
    assert f"cid:{email.attachments[0].cid}" in email.html
    assert "base64" not in email.html


def test_an_embedded_drawing_is_listed_as_a_file() -> None:
    data = base64.b64encode(b"<svg/>").decode()
    email = read(f'<p>Look <img src="data:image/svg+xml;base64,{data}"></p>', Content_Type="text/html")
    assert [(file.name, file.inline) for file in email.attachments] == [("image-1.svg", False)]


def test_html_reads_as_text_with_lists_quotes_and_links() -> None:
    email = read(
        "<style>p{}</style><p>Dear&nbsp;team,</p><p>two<br>lines, a <a href='https://x.example/y'>link</a></p>"
        "<ol><li>one</li><li>two</li></ol><table><tr><td>a</td><td>b</td></tr></table><pre>x\n  y</pre>"
        "<blockquote>quoted<blockquote>twice</blockquote></blockquote>",
        Content_Type="text/html; charset=utf-8",
    )
    assert email.text.split("\n") == [
        "Dear team,",
        "",
        "two",
        "lines, a link <https://x.example/y>",
        "",
        "1. one",
        "2. two",
        "",
        "a b",
        "",
        "x",
        "  y",
        "",
        "> quoted",
        ">",
        "> > twice",
        "",
    ]


def test_the_charset_inside_the_document_counts_without_a_label() -> None:
    body = '<html><head><meta charset="windows-1251"></head><body>Принтер</body>'.encode("cp1251")
    assert read(body, Content_Type="text/html").text.strip() == "Принтер"


def test_html_without_a_content_type_is_html() -> None:
    email = read("<html><body><p>Hello <b>you</b></p></body></html>")
    assert "<b>you</b>" in email.html
    assert email.text.strip() == "Hello you"


def test_quotes_in_quotes_make_no_mail_long() -> None:
    """Two thousand quotes around 25,000 lines: the marks of their depth would be a hundred million characters."""
    raw = "<blockquote>" * 2000 + "word<br>" * 25_000
    email = read(raw, Content_Type="text/html")
    assert 900_000 < len(email.text) <= 1_000_000
    assert "word" in email.text
    assert "The text is too long to be shown in full; all of it is in an attachment." in email.defects
    assert [(file.name, len(file.content)) for file in email.attachments] == [("message.html", len(raw))]


def test_many_bodies_share_one_bound() -> None:
    body = "Content-Type: text/html\n\n" + "<blockquote>" * 100 + "word<br>" * 12_000
    email = parsed(multipart(body, body, body))
    assert len(email.text) <= 1_000_000
