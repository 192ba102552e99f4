"""Law: what the text calls quoted is what the page folds, whichever program and language the mail was written in."""

import re
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.tests.corpus import Case, cases
from mailboxes.parsing import Kind, ParsedEmail
from mailboxes.tests.parsing.mails import multipart, parsed, read
from mailboxes.tests.parsing.quotes.styles import ATTRIBUTIONS, LABELS, copied_headers

ANSWER = "Thursday at nine is fine."
ASKED = "Shall we come on Thursday?"
HTML = "text/html; charset=utf-8"
VOID = {"br", "hr", "img", "col", "wbr"}


def open_words(email: ParsedEmail) -> list[str]:
    """The words that the page shows at once."""
    return _words(re.sub(r"<details>.*?</details>", " ", email.html, flags=re.DOTALL))


def folded_words(email: ParsedEmail) -> list[str]:
    """The words that it folds."""
    return _words(" ".join(re.findall(r"<details>(.*?)</details>", email.html, flags=re.DOTALL)))


def _words(html: str) -> list[str]:
    blocks = re.sub(r"</?(?:p|div|br|blockquote|hr|li|tr|td|table|details|pre)\b[^>]*>", " ", html)
    return re.findall(r"\w+", unescape(re.sub(r"<[^>]*>", "", blocks)))


def is_well_formed(html: str) -> bool:
    opened: list[str] = []
    for closes, name in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", html):
        if name in VOID:
            continue
        if not closes:
            opened.append(name)
        elif not opened or opened.pop() != name:
            return False
    return not opened


def assert_divided(email: ParsedEmail, answer: str = ANSWER, asked: str = ASKED) -> None:
    """The answer is new, the question quoted, in the text and in the HTML."""
    assert email.reply == answer
    assert asked in email.quoted
    assert open_words(email) == re.findall(r"\w+", answer)
    assert set(re.findall(r"\w+", asked)) <= set(folded_words(email))
    assert is_well_formed(email.html)


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_a_quote_below_its_attribution_is_folded(language: str) -> None:
    line = ATTRIBUTIONS[language]
    html = f"<div>{ANSWER}</div><br><div>{escape(line)}<br></div><blockquote><div>{ASKED}</div></blockquote>"
    text = f"{ANSWER}\n\n{line}\n\n> {ASKED}\n"
    assert_divided(read(html, Content_Type=HTML, In_Reply_To="<1@x>"))
    alone = read(text, Content_Type="text/plain; charset=utf-8", In_Reply_To="<1@x>")
    assert (alone.reply, alone.quoted.split("\n")[0]) == (ANSWER, line)
    parts = (f"Content-Type: text/plain; charset=utf-8\n\n{text}", f"Content-Type: {HTML}\n\n{html}")
    assert_divided(parsed(multipart(*parts, subtype="alternative", In_Reply_To="<1@x>")))


def outlook(lines: list[str]) -> str:
    """Desktop: a bordered block of one paragraph."""
    bold = "<br>".join(
        f"<b>{label}:</b> {escape(value)}" for label, _, value in (line.partition(": ") for line in lines)
    )
    return (
        f'<div class="WordSection1"><p class="MsoNormal">{ANSWER}</p><p class="MsoNormal">&nbsp;</p>'
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{bold}</p></div></div><p class="MsoNormal">{ASKED}</p></div>'
    )


def outlook_new(lines: list[str]) -> str:
    """New Outlook, Outlook on the web and on telephones: a rule and a block."""
    bold = "<br>".join(
        f"<b>{label}:</b> {escape(value)}" for label, _, value in (line.partition(": ") for line in lines)
    )
    return (
        f'<div class="elementToProof">{ANSWER}</div><div id="appendonsend"></div>'
        '<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
        f'<font face="Calibri, sans-serif">{bold}</font><div>&nbsp;</div></div><div>{ASKED}</div>'
    )


def gmx(lines: list[str]) -> str:
    """GMX and web.de: the date first, in a bordered block."""
    order = [lines[1], lines[0], *lines[2:]]
    bold = "<br/>\n".join(
        f"<b>{label}:</b>&nbsp;{escape(value)}" for label, _, value in (line.partition(": ") for line in order)
    )
    return (
        f'<div style="font-family: Verdana;"><div>{ANSWER}</div><div>&nbsp;<div style="margin: 10px 5px 5px 10px;'
        f' border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;">{bold}</div><div>{ASKED}</div></div></div>'
        "</div>"
    )


def tabular(lines: list[str]) -> str:
    """Notes and old webmail: labels and values in the cells of a table."""
    rows = "".join(
        f"<tr><td>{label}:</td><td>{escape(value)}</td></tr>"
        for label, _, value in (line.partition(": ") for line in lines)
    )
    return f"<p>{ANSWER}</p><hr><table>{rows}</table><p>{ASKED}</p>"


@pytest.mark.parametrize("program", [outlook, outlook_new, gmx, tabular], ids=lambda program: program.__name__)
@pytest.mark.parametrize("language", LABELS)
def test_a_quote_below_copied_headers_is_folded(language: str, program: object) -> None:
    lines = copied_headers(LABELS[language])
    assert_divided(read(program(lines), Content_Type=HTML, In_Reply_To="<1@x>"))  # type: ignore[operator]
    text = "\n".join([ANSWER, "", "________________________________", *lines, "", ASKED])
    assert read(text, Content_Type="text/plain; charset=utf-8", In_Reply_To="<1@x>").reply == ANSWER


@pytest.mark.parametrize(
    "quote",
    [
        f'<div class="gmail_quote"><div>ქ 27, {ASKED}</div></div>',
        f'<div class="gmail_quote"><div dir="ltr">X</div><blockquote class="gmail_quote">{ASKED}</blockquote></div>',
        f'<div id="yahoo_quoted_1" class="yahoo_quoted"><div>{ASKED}</div></div>',
        f'<div class="protonmail_quote">{ASKED}</div>',
        f'<blockquote type="cite">{ASKED}</blockquote>',
    ],
)
def test_a_program_that_marks_its_quote_needs_no_words(quote: str) -> None:
    assert_divided(read(f"<div>{ANSWER}</div>{quote}", Content_Type=HTML, In_Reply_To="<1@x>"))


@pytest.mark.parametrize(
    "block",
    [
        '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">{}</blockquote>',
        '<blockquote style="margin: 0 0 0 40px; border: none; padding: 0px;">{}</blockquote>',
        "<blockquote>{}</blockquote>",
        '<blockquote type="cite">{}</blockquote>',
        '<blockquote style="border-left:2px solid #ccc">{}</blockquote>',
    ],
)
@pytest.mark.parametrize("after", ["", "<div>Best, Maya</div>"])
def test_an_indented_block_of_a_mail_that_answers_nothing_is_text(block: str, after: str) -> None:
    details = "".join(f"<div>Serial number {number}</div>" for number in range(6))
    email = read(f"<div>The details:</div>{block.format(details)}{after}", Content_Type=HTML)
    assert "<details>" not in email.html
    assert (email.quoted, email.reply.count("Serial number")) == ("", 6)


def test_an_indented_block_of_an_answer_is_text_and_the_quote_below_is_not() -> None:
    indented = '<blockquote style="margin:0 0 0 40px;border:none;padding:0px"><div>KX-2231-77</div></blockquote>'
    line = escape(ATTRIBUTIONS["en"])
    html = f"<div>The number:</div>{indented}<div>{line}</div><blockquote>{ASKED}</blockquote>"
    email = read(html, Content_Type=HTML, In_Reply_To="<1@x>")
    assert open_words(email) == ["The", "number", "KX", "2231", "77"]
    assert ASKED in email.quoted


def test_a_few_quoted_lines_of_a_text_that_answers_nothing_are_text() -> None:
    text = "The log says:\n\n> error 1\n> error 2\n> error 3\n> error 4\n"
    assert read(text).reply == text.strip()
    assert read(f"Hi\n\n{text}", In_Reply_To="<1@x>").quoted != ""


@pytest.mark.parametrize("start", ["Fwd: ", "WG: ", "[EXTERNAL] FW: "])
def test_a_forwarded_mail_is_open(start: str) -> None:
    email = read(outlook(copied_headers(LABELS["en"])), Content_Type=HTML, Subject=f"{start}Printer")
    assert "<details>" not in email.html
    assert ASKED in email.reply


def test_answers_between_quotes_stay_open_with_their_questions() -> None:
    html = (
        f"<div>{escape(ATTRIBUTIONS['en'])}</div><blockquote>Is it on?</blockquote><div>Yes.</div>"
        "<blockquote>Is it warm?</blockquote><div>No.</div><blockquote>Anna</blockquote>"
    )
    email = read(html, Content_Type=HTML, In_Reply_To="<1@x>")
    assert open_words(email) == ["Is", "it", "on", "Yes", "Is", "it", "warm", "No"]
    assert "Anna" in folded_words(email)


def test_an_answer_below_the_quote_is_open_and_the_quote_is_folded() -> None:
    html = f"<div>{escape(ATTRIBUTIONS['en'])}</div><blockquote>{ASKED}</blockquote><p>{ANSWER}</p>"
    assert_divided(read(html, Content_Type=HTML, In_Reply_To="<1@x>"))


@pytest.mark.parametrize(
    "html",
    [
        f"<table><tr><td><p>{ANSWER}</p>QUOTE</td></tr></table>",
        f"<div><div><font color=red>{ANSWER}<br>QUOTE</font></div></div>",
        f"<ul><li>{ANSWER}</li></ul>QUOTE",
        f"<p>{ANSWER}<p>QUOTE",
        f"{ANSWER}<br><br>QUOTE",
        f"<pre>{ANSWER}\n\n</pre>QUOTE",
        f"<b>{ANSWER} QUOTE</b>",
    ],
)
def test_the_html_stays_well_formed_wherever_the_quote_begins(html: str) -> None:
    quote = f"<div>{escape(ATTRIBUTIONS['en'])}</div><blockquote><p>{ASKED}</p></blockquote>"
    email = read(html.replace("QUOTE", quote), Content_Type=HTML, In_Reply_To="<1@x>")
    assert open_words(email) == re.findall(r"\w+", ANSWER)
    assert ASKED in email.quoted
    assert is_well_formed(email.html)


def test_a_picture_above_the_quote_stays_open() -> None:
    html = (
        f'<p>{ANSWER}</p><img src="cid:a@x"><hr><div>{escape(ATTRIBUTIONS["en"])}</div><blockquote>{ASKED}</blockquote>'
    )
    email = read(html, Content_Type=HTML, In_Reply_To="<1@x>")
    assert email.html.index("<img") < email.html.index("<details>") < email.html.index("<hr")


def test_nothing_but_a_quote_stays_open() -> None:
    email = read(f"<blockquote>{ASKED}</blockquote>", Content_Type=HTML, In_Reply_To="<1@x>")
    assert ("<details>" in email.html, email.reply) == (False, f"> {ASKED}")


def test_a_rule_above_a_signature_is_no_reply() -> None:
    html = '<div class="gmail_quote"><p>-- </p><p>-- </p><div>new</div>'
    assert (read(html, Content_Type=HTML).reply, read("👍\n\n> a\n> b\n> c\n", In_Reply_To="<1@x>").reply) == (
        "--\n\n--\n\nnew",
        "👍",
    )


def test_a_sender_cannot_fold_anything() -> None:
    email = read(f"<p>{ANSWER}</p><details><summary>x</summary><p>{ASKED}</p></details>", Content_Type=HTML)
    assert "<details>" not in email.html


def test_a_signature_that_the_text_folds_is_folded_in_the_html() -> None:
    parts = (
        "Content-Type: text/plain\n\nIt burns.\n\n-- \nCarla Conti\nAcme GmbH\n",
        "Content-Type: text/html\n\n<p>It burns.</p><p>-- <br>Carla Conti<br>Acme GmbH</p>",
    )
    email = parsed(multipart(*parts, subtype="alternative"))
    assert (email.reply, open_words(email)) == ("It burns.", ["It", "burns"])


BLOCKS = [
    *("<div>new</div>", "<p>more</p>", "<br>", "<blockquote>old</blockquote>", "<ul><li>one</li></ul>", "<hr>"),
    *(
        f"<div>{escape(ATTRIBUTIONS['de'])}</div>",
        "<div>From: A <a@x.example></div>",
        "<div>Sent: 3.3.2026 10:00</div>",
    ),
    *("<div>To: b@x.example</div>", "<div>Subject: s</div>", "<table><tr><td>cell</td></tr></table>", "<b>", "</div>"),
    *('<div class="gmail_quote">', "</blockquote>", "<p>-- </p>", "<pre>a\n> b\n</pre>", "<img src='cid:a@x'>", "text"),
]


@given(st.lists(st.sampled_from(BLOCKS), max_size=14), st.booleans())
def test_no_word_is_lost_and_what_is_quoted_is_folded(blocks: list[str], answers: bool) -> None:
    email = read("".join(blocks), Content_Type=HTML, In_Reply_To="<1@x>" if answers else None)
    assert is_well_formed(email.html)
    assert sorted(open_words(email) + folded_words(email)) == sorted(_words(email.html))
    assert sorted((email.reply + "\n" + email.quoted).split()) == sorted(email.text.split())
    if folded_words(email):
        assert email.quoted
    if re.search(r"\w", email.quoted):
        assert folded_words(email)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_what_is_quoted_is_folded_in_every_mail_of_the_corpus(case: Case) -> None:
    email = parsed(case.raw)
    assert is_well_formed(email.html)
    if email.kind is Kind.MESSAGE and email.html:
        assert folded_words(email) or not re.search(r"\w", email.quoted), email.quoted
