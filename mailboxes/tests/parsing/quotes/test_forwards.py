"""Whose mail is passed on here? A suggestion, made only when there is one answer (L32, L33)."""

import pytest

from mailboxes.tests.parsing.mails import multipart, parsed, read

DORA = (
    "From: Dora Dahl <dora@acme.example>\nDate: Mon, 02 Mar 2026 09:00:00 +0100\nSubject: Fire\nTo: carla@acme.example"
)


def test_an_attached_mail_names_its_writer() -> None:
    email = parsed(
        multipart("Content-Type: text/plain\n\nFYI", f"Content-Type: message/rfc822\n\n{DORA}\n\nIt burns.\n")
    )
    assert email.author.address == "carla@acme.example"
    assert email.forwarded
    assert (email.forwarded.author.address, email.forwarded.subject) == ("dora@acme.example", "Fire")
    assert email.forwarded.text.strip() == "It burns."
    assert email.forwarded.date
    assert email.reply == "FYI"


def test_a_mail_that_only_carries_another_shows_its_text() -> None:
    email = parsed(multipart(f"Content-Type: message/rfc822\n\n{DORA}\n\nIt burns.\n"))
    assert email.text.strip() == "It burns."


@pytest.mark.parametrize(
    "marker",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:\n",
        "-------- Forwarded Message --------",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Message transféré ----------",
        "Anfang der weitergeleiteten Nachricht:\n",
        "-------- Пересылаемое сообщение --------",
    ],
)
def test_copied_headers_after_a_marker_name_the_writer(marker: str) -> None:
    email = read(f"FYI\n\n{marker}\n{DORA}\n\nIt burns.\n", Subject="Fwd: Fire")
    assert email.forwarded
    assert (email.forwarded.author.name, email.forwarded.author.address) == ("Dora Dahl", "dora@acme.example")
    assert (email.forwarded.subject, email.forwarded.text) == ("Fire", "It burns.")
    assert email.quoted == ""


def test_outlooks_forward_needs_the_subject_to_say_so() -> None:
    text = f"FYI\n\n-----Original Message-----\n{DORA}\n\nIt burns.\n"
    assert read(text, Subject="FW: Fire").forwarded
    assert read(text, Subject="RE: Fire").forwarded is None


@pytest.mark.parametrize(
    "text",
    [
        f"---------- Forwarded message ---------\n{DORA}\n\nx\n\n---------- Forwarded message ---------\n{DORA}\n\ny",
        "---------- Forwarded message ---------\nFrom: Dora Dahl\nSubject: Fire\nTo: Carla\n\nIt burns.",
        "---------- Forwarded message ---------\nFrom: a@x.example, b@x.example\nSubject: Fire\nTo: x\n\nIt burns.",
        "Please write to dora@acme.example instead.",
        "Begin forwarded message:\n",
    ],
)
def test_an_unclear_forward_suggests_nobody(text: str) -> None:
    assert read(text, Subject="Fwd: Fire").forwarded is None


def test_two_attached_mails_suggest_nobody() -> None:
    part = f"Content-Type: message/rfc822\n\n{DORA}\n\nx"
    assert parsed(multipart("Content-Type: text/plain\n\nFYI", part, part)).forwarded is None


@pytest.mark.parametrize(
    ("subject", "labels"),
    [
        ("VS: Fire", ("Fra", "Sendt", "Til", "Emne")),  # Danish, Norwegian
        ("ENC: Fire", ("De", "Enviada", "Para", "Assunto")),
        ("PD: Fire", ("Od", "Wysłano", "Do", "Temat")),
        ("VL: Fire", ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe")),
        ("転送: Fire", ("差出人", "送信日時", "宛先", "件名")),
    ],
)
def test_outlooks_header_without_a_marker_is_read_in_any_language(subject: str, labels: tuple[str, ...]) -> None:
    values = ("Dora Dahl <dora@acme.example>", "Friday, 27 November 2026 09:12", "Carla", "Fire")
    block = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    email = read(f"FYI\n\n{block}\n\nIt burns.\n", Subject=subject)
    assert email.forwarded
    assert (email.forwarded.author.name, email.forwarded.author.address) == ("Dora Dahl", "dora@acme.example")


def test_an_answer_in_finnish_is_no_forward() -> None:
    block = "Lähettäjä: Dora Dahl <dora@acme.example>\nLähetetty: 27.11.2026 9:12\nVastaanottaja: Carla\nAihe: Fire"
    assert read(f"Kiitos\n\n{block}\n\nIt burns.\n", Subject="VS: Fire").forwarded is None


def test_a_mail_that_is_attached_as_a_file_of_no_type_names_its_writer() -> None:
    head = 'Content-Type: application/octet-stream; name="Fire.eml"\nContent-Disposition: attachment\n'
    email = parsed(multipart("Content-Type: text/plain\n\nFYI", f"{head}\n{DORA}\n\nIt burns.\n"))
    assert email.forwarded
    assert email.forwarded.author.address == "dora@acme.example"
