"""What is new in a reply? Everything else is folded, and nothing is lost (L37)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes.parsing.quotes.replies import split_reply

BELOW = "Thank you!\n\n{attribution}\n\n> It is repaired.\n> Anna\n"


@pytest.mark.parametrize(
    "attribution",
    [
        "On Tue, Mar 3, 2026 at 10:00 AM Anna Berg <support@desk.example> wrote:",
        "On Tue, Mar 3, 2026 at 10:00 AM Anna Berg with a long name <\nsupport@desk.example> wrote:",
        "On 3 Mar 2026, at 10:00, Anna Berg\n<support@desk.example>\nwrote:",
        "Am 03.03.2026 um 10:00 schrieb Anna Berg:",
        "Am Di., 3. März 2026 um 10:00 Uhr schrieb Anna Berg <\nsupport@desk.example>:",
        "Anna Berg <support@desk.example> schrieb am Di., 3. März 2026, 10:00:",
        "Le mar. 3 mars 2026 à 10:00, Anna Berg <support@desk.example> a écrit :",
        "El mar, 3 mar 2026 a las 10:00, Anna Berg (<support@desk.example>) escribió:",
        "Il giorno mar 3 mar 2026 alle ore 10:00 Anna Berg <support@desk.example> ha scritto:",
        "Em ter., 3 de mar. de 2026 às 10:00, Anna Berg <support@desk.example> escreveu:",
        "Op di 3 mrt 2026 om 10:00 schreef Anna Berg <support@desk.example>:",
        "Den tis 3 mars 2026 kl 10:00 skrev Anna Berg <support@desk.example>:",
        "W dniu 3.03.2026 o 10:00, Anna Berg pisze:",
        "wt., 3 mar 2026 o 10:00 Anna Berg <support@desk.example> napisał(a):",
        "út 3. 3. 2026 v 10:00 odesílatel Anna Berg <support@desk.example> napsal:",
        "вт, 3 мар. 2026 г. в 10:00, Anna Berg <support@desk.example>:",
        "03.03.2026 10:00, Anna Berg пишет:",
        "2026年3月3日(火) 10:00 Anna Berg <support@desk.example>:",
        "Anna Berg <support@desk.example> 于2026年3月3日周二 10:00写道：",
        "2026-03-03 10:00 GMT+01:00 Anna Berg <support@desk.example>:",
        "---- On Tue, 03 Mar 2026 10:00:00 +0100 Anna Berg <support@desk.example> wrote ----",
        "3 Mart 2026 Salı 10:00 tarihinde Anna Berg <support@desk.example> yazdı:",
        "ti 3. maalisk. 2026 klo 10.00 Anna Berg (support@desk.example) kirjoitti:",
        "Anna Berg wrote:",
        "Anna Berg schrieb:",
        "Anna Berg ha scritto:",
        "Anna Berg napisał(a):",
        "Анна Берг пишет:",
    ],
)
def test_the_quote_below_is_folded_in_any_language(attribution: str) -> None:
    reply, quoted = split_reply(BELOW.format(attribution=attribution))
    assert reply == "Thank you!"
    assert quoted.endswith("> It is repaired.\n> Anna")
    assert attribution.split("\n")[0] in quoted


@pytest.mark.parametrize(
    "headers",
    [
        "From: Anna Berg <support@desk.example>\nSent: Tuesday, March 3, 2026 10:00\nTo: Carla\nSubject: Printer",
        "*From:* Anna Berg [mailto:support@desk.example]\n*Sent:* Tuesday\n*To:* Carla\n*Subject:* Printer",
        "Von: Anna Berg <support@desk.example>\nGesendet: Dienstag, 3. März 2026 10:00\nAn: Carla\nBetreff: Drucker",
        "De : Anna Berg\nEnvoyé : mardi 3 mars 2026 10:00\nÀ : Carla\nObjet : imprimante",
        "Da: Anna Berg\nInviato: martedì 3 marzo 2026 10:00\nA: Carla\nOggetto: stampante",
        "De: Anna Berg\nEnviado: martes, 3 de marzo de 2026 10:00\nPara: Carla\nAsunto: impresora",
        "Van: Anna Berg\nVerzonden: dinsdag 3 maart 2026 10:00\nAan: Carla\nOnderwerp: printer",
        "Od: Anna Berg\nWysłano: wtorek, 3 marca 2026 10:00\nDo: Carla\nTemat: drukarka",
        "От: Anna Berg\nОтправлено: 3 марта 2026 г. 10:00\nКому: Carla\nТема: принтер",
        "发件人: Anna\n发送时间: 2026年3月3日 10:00\n收件人: Carla\n主题: 打印机",
        "______________________\nFrom: Anna <support@desk.example>\nSent: Tuesday\nTo: Carla\nSubject: Printer",
        "-----Original Message-----\nFrom: Anna\nSent: Tuesday\nTo: Carla\nSubject: Printer",
        "-----Ursprüngliche Nachricht-----\nVon: Anna\nGesendet: Dienstag\nAn: Carla\nBetreff: Drucker",
        "-------- Original message --------\nFrom: Anna <support@desk.example>\nDate: 03/03/2026 10:00 (GMT+01:00)",
        "Date: Tue, 03 Mar 2026 10:00:00 +0100\nFrom: support@desk.example\nTo: carla@acme.example",
    ],
)
def test_copied_headers_begin_the_quote_in_any_language(headers: str) -> None:
    reply, quoted = split_reply(f"Thank you!\n\n{headers}\n\nIt is repaired.\n")
    assert reply == "Thank you!"
    assert quoted.startswith(headers.split("\n")[0])
    assert quoted.endswith("It is repaired.")


def test_a_reply_below_the_quote_is_found() -> None:
    reply, quoted = split_reply("On 3.3.2026 10:00, Anna wrote:\n> Is it on?\n> Anna\n\nYes.\n")
    assert (reply, quoted) == ("Yes.", "On 3.3.2026 10:00, Anna wrote:\n> Is it on?\n> Anna")


def test_answers_between_quotes_keep_the_questions() -> None:
    text = "On 3.3.2026 10:00, Anna wrote:\n> Is it on?\n\nYes.\n\n> Is it warm?\n\nNo.\n\n> Anna\n"
    reply, quoted = split_reply(text)
    assert reply == "> Is it on?\n\nYes.\n\n> Is it warm?\n\nNo."
    assert quoted == "On 3.3.2026 10:00, Anna wrote:\n> Anna"


def test_a_name_that_introduces_the_quote_takes_nothing_above_it_along() -> None:
    reply, quoted = split_reply("Thursday at 12:30 is perfect.\n\nAnna Berg wrote:\n> When?\n")
    assert (reply, quoted) == ("Thursday at 12:30 is perfect.", "Anna Berg wrote:\n> When?")


def test_a_forwarded_mail_is_news() -> None:
    text = "FYI\n\n---------- Forwarded message ---------\nFrom: Dora <dora@acme.example>\nSubject: Fire\n\nIt burns.\n"
    assert split_reply(text) == (text.strip(), "")


@pytest.mark.parametrize(
    "text",
    [
        "Date: 12.3.2026\nTo: Berlin\nFrom: Hamburg\n\nPlease book this train.",
        "From: Carla\nSubject: Printer\n\nMessage Body:\nIt burns.",
        "On Friday he wrote: nothing works.\nWhat now?",
        "I saw this in the log:\n> error 4711\nWhat does it mean?",
        "I tried.\n\nThe machine wrote:\n> error 4711\n\nWhat does it mean?",
        "As the manual of 3.3.2026 says: press the button.\nI did.",
        "> Is it on?",
        "-- \nCarla",
        "Hello\n\n- one\n-- two\n",
        "",
    ],
)
def test_words_that_only_look_like_a_quote_stay(text: str) -> None:
    assert split_reply(text) == (text.strip("\n"), "")


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nCarla Conti\nAcme GmbH",
        "--\nCarla",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Sent from Mail for Windows",
    ],
)
def test_a_signature_is_folded(signature: str) -> None:
    assert split_reply(f"It burns.\n\n{signature}\n") == ("It burns.", signature)


def test_a_sentence_about_where_it_was_sent_from_stays() -> None:
    text = "It burns.\n\nSent from my desk, which is easier than my telephone."
    assert split_reply(text) == (text, "")


LINES = [
    "On 3.3.2026 10:00, Anna wrote:",
    "> quoted",
    ">> twice",
    "From: Anna <a@x.example>",
    "Sent: Tuesday",
    "To: Carla",
    "Subject: x",
    "-----Original Message-----",
    "-- ",
    "Sent from my iPhone",
    "words (https://x.example/",
    "",
    "reply On Wed, Apr 4, 2012 at 3:59 PM, bob@example.com wrote:",
    "---------- Forwarded message ----------",
]


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=25))
def test_no_word_is_ever_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    reply, quoted = split_reply(text)
    assert sorted((reply + "\n" + quoted).split()) == sorted(text.split())
    assert bool(reply.strip()) == bool(text.strip())
