"""An agent answers our notice from any mail program: the customer gets the answer, and nothing of the notice."""

import textwrap
import time
from collections.abc import Callable
from email.message import EmailMessage
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.text.html_to_text import MAIL_STYLE, html_to_text
from mailboxes.parsing import parse
from recipients.models import Customer, OwnAddress, User
from tickets.intake.notice_quotes import Notice, own_words
from tickets.models import Comment, Outbox, Queue, Ticket
from tickets.sender.held_messages import accept_held
from tickets.tests.mails import PASSED, SUPPORT, id_of, mail, reply_to, sent, take

pytestmark = pytest.mark.django_db

CARLA = "Carla Conti <carla@acme.example>"
REQUEST = "Good morning,\n\nthe grinder in our shop does not start.\nCan somebody come on Thursday?\n\nCarla Conti"
ANSWER = "We come at noon."
MORE = "Please keep the shop open until then."
#: From, sent, to, subject; as Outlook and its like put them above what they quote.
LABELS = """
From|Sent|To|Subject; Von|Gesendet|An|Betreff; De|Envoyé|À|Objet; Da|Inviato|A|Oggetto; De|Enviado|Para|Asunto;
De|Enviado|Para|Assunto; Van|Verzonden|Aan|Onderwerp; Från|Skickat|Till|Ämne; Fra|Sendt|Til|Emne;
Lähettäjä|Lähetetty|Vastaanottaja|Aihe; Od|Wysłane|Do|Temat; Od|Odesláno|Komu|Předmět; Od|Odoslané|Komu|Predmet;
Feladó|Elküldve|Címzett|Tárgy; De la|Trimis|Către|Subiect; От|Отправлено|Кому|Тема; Від|Надіслано|Кому|Тема;
От|Изпратено|До|Относно; Од|Послато|За|Наслов; Od|Poslano|Za|Zadeva; Šalje|Poslano|Prima|Predmet;
Από|Στάλθηκε|Προς|Θέμα; Kimden|Gönderildi|Kime|Konu; Saatja|Saadetud|Adressaat|Teema; No|Nosūtīts|Kam|Temats;
Nuo|Išsiųsta|Kam|Tema; Frá|Sent þann|Viðtakandi|Efni; Nork|Bidalia|Nori|Gaia; De|Enviat|Per a|Assumpte;
O|Anfonwyd|At|Pwnc; Ó|Seolta|Chuig|Ábhar; מאת|נשלח|אל|נושא; من|تم الإرسال|إلى|الموضوع; از|ارسال شده|به|موضوع;
प्रेषक|भेजा गया|प्रति|विषय; จาก|ส่ง|ถึง|เรื่อง; Từ|Đã gửi|Đến|Chủ đề; Dari|Dikirim|Kepada|Perihal; 发件人|发送时间|收件人|主题;
寄件者|寄件日期|收件者|主旨;
差出人|送信日時|宛先|件名; 보낸 사람|보낸 날짜|받는 사람|제목; Van|Gestuur|Aan|Ondrwrp; Kwa|Imetumwa|Mpokeaji|Mada
"""
#: With the sender's name and address; as those programs write that mark what they quote with ">".
ATTRIBUTIONS = """
On Sat, 28 Nov 2026 at 12:00, {} wrote:|Am 28.11.26 um 12:00 schrieb {}:|Le sam. 28 nov. 2026 à 12:00, {} a écrit :
Il giorno sab 28 nov 2026 alle ore 12:00 {} ha scritto:|El sáb, 28 nov 2026 a las 12:00, {} escribió:
W dniu 28.11.2026 o 12:00, {} pisze:|28.11.2026 12:00, {} пишет:|2026 m. lapkričio 28 d., šeštadienis 12:00 {} rašė:
Dne 28. 11. 26 v 12:00 {} napsal(a):|{} ezt írta (2026. nov. 28., 12:00):|Στις 28/11/2026 12:00, ο/η {} έγραψε:
28 Kas 2026 Cmt 12:00 tarihinde {} şunu yazdı:|在 2026年11月28日 12:00，{} 写道：|2026年11月28日(土) 12:00 {}:
2026년 11월 28일 12:00, {} 님이 작성:|‫בתאריך 28.11.2026 12:00, {} כתב:‬|Ar 28 Tach 2026 am 12:00, ysgrifennodd {}:
Le 28/11/2026 à 12:00, {} en deus skrivet:|Op za 28 nov. 2026 om 12:00 schreef {}:
"""
SENT = "2026-11-28 12:00"


@pytest.fixture(autouse=True)
def own_address(db: None) -> OwnAddress:
    return OwnAddress.objects.create(address=SUPPORT)


@pytest.fixture
def ticket(queue: Queue, anna: User, carla: Customer) -> Ticket:
    return take(mail(CARLA, "Grinder in the shop", REQUEST)).ticket


def notice(ticket: Ticket) -> Outbox:
    return Outbox.objects.get(ticket=ticket, recipient="anna@helpdesk.example", to_staff=True)


def to_customer(ticket: Ticket) -> list[str]:
    """The texts of the mails that went to people outside."""
    mails = Outbox.objects.filter(ticket=ticket, kind=Outbox.Kind.NEW_MESSAGE).order_by("pk")
    return [each for out in mails for each in (out.text, out.html)]


def with_labels(labels: str, notice: Outbox) -> list[str]:
    who, when, to, about = labels.strip().split("|")
    return [
        f"{who}: Desk <{SUPPORT}>",
        f"{when}: {SENT}",
        f"{to}: Anna Berg <{notice.recipient}>",
        f"{about}: {notice.subject}",
        "",
    ]


def with_line(line: str) -> Callable[[Outbox], list[str]]:
    return lambda _notice: [line.strip().format(f"Desk <{SUPPORT}>"), ""]


def with_block(labels: str) -> Callable[[Outbox], list[str]]:
    return lambda notice: with_labels(labels, notice)


BLOCKS = [with_block(each) for each in LABELS.split(";")]
LINES = [with_line(each) for line in ATTRIBUTIONS.strip().splitlines() for each in line.split("|")]


def as_read(notice: Outbox, form: str) -> list[str]:
    """The notice as a mail program takes it over, from its text or from its HTML."""
    if form == "text":
        return notice.text.splitlines()
    return html_to_text(notice.html.partition("<body")[2].partition(">")[2], MAIL_STYLE).text.splitlines()


def answer_to(notice: Outbox, above: list[str], lines: list[str], place: str) -> str:
    """An answer above the notice, below it, or between its lines, that is one of its own or the message's."""
    if place == "top":
        return "\n".join([ANSWER, "", *above, *lines])
    if place == "bottom":
        return "\n".join([*above, *lines, "", ANSWER])
    at = next(number for number, line in enumerate(lines) if "Thursday" in line) + 1
    if place == "both":
        return "\n".join(["Hello Carla,", "", *above, *lines[:at], "", ANSWER, "", *lines[at:], "", MORE])
    return "\n".join([*above, *lines[:at], "", ANSWER, "", *lines[at:]])


def written(notice: Outbox, text: str, form: str) -> bytes:
    """`text` as Anna's mail program sends it: as it is, or as HTML in one of two manners."""
    message = EmailMessage()
    message["From"], message["To"] = f"Anna Berg <{notice.recipient}>", f"Desk <{SUPPORT}>"
    message["Subject"], message["In-Reply-To"] = f"RE: {notice.subject}", f"<{id_of(notice)}>"
    if form == "plain":
        message.set_content(text)
    elif form == "html":  # with the notice's own HTML below
        body = notice.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
        message.set_content("".join(f"<p>{escape(line)}</p>" for line in text.splitlines()) + body, subtype="html")
    elif form == "divs":
        rows = (f"<div>{escape(line) or '<br>'}</div>" for line in text.splitlines())
        message.set_content("".join(rows), subtype="html")
    else:
        message.set_content("<p>" + escape(text).replace("\n", "<br>\n") + "</p>", subtype="html")
    return message.as_bytes()


PIECES = (
    "anna@helpdesk.example",
    "Anna Berg",
    "/tickets/",
    "goes to the customer",
    "New ticket created",
    "Queue",
    SENT,
)


@pytest.mark.parametrize("language", ["en", "de", "pl"])
def test_nothing_of_a_notice_reaches_a_customer(ticket: Ticket, queue: Queue, language: str) -> None:
    # S22
    Queue.objects.update(language=language, name="Werkstatt Nord")
    out = notice(take(mail(CARLA, "Grinder in the shop", REQUEST)).ticket)
    known = Notice.of(out)
    pieces = {*PIECES, "Werkstatt Nord", out.text.splitlines()[0], out.text.splitlines()[-1]}
    pieces |= {line for line in out.text.splitlines()[-2:] if len(line) > 3}

    @settings(max_examples=60, database=None)
    @given(
        above=st.sampled_from(BLOCKS + LINES),
        source=st.sampled_from(["text", "html"]),
        mark=st.sampled_from(["", "> ", "| "]),
        place=st.sampled_from(["top", "bottom", "between", "both"]),
        form=st.sampled_from(["plain", "divs", "breaks"]),
    )
    def cut(above: Callable[[Outbox], list[str]], source: str, mark: str, place: str, form: str) -> None:
        lines = [f"{mark}{line}".rstrip() for line in as_read(out, source)]
        text = answer_to(out, above(out), lines, place)
        said = own_words(parse(written(out, text, form)), known)
        assert said is not None
        assert not [piece for piece in pieces if piece in said], said
        assert ANSWER in said
        assert place != "both" or (MORE in said and "Hello Carla" in said)
        assert place != "top" or said == ANSWER

    cut()


@pytest.mark.parametrize("labels", ["Nuo|Išsiųsta|Kam|Tema", "Kwa|Imetumwa|Mpokeaji|Mada", "Von|Gesendet|An|Betreff"])
def test_an_agents_answer_goes_out_without_the_notice(ticket: Ticket, labels: str) -> None:
    out = notice(ticket)
    text = "\n".join([ANSWER, "", *with_labels(labels, out), out.text])
    received = reply_to(out, text, subject=f"RE: {out.subject}", verdict=PASSED)
    assert (received.held, received.comment.text) == (False, ANSWER)
    assert "goes to the customer" in received.comment.quoted
    assert sent(ticket, "new_message") == ["carla@acme.example"]
    assert not [each for each in to_customer(ticket) if "anna@helpdesk.example" in each or "Queue" in each]


def test_who_answers_between_the_lines_keeps_the_words_they_answer(ticket: Ticket) -> None:
    out = notice(ticket)
    lines = [f"> {line}".rstrip() for line in out.text.splitlines()]
    text = answer_to(out, [], lines, "between")
    received = reply_to(out, text)
    assert "> Can somebody come on Thursday?\n\nWe come at noon." in received.comment.text
    assert "Support" not in received.comment.text


def test_a_notice_that_was_trimmed_in_any_place_is_cut(ticket: Ticket) -> None:
    out = notice(ticket)
    lines = out.text.splitlines()
    for first in range(1, len(lines)):
        said = own_words(mail(out.recipient, text="\n".join([ANSWER, "", *lines[first:]])), Notice.of(out))
        assert said is not None
        assert said.startswith(ANSWER)
        assert "Queue" not in said
        assert "/tickets/" not in said


@pytest.mark.parametrize("glued", ["{answer} {notice}", "{notice} {answer}", "{answer}\nsee http://desk.example{path}"])
def test_what_cannot_be_told_from_the_notice_is_held(ticket: Ticket, anna: User, glued: str) -> None:
    # S22
    out = notice(ticket)
    flat = " ".join(out.text.split())
    text = glued.format(answer=ANSWER, notice=flat, path=ticket.get_absolute_url())
    received = reply_to(out, text, verdict=PASSED)
    assert (received.held, to_customer(ticket)) == (True, [])
    assert "cannot be told apart from it" in received.reason
    accept_held(received.comment, by=anna)
    received.comment.refresh_from_db()
    assert not received.comment.is_public  # nor does it come to be the customer's
    assert not received.comment.is_rejected


def test_an_answer_with_the_notice_as_a_file_is_held(ticket: Ticket) -> None:
    out = notice(ticket)
    files = {"message.eml": f"Message-ID: <{id_of(out)}>\r\n\r\n{out.text}".encode()}
    assert take(mail(out.recipient, f"Re: {out.subject}", ANSWER, answers=id_of(out), files=files)).held
    assert to_customer(ticket) == []


def test_an_answer_without_words_of_its_own_is_held_unless_it_brings_a_file(ticket: Ticket) -> None:
    out = notice(ticket)
    assert reply_to(out, out.text).held
    files = {"offer.pdf": b"%PDF"}
    received = take(mail(out.recipient, f"Re: {out.subject}", out.text, answers=id_of(out), files=files))
    assert (received.held, received.comment.text) == (False, "")
    assert [each.name for each in Outbox.objects.get(ticket=ticket, kind="new_message").attachments.all()] == [
        "offer.pdf"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Queue\n\nSupport is open until five.",
        "Please write to: support@desk.example",
        "The grinder in our shop is a model of 2019:\nit needs oil at 8:00 on 1.12.2026,\nand rest.",
        "Carla Conti",
    ],
)
def test_what_an_agent_writes_is_not_taken_for_the_notice(ticket: Ticket, text: str) -> None:
    out = notice(ticket)
    quoted = "\n".join(f"> {line}" for line in out.text.splitlines())
    answer = f"{text}\n\nOn Sat, 28 Nov 2026 at 12:00, Desk <{SUPPORT}> wrote:\n{quoted}"
    assert own_words(mail(out.recipient, text=answer), Notice.of(out)) == text
    assert own_words(mail(out.recipient, text=text), Notice.of(out)) == text


@pytest.mark.parametrize("mark", ["", "> "])
@pytest.mark.parametrize(
    "text",
    [
        "Appointment: 3.12.2026, 14:00",
        "Hello Carla,\n\nwe come.\nDate: 3.12.2026\nTime: 14:00 to 16:30\nPlace: your shop",
        "We come at 14:00 on 3.12.2026,\nif you agree.",
    ],
)
def test_what_stands_right_above_a_notice_that_nothing_introduces_is_kept(ticket: Ticket, text: str, mark: str) -> None:
    out = notice(ticket)
    quoted = "\n".join(f"{mark}{line}" for line in out.text.splitlines())
    for between in ("\n", "\n\n"):
        assert own_words(mail(out.recipient, text=f"{text}{between}{quoted}"), Notice.of(out)) == text


@pytest.mark.parametrize("width", [30, 50, 72])
def test_a_notice_whose_lines_were_wrapped_is_cut(ticket: Ticket, width: int) -> None:
    out = notice(ticket)
    for mark, every in (("> ", True), ("> ", False), ("", True)):
        lines = []
        for line in out.text.splitlines():
            parts = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]
            lines += [f"{mark if every or not number else ''}{part}" for number, part in enumerate(parts)]
        text = "\n".join([ANSWER, "", *BLOCKS[40](out), *lines, "", MORE])
        assert own_words(mail(out.recipient, text=text), Notice.of(out)) == f"{ANSWER}\n\n{MORE}"


def test_a_gateways_warning_between_the_labels_and_the_notice_goes_with_them(ticket: Ticket) -> None:
    out = notice(ticket)
    for warning in ("CAUTION: This mail came from outside.", "This mail came from outside of the organisation."):
        text = "\n".join([ANSWER, "", *BLOCKS[40](out), warning, "", out.text])
        assert own_words(mail(out.recipient, text=text), Notice.of(out)) == ANSWER


def test_a_comment_of_a_customer_is_no_agents(ticket: Ticket) -> None:
    received = reply_to(Outbox.objects.get(kind="request_received"), "Thank you.")
    assert received.comment.kind == Comment.Kind.CUSTOMER


@pytest.mark.parametrize("above", [BLOCKS[0], BLOCKS[25], BLOCKS[40], LINES[0], LINES[7]])
@pytest.mark.parametrize("after", ["", "Please keep the shop open until then."])
def test_the_html_of_a_notice_is_cut_as_its_text_is(
    ticket: Ticket, above: Callable[[Outbox], list[str]], after: str
) -> None:
    out = notice(ticket)
    raw = written(out, "\n".join([ANSWER, "", *above(out)]), "html")
    raw = raw.replace(b"</body>", b"") if not after else raw
    said = own_words(parse(raw + f"<p>{after}</p>".encode()), Notice.of(out))
    assert said == "\n\n".join(filter(None, [ANSWER, after]))


def test_notices_of_every_kind_are_cut(ticket: Ticket) -> None:
    reply_to(Outbox.objects.get(kind="request_received"), "It is urgent,\nthe shop opens at nine on Monday.")
    take(mail("Mallory <mallory@evil.example>", f"Re: [#{ticket.number}] Grinder in the shop", "Give me the machine."))
    notices = Outbox.objects.filter(to_staff=True, recipient="anna@helpdesk.example")
    assert {each.kind for each in notices} == {"new_ticket", "customer_replied", "notice"}
    for out in notices:
        for lines in (out.text.splitlines(), as_read(out, "html")):
            text = "\n".join([ANSWER, "", *BLOCKS[40](out), *lines, "", MORE])
            assert own_words(mail(out.recipient, text=text), Notice.of(out)) == f"{ANSWER}\n\n{MORE}", out.kind


def test_a_long_answer_takes_no_time(ticket: Ticket) -> None:
    out = notice(ticket)
    text = "\n".join(f"Line {number} of a long answer about {number * 7} things" for number in range(20_000))
    begun = time.process_time()
    assert own_words(mail(out.recipient, text=f"{text}\n\n{out.text}"), Notice.of(out)) == text
    assert time.process_time() - begun < 2
