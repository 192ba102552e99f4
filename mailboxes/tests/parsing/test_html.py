"""Is an HTML mail read as its writer meant it: its pictures, its words, its charset?"""

from mailboxes.tests.parsing.mails import multipart, parsed, read


def test_an_inline_image_is_told_from_a_file() -> None:
    email = parsed(
        multipart(
            'Content-Type: text/html\n\n<p>See <img src="cid:one@x"></p>',
            "Content-Type: image/png\nContent-ID: <one@x>\nContent-Disposition: inline; filename=a.png\n\nPNG1",
            "Content-Type: image/png\nContent-ID: <two@x>\nContent-Disposition: inline; filename=b.png\n\nPNG2",
            "Content-Type: application/pdf\nContent-ID: <three@x>\nContent-Disposition: inline; filename=c.pdf\n\nPDF",
            subtype="related",
        )
    )
    assert [(file.name, file.cid, file.inline) for file in email.attachments] == [
        ("a.png", "one@x", True),
        ("b.png", "two@x", True),
        ("c.pdf", "three@x", False),
    ]


def test_an_image_inside_the_html_becomes_an_inline_file() -> None:
    email = read('<p>Look <img src="data:image/png;base64,iVBORw0KGgo="></p>', Content_Type="text/html")
    assert [(file.name, file.inline, file.content) for file in email.attachments] == [
        ("image-1.png", True, b"\x89PNG\r\n\x1a\n")
    ]
    assert f"cid:{email.attachments[0].cid}" in email.html
    assert "base64" not in email.html


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
    assert "The text is too long to be shown whole; all of it is in an attachment." in email.defects
    assert [(file.name, len(file.content)) for file in email.attachments] == [("message.html", len(raw))]


def test_many_bodies_share_one_bound() -> None:
    body = "Content-Type: text/html\n\n" + "<blockquote>" * 100 + "word<br>" * 12_000
    email = parsed(multipart(body, body, body))
    assert len(email.text) <= 1_000_000
