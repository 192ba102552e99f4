"""What, when, where and who asks: does an invitation say it, whichever program wrote it?"""

import pytest

from mailboxes.parsing import Kind, parse
from mailboxes.tests.parsing.mails import mail, multipart, parsed, read


def event(*lines: str, method: str = "REQUEST", before: str = "") -> str:
    """A calendar with one event."""
    stated = ("SUMMARY:Maintenance", "UID:1@acme.example", *lines)
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", *filter(None, [before])]
    return "\n".join([*head, "BEGIN:VEVENT", *stated, "END:VEVENT", "END:VCALENDAR", ""])


UTC = ("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z")
ZONE = """BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=SECONDLY
END:STANDARD
END:VTIMEZONE"""
CALENDAR = "text/calendar; charset=utf-8; method=REQUEST"


def test_an_invitation_alone_is_the_text_and_stays_a_file() -> None:
    body = event(
        *UTC,
        "LOCATION:Teeküche\\, 3. OG",
        "ORGANIZER;CN=Maya Olsen:mailto:maya@acme.example",
        "DESCRIPTION:Bring the key.\\nAnd the bill\n  of May.",
    )
    email = read(body, Content_Type=CALENDAR)
    assert email.reply == (
        "Invitation: Maintenance\nWhen: 2026-12-01 09:00 – 10:00 UTC\nWhere: Teeküche, 3. OG\n"
        "Organiser: Maya Olsen <maya@acme.example>\n\nBring the key.\nAnd the bill of May."
    )
    assert email.kind is Kind.MESSAGE
    assert [(file.name, file.type) for file in email.attachments] == [("invite.ics", "text/calendar")]


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        (UTC, "2026-12-01 09:00 – 10:00 UTC"),
        (("DTSTART:20261201T090000Z", "DURATION:PT90M"), "2026-12-01 09:00 – 10:30 UTC"),
        (("DTSTART:20261201T220000Z", "DTEND:20261202T010000Z"), "2026-12-01 22:00 – 2026-12-02 01:00 UTC"),
        (("DTSTART:20261201T090000Z",), "2026-12-01 09:00 UTC"),
        (
            ("DTSTART;TZID=Europe/Berlin:20260701T090000", "DTEND;TZID=Europe/Berlin:20260701T100000"),
            "2026-07-01 09:00 – 10:00 Europe/Berlin (UTC+02:00)",
        ),
        (
            ("DTSTART;TZID=W. Europe Standard Time:20261201T090000",),
            "2026-12-01 09:00 Europe/Berlin (UTC+01:00)",
        ),
        (
            ("DTSTART;TZID=America/New_York:20261201T090000", "DTEND;TZID=Europe/Berlin:20261201T230000"),
            "2026-12-01 09:00 America/New_York (UTC-05:00) – 2026-12-01 23:00 Europe/Berlin (UTC+01:00)",
        ),
        (
            ("DTSTART;TZID=Customized Time Zone:20261201T090000", "DTEND;TZID=Customized Time Zone:20261201T100000"),
            "2026-12-01 09:00 – 10:00 Customized Time Zone",
        ),
        (("DTSTART:20261201T090000", "DTEND:20261201T100000"), "2026-12-01 09:00 – 10:00"),
        (("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202"), "2026-12-01"),
        (("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261204"), "2026-12-01 – 2026-12-03"),
    ],
)
def test_begin_and_end_stand_with_their_zone(lines: tuple[str, ...], when: str) -> None:
    assert f"When: {when}" in read(event(*lines, before=ZONE), Content_Type=CALENDAR).text.split("\n")


def test_text_and_html_of_an_invitation_show_it_above_what_they_say() -> None:
    email = parsed(
        multipart(
            "Content-Type: text/plain\n\nPlease be there.\n",
            "Content-Type: text/html\n\n<p>Please be there.</p>",
            f"Content-Type: {CALENDAR}\n\n" + event(*UTC, "LOCATION:<Kitchen>", "DESCRIPTION:Please be there."),
            subtype="alternative",
        )
    )
    assert email.text.startswith("Invitation: Maintenance\nWhen: 2026-12-01 09:00 – 10:00 UTC\nWhere: <Kitchen>\n")
    assert email.text.count("Please be there.") == 1
    assert email.html.startswith("<p><b>Invitation: Maintenance</b><br>When: 2026-12-01 09:00")
    assert "&lt;Kitchen&gt;" in email.html
    assert email.html.count("Please be there.") == 1


def test_the_same_invitation_in_two_files_is_shown_once() -> None:
    calendar = event(*UTC)
    email = parsed(
        multipart(
            "Content-Type: text/plain\n\nPlease be there.\n",
            f"Content-Type: {CALENDAR}\n\n{calendar}",
            f'Content-Type: application/ics; name="invite.ics"\n\n{calendar}',
        )
    )
    assert email.text.count("Maintenance") == 1
    assert len(email.attachments) == 2


@pytest.mark.parametrize(
    ("method", "lines", "title"),
    [
        ("CANCEL", (), "Cancelled: Maintenance"),
        ("REQUEST", ("STATUS:CANCELLED",), "Cancelled: Maintenance"),
        ("REPLY", ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.example",), "Accepted: Maintenance"),
        ("REPLY", ("ATTENDEE;PARTSTAT=DECLINED:mailto:a@x.example",), "Declined: Maintenance"),
        ("COUNTER", (), "Another time is proposed: Maintenance"),
        ("PUBLISH", (), "Maintenance"),
    ],
)
def test_what_is_asked_is_said(method: str, lines: tuple[str, ...], title: str) -> None:
    email = read(event(*UTC, *lines, method=method), Content_Type="text/calendar")
    assert email.text.split("\n")[0] == title


def test_it_is_said_in_the_language_of_the_installation() -> None:
    words = {"Invitation: %s": "Einladung: %s", "When": "Wann"}
    email = parse(mail(event(*UTC), Content_Type=CALENDAR), lambda sentence: words.get(sentence, sentence))
    assert email.text.startswith("Einladung: Maintenance\nWann: 2026-12-01 09:00")


def test_a_description_in_html_is_read() -> None:
    email = read(event("DESCRIPTION:<b>Bring</b> the key<br>and <script>x</script>more"), Content_Type=CALENDAR)
    assert email.text.endswith("Bring the key\nand more\n")


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:tomorrow", "DTEND:20269901T000000Z"),
        ("DTSTART:99991231T235959Z", "DURATION:P99999D"),
        ("ATTENDEE", "ORGANIZER;;=:x", "RRULE:FREQ=NEVER"),
        ("SUMMARY:twice", "DTSTART:20261201T090000Z", "DTSTART:20261202T090000Z"),
        ("DTSTART;TZID=Asia/Tokyo:00010101T000000", "DTEND:99991231T235959Z"),
        ("BEGIN:VALARM", "DESCRIPTION:Alarm", "END:VALARM"),
    ],
)
def test_strange_values_cost_no_mail(lines: tuple[str, ...]) -> None:
    email = read(event(*lines), Content_Type=CALENDAR)
    assert "Maintenance" in email.text
    assert "Alarm" not in email.text
    assert len(email.attachments) == 1


def test_what_the_library_stumbles_over_costs_no_mail() -> None:
    zone = "x" * 5_000  # looked for as a file
    email = read(event(f"DTSTART;TZID={zone}:20261201T090000"), Content_Type=CALENDAR, Subject="Maintenance")
    assert (email.subject, len(email.attachments)) == ("Maintenance", 1)
    assert "An invitation cannot be read; it is kept as a file." in email.defects
