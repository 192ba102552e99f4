"""Which files came with a mail, wherever a program hid them? (L39)"""

import struct
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from mailboxes.tests.parsing.mails import mail, multipart, parsed, png, read

TEXT = "Content-Type: text/plain\n\nHello\n"


def tnef_attribute(level: int, number: int, kind: int, data: bytes) -> bytes:
    """One attribute of a winmail.dat (MS-OXTNEF 2.1.3)."""
    return struct.pack("<BHHI", level, number, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


WINMAIL = (
    b"\x78\x9f\x3e\x22\x01\x00"
    + tnef_attribute(1, 0x9006, 8, struct.pack("<I", 0x10000))
    + tnef_attribute(1, 0x800C, 2, b"The hidden words\0")
    + tnef_attribute(2, 0x9002, 6, b"\x01\x00" + bytes(12))
    + tnef_attribute(2, 0x8010, 1, b"report.txt\0")
    + tnef_attribute(2, 0x800F, 6, b"content")
)


def test_a_winmail_dat_gives_its_files() -> None:
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: binary\n\n" + WINMAIL
    email = parsed(multipart(TEXT, part))
    assert [(file.name, file.content) for file in email.attachments] == [("report.txt", b"content")]
    assert "Hello" in email.text


def test_a_mail_that_is_only_a_winmail_dat_gives_its_text() -> None:
    email = read(WINMAIL, Content_Type="application/ms-tnef", Content_Transfer_Encoding="binary")
    assert "The hidden words" in email.text


def mapi_property(kind: int, number: int, value: bytes) -> bytes:
    """One string or binary property (MS-OXTNEF 2.1.3.4)."""
    return struct.pack("<HHII", kind, number, 1, len(value)) + value + bytes(-len(value) % 4)


def test_a_winmail_dat_gives_long_names_html_and_inline_images() -> None:
    message = (
        struct.pack("<I", 4)
        + struct.pack("<HHHH", 0x0B, 0x0E1B, 1, 0)  # a truth value, with its padding
        + struct.pack("<HH16sIIIII", 0x1E, 0x8001, bytes(16), 0, 5, 1, 3, 0x616263)  # a named property
        + struct.pack("<HHI", 0x03, 0x3FDE, 65001)
        + mapi_property(0x102, 0x1013, '<p>Grüße <img src="cid:one@x"></p>'.encode())
    )
    attachment = (
        struct.pack("<I", 3)
        + mapi_property(0x1F, 0x3707, "請求書 Mai.png".encode("utf-16-le"))
        + mapi_property(0x1E, 0x370E, b"image/png\0")
        + mapi_property(0x1E, 0x3712, b"one@x\0")
    )
    data = (
        WINMAIL[:6]
        + tnef_attribute(1, 0x9003, 6, message)
        + tnef_attribute(2, 0x9002, 6, bytes(14))
        + tnef_attribute(2, 0x800F, 6, png())
        + tnef_attribute(2, 0x9005, 6, attachment)
    )
    email = read(data, Content_Type="application/ms-tnef", Content_Transfer_Encoding="binary")
    file = email.attachments[0]
    assert (file.name, file.type, file.cid, file.inline) == ("請求書 Mai.png", "image/png", "one@x", True)
    assert email.text.strip() == "Grüße"


def test_a_winmail_dat_that_lies_about_its_counts_costs_nothing() -> None:
    lie = struct.pack("<I", 0xFFFFFFFF) + struct.pack("<HHI", 0x1003, 0x0E1B, 0xFFFFFFFF)
    data = WINMAIL[:6] + tnef_attribute(1, 0x9003, 6, lie) + WINMAIL[6:]
    email = read(data, Content_Type="application/ms-tnef", Content_Transfer_Encoding="binary")
    assert [file.name for file in email.attachments] == ["report.txt"]


def test_a_broken_winmail_dat_is_kept_as_it_is() -> None:
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\n\n" + WINMAIL[:20] + b"\xff" * 50
    email = parsed(multipart(TEXT, part))
    assert [file.name for file in email.attachments] == ["winmail.dat"]


def signed(content: bytes) -> bytes:
    """`content` signed in one opaque piece, as Outlook does."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Carla")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=9))
    certificate = builder.sign(key, hashes.SHA256())
    signature = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return signature.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def test_an_opaquely_signed_mail_can_be_read() -> None:
    inner = multipart(TEXT, "Content-Type: text/csv; name=a.csv\n\n1,2")
    email = read(
        signed(b"Content-Type:" + inner.partition(b"Content-Type:")[2]),
        Content_Type="application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        Content_Transfer_Encoding="binary",
    )
    assert email.text.strip() == "Hello"
    assert [file.name for file in email.attachments] == ["a.csv", "smime.p7m"]


def test_an_encrypted_mail_says_so() -> None:
    email = read(b"\x30\x80", Content_Type="application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m")
    assert [file.name for file in email.attachments] == ["smime.p7m"]
    assert any("encrypted" in defect for defect in email.defects)


def test_a_detached_signature_is_a_file() -> None:
    part = "Content-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----"
    email = parsed(multipart(TEXT, part, subtype="signed"))
    assert ([file.name for file in email.attachments], email.text.strip()) == (["signature.asc"], "Hello")


def test_two_files_may_have_one_name() -> None:
    part = "Content-Type: image/png; name=a.png\n\n"
    email = parsed(multipart(TEXT, part + "1", part + "2"))
    assert [(file.name, file.content) for file in email.attachments] == [("a.png", b"1"), ("a.png", b"2")]


def test_a_file_without_a_name_gets_one_by_its_type() -> None:
    email = parsed(
        multipart(
            TEXT,
            "Content-Type: application/pdf\n\nx",
            "Content-Type: text/calendar\n\nBEGIN:VCALENDAR",
            "Content-Type: application/x-unheard-of\n\nx",
        )
    )
    assert [file.name for file in email.attachments] == ["attachment-1.pdf", "invite.ics", "attachment-3.bin"]


def test_a_name_keeps_its_writing_system_and_its_extension() -> None:
    name = "請求書" * 60 + ".pdf"
    email = parsed(multipart(TEXT, f'Content-Disposition: attachment; filename="{name}"\n\nx'))
    assert email.attachments[0].name.startswith("請求書")
    assert email.attachments[0].name.endswith(".pdf")
    assert len(email.attachments[0].name.encode()) <= 255


def test_a_name_cannot_pretend_another_extension() -> None:
    email = parsed(multipart(TEXT, 'Content-Disposition: attachment; filename="invoice\u202efdp.exe"\n\nx'))
    assert "\u202e" not in email.attachments[0].name


def test_a_long_name_in_pieces_is_joined() -> None:  # RFC 2231
    part = (
        "Content-Disposition: attachment;\n filename*0*=UTF-8''r%C3%A9;\n filename*1*=sum%C3%A9;\n filename*2=.pdf\n\nx"
    )
    assert parsed(multipart(TEXT, part)).attachments[0].name == "résumé.pdf"


def test_an_attached_mail_is_a_file_named_after_its_subject() -> None:
    email = parsed(multipart(TEXT, "Content-Type: message/rfc822\n\nSubject: Re: the fire\n\nx"))
    assert [(file.name, file.type) for file in email.attachments] == [("Re_ the fire.eml", "message/rfc822")]


def test_broken_base64_gives_what_can_be_saved() -> None:
    part = "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\nSGVs*bG8gd29ybGQ"
    assert parsed(multipart(TEXT, part)).attachments[0].content == b"Hello world"


def test_base64_in_several_padded_pieces_is_whole() -> None:
    part = "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\nSGVsbG8=\nIHdvcmxk\n"
    assert parsed(multipart(TEXT, part)).attachments[0].content == b"Hello world"


def test_text_that_is_not_base64_is_shown_as_it_came() -> None:
    assert "not base64" in read("!!!not base64!!! at all\n", Content_Transfer_Encoding="base64").text


def test_uuencoded_content_is_decoded() -> None:
    part = (
        "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a.png\n#0V%T\n`\nend\n"
    )
    assert parsed(multipart(TEXT, part)).attachments[0].content == b"Cat"


def test_more_parts_than_anyone_needs_are_kept_as_one_file() -> None:  # MT30
    email = parsed(multipart(*["Content-Type: image/png; name=a.png\n\nx"] * 800))
    assert len(email.attachments) == 500
    assert email.attachments[-1].name == "remaining-parts.txt"
    assert email.attachments[-1].content.count(b"a.png") == 301


def test_a_text_too_long_to_show_is_whole_in_a_file() -> None:
    email = parsed(mail("word \n" * 400_000))
    assert len(email.text) == 1_000_000
    assert [(file.name, file.size) for file in email.attachments] == [("message.txt", 2_400_000)]


def test_html_too_tangled_to_show_is_whole_in_a_file_and_readable() -> None:
    email = read("<div>" * 50_000 + "The words", Content_Type="text/html")
    assert email.html == ""
    assert email.text == "The words"
    assert [(file.name, file.size) for file in email.attachments] == [("message.html", 250_009)]
