"""Is this a person, a program that answers, a report, or an answer to an invitation?"""

import pytest

from mailboxes.parsing import Kind
from mailboxes.tests.parsing.mails import multipart, parsed, read


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Auto_Submitted": "Auto-Replied; owner-email=carla@acme.example"},
        {"X_Autoreply": "yes"},
        {"X_Apple_Action": "VACATION/3.5"},
        {"X_Autorespond": "Out of office"},
        {"Precedence": "auto_reply"},
        {"Subject": "Automatic reply: The printer", "X_Auto_Response_Suppress": "All"},
        {"Subject": "Abwesenheitsnotiz: Drucker", "Return_Path": "<>"},
        {"Subject": "Réponse automatique : imprimante", "Precedence": "bulk"},
        {"Subject": "自動応答: プリンター", "Auto_Submitted": "auto-generated"},
    ],
)
def test_an_automatic_reply_is_known_by_its_headers(headers: dict[str, str]) -> None:  # L21, L25, RFC 3834
    email = read(**headers)
    assert email.kind is Kind.AUTO_REPLY
    assert email.is_automatic


@pytest.mark.parametrize("subject", ["Automatic reply: x", "Out of Office on Friday?", "Vacation request"])
def test_a_subject_alone_proves_nothing(subject: str) -> None:
    email = read(Subject=subject)
    assert email.kind is Kind.MESSAGE
    assert not email.is_automatic


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"List_Id": "Printers <printers.lists.example>"},
        {"Return_Path": "<>"},
        {"X_Auto_Response_Suppress": "DR, RN, NRN, OOF, AutoReply"},
    ],
)
def test_a_programs_mail_is_a_message_that_nothing_answers(headers: dict[str, str]) -> None:
    email = read(**headers)
    assert email.kind is Kind.MESSAGE
    assert email.is_automatic


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Auto_Submitted": "no"},
        {"X_Autoreply": "no"},
        {"X_Auto_Response_Suppress": "DR, RN"},
        {"Return_Path": "<carla@acme.example>"},
        {"Precedence": "first-class"},
    ],
)
def test_a_persons_mail_may_be_answered(headers: dict[str, str]) -> None:
    assert not read(**headers).is_automatic


def test_a_spam_complaint_names_the_mail_it_is_about() -> None:  # RFC 5965
    email = parsed(
        multipart(
            "Content-Type: text/plain\n\nThis is an abuse report.",
            "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1",
            "Content-Type: message/rfc822\n\nFrom: support@desk.example\nMessage-ID: <ours@desk.example>\n\nx",
            subtype="report",
            extra="; report-type=feedback-report",
        )
    )
    assert email.kind is Kind.FEEDBACK_REPORT
    assert email.bounce
    assert (email.bounce.recipients, email.bounce.original_message_id) == ((), "ours@desk.example")


def test_a_read_receipt_is_an_automatic_reply() -> None:  # RFC 8098
    email = parsed(
        multipart(
            "Content-Type: text/plain\n\nYour message was displayed.",
            "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; carla@acme.example",
            subtype="report",
            extra="; report-type=disposition-notification",
        )
    )
    assert email.kind is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nEND:VCALENDAR", Kind.CALENDAR_ANSWER),
        ("Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:COUNTER\nEND:VCALENDAR", Kind.CALENDAR_ANSWER),
        ("Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR", Kind.MESSAGE),
    ],
)
def test_an_answer_to_an_invitation_is_told_from_an_invitation(part: str, kind: Kind) -> None:  # RFC 5546
    email = parsed(multipart("Content-Type: text/plain\n\nAccepted", part, subtype="alternative"))
    assert email.kind is kind
    assert [(file.name, file.type) for file in email.attachments] == [("invite.ics", "text/calendar")]
