"""Which mails are automatic replies, in which language, and what tells: a header, or words with weaker signs?"""

import pytest

from mailboxes.parsing import Kind
from mailboxes.tests.parsing.mails import read

UTF_8 = "text/plain; charset=utf-8"
SUBJECTS = {
    "de": "Automatische Antwort: Drucker",
    "en": "Out of Office: printer",
    "et": "Automaatvastus: printer",
    "fi": "Automaattinen vastaus: tulostin",
    "fr": "Réponse automatique : imprimante",
    "it": "Risposta automatica: stampante",
    "ja": "自動返信: プリンター",
    "ko": "자동 응답: 프린터",
    "lt": "Automatinis atsakymas: spausdintuvas",
    "lv": "Automātiskā atbilde: printeris",
    "pl": "Autoodpowiedź: drukarka",
    "pl-2": "Nieobecność: drukarka",
    "sl": "Samodejni odgovor: tiskalnik",
    "tr": "Otomatik yanıt: yazıcı",
    "uk": "Автовідповідь: принтер",
    "vi": "Trả lời tự động: máy in",
    "zh": "自动回复: 打印机",
}
AWAY = {
    "de": "Guten Tag, ich bin bis zum 12. März nicht im Büro.",
    "en": "Thank you for your message. I am currently on leave until Monday.",
    "es": "Hola, estaré de vacaciones hasta el lunes.",
    "fr": "Bonjour, je suis actuellement en congés.",
    "it": "Buongiorno, sono in ferie fino al 12 marzo.",
    "lt": "Laba diena, šiuo metu esu atostogose.",
    "lv": "Labdien! Esmu atvaļinājumā līdz 12. martam.",
    "pl": "Dzień dobry, przebywam obecnie na urlopie.",
    "ru": "Здравствуйте, я в отпуске до 12 марта.",
}
CHALLENGES = {
    "en": "Your message is waiting for approval. Please confirm that you are a human: https://guard.example/1",
    "approved": "I receive messages only from senders I have approved. Click to be added to my guest list.",
    "click": "To deliver your message, please click this link: https://guard.example/1",
    "de": "Bitte bestätigen Sie die Zustellung Ihrer Nachricht.",
    "fr": "Confirmez l'envoi de votre message en suivant ce lien.",
    "es": "Por favor, confirme su mensaje en este enlace.",
    "pl": "Potwierdź wysłanie wiadomości: https://guard.example/1",
}


@pytest.mark.parametrize("language", SUBJECTS)
def test_a_subject_tells_with_a_weaker_sign(language: str) -> None:
    email = read(Subject=SUBJECTS[language], X_Auto_Response_Suppress="All", Content_Type=UTF_8)
    assert (email.kind, email.says_automatic_reply) == (Kind.AUTO_REPLY, True)


@pytest.mark.parametrize("language", SUBJECTS)
def test_a_subject_alone_is_said_and_decides_nothing(language: str) -> None:
    email = read(Subject=SUBJECTS[language], Content_Type=UTF_8)
    assert (email.kind, email.is_automatic, email.says_automatic_reply) == (Kind.MESSAGE, False, True)


@pytest.mark.parametrize("subject", ["Vacation request", "Out of office on Friday?", "Nieobecność"])
def test_a_subject_that_goes_on_without_a_colon_says_nothing(subject: str) -> None:
    assert not read(Subject=subject, Content_Type=UTF_8).says_automatic_reply


@pytest.mark.parametrize("language", AWAY)
def test_an_absence_is_told_by_its_words_in_an_answer_of_a_program(language: str) -> None:
    answer = {"Subject": "Re: [#11] x", "In_Reply_To": "<1@x>", "Content_Type": UTF_8}
    assert read(AWAY[language], Auto_Submitted="auto-generated", **answer).kind is Kind.AUTO_REPLY
    assert read(AWAY[language], **answer).kind is Kind.MESSAGE


@pytest.mark.parametrize("language", CHALLENGES)
def test_a_challenge_to_prove_oneself_is_an_automatic_reply(language: str) -> None:
    by_program = {"Subject": "Re: [#11] x", "Return_Path": "<>", "Content_Type": UTF_8}
    assert read(CHALLENGES[language], **by_program).kind is Kind.AUTO_REPLY
    assert read(CHALLENGES[language], Content_Type=UTF_8).kind is Kind.MESSAGE


@pytest.mark.parametrize(
    "header", ["X_Boxbe_Challenge", "X_Spamarrest_Probe", "X_Challenge_Response", "X_TMDA_Confirm", "X_Ask_Auth"]
)
def test_a_challenge_is_known_by_its_programs_header(header: str) -> None:
    assert read(**{header: "1"}).kind is Kind.AUTO_REPLY


def test_a_newsletter_about_holidays_is_no_reply() -> None:
    email = read("I am on vacation! Please confirm your email.\n", List_Unsubscribe="<https://x>", In_Reply_To="<1@x>")
    assert email.kind is Kind.MESSAGE


@pytest.mark.parametrize(
    ("headers", "certain"),
    [
        ({"Auto_Submitted": "auto-replied"}, True),
        ({"Precedence": "auto_reply"}, True),
        ({"Subject": "Automatic reply: x", "Auto_Submitted": "auto-generated"}, True),
        ({"Subject": "Automatic reply: x", "Return_Path": "<>"}, True),
        ({"X_Autoreply": "yes", "In_Reply_To": "<1@x>"}, True),
        ({"X_Autoreply": "yes"}, False),
        ({"Subject": "Out of office replies do not work", "X_Auto_Response_Suppress": "All"}, False),
        ({"Subject": "Out of office replies do not work", "List_Unsubscribe": "<mailto:a@x.example>"}, False),
        ({"Subject": "Automatic reply: x", "Precedence": "bulk"}, False),
    ],
)
def test_what_people_send_as_well_makes_a_reply_automatic_without_certainty(
    headers: dict[str, str], certain: bool
) -> None:
    email = read(**headers)
    assert (email.kind, email.kind_is_certain) == (Kind.AUTO_REPLY, certain)


@pytest.mark.parametrize(
    ("headers", "addresses"),
    [
        ({"List_Post": "<mailto:support@desk.example>"}, ("support@desk.example",)),
        ({"List_Post": "<https://x.example/post>, <mailto:Support@desk.example?subject=x>"}, ("Support@desk.example",)),
        ({"List_ID": "Support <support.desk.example>"}, ("support@desk.example",)),
        ({"List_ID": "<support.desk.example>", "Precedence": "list"}, ("support@desk.example",)),
        ({"List_ID": "support.desk.example"}, ("support@desk.example",)),
        (
            {"Precedence": "list", "Mailing_List": "list support@desk.example; contact support+owners@desk.example"},
            ("support@desk.example", "support+owners@desk.example"),
        ),
        ({"List_Unsubscribe": "<https://shop.example/stop>"}, ()),
    ],
)
def test_a_list_names_its_address(headers: dict[str, str], addresses: tuple[str, ...]) -> None:
    email = read(**headers)
    assert (email.list_addresses, email.is_automatic, email.is_automatic_by_list) == (addresses, True, True)


@pytest.mark.parametrize(
    "program", [{"Auto_Submitted": "auto-generated"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}]
)
def test_a_program_that_writes_to_a_list_is_a_program(program: dict[str, str]) -> None:
    email = read(**({"List_Post": "<mailto:support@desk.example>"} | program))
    assert (email.is_automatic, email.is_automatic_by_list) == (True, False)


def test_a_persons_mail_is_automatic_by_nothing() -> None:
    email = read()
    assert (email.is_automatic, email.is_automatic_by_list, email.list_addresses) == (False, False, ())


@pytest.mark.parametrize(
    ("asked", "sender", "automatic"),
    [
        ("DR, OOF, AutoReply", "carla@acme.example", False),
        ("OOF", "carla@acme.example", False),
        ("DR, OOF, AutoReply", "no-reply@acme.example", True),
        ("DR, OOF, AutoReply", "donotreply@acme.example", True),
        ("All", "carla@acme.example", True),
        ("DR, RN, NRN, OOF, AutoReply", "carla@acme.example", True),
    ],
)
def test_servers_that_ask_for_some_silence_in_peoples_mail_do_not_make_them_programs(
    asked: str, sender: str, automatic: bool
) -> None:
    assert read(X_Auto_Response_Suppress=asked, From=sender).is_automatic is automatic
