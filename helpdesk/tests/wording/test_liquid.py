"""How mails are worded: in five languages, escaped, and within bounds."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from liquid.exceptions import LiquidError

from helpdesk.wording import liquid
from helpdesk.wording.faults import explained
from helpdesk.wording.liquid import render_mail, render_source, render_text, safe, trouble
from tickets.models import Outbox

EMAILS = Path(settings.BASE_DIR) / "templates" / "emails"
LANGUAGES = [code for code, _name in settings.LANGUAGES]
TEMPLATES = sorted(path.name for path in (EMAILS / "en").iterdir())
#: Of every mail; the rest is a text that agents change before they send it.
NAMES = sorted(name.removesuffix(".subject") for name in TEMPLATES if name.endswith(".subject"))
ABOUT_TICKETS = ["request_received", "new_ticket", "new_message", "customer_replied", "notice", "verification"]
VALUES = {
    "ticket": {
        "number": 7,
        "tag": "[#7]",
        "subject": "A <b>",
        "opened_at": "today",
        "queue": "Q",
        "customer": "",
        "url": "U",
    },
    "message": {
        "author": "<i>C</i>",
        "address": "c@x.example",
        "text": "x < y",
        "html": safe("<p>x</p>"),
        "files": ["f"],
    },
    "agent": {"name": "Anna", "signature": ""},
    "quote": {"author": "C", "written_at": "then", "text": "a\n\nb", "html": safe("<p>a</p>")},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_mail_is_worded_in_every_language(name: str, language: str) -> None:
    assert all((EMAILS / language / f"{name}.{part}").exists() for part in ("subject", "txt", "html"))
    mail = render_mail(name, language, VALUES)
    assert mail.subject
    assert "\n" not in mail.subject
    assert "{{" not in mail.subject + mail.text + mail.html
    assert "\n\n\n" not in mail.text
    assert f'<html lang="{language}"' in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_language_says_the_same(name: str, language: str) -> None:
    """The same values, in the same number, under the same conditions."""

    def marks(language: str) -> list[str]:
        return sorted(re.findall(r"{[{%].*?[%}]}", (EMAILS / language / name).read_text("utf-8")))

    assert marks(language) == marks("en")


def test_the_text_that_agents_change_is_plain_and_in_their_language() -> None:
    text = render_text("primary_request", "de", VALUES | {"address": "c…@x.example"})
    assert text.startswith("Guten Tag,")
    assert "c…@x.example" in text
    assert "[#7]" in text


def test_mails_about_a_ticket_begin_with_its_tag() -> None:
    assert set(Outbox.Kind.values) <= set(NAMES)
    for name in ABOUT_TICKETS:
        assert render_mail(name, "en", VALUES).subject.startswith("[#7] ")


def test_values_are_escaped_in_html_and_written_as_they_are_in_text() -> None:
    mail = render_mail("new_ticket", "en", VALUES)
    assert "&lt;i&gt;C&lt;/i&gt;" in mail.html
    assert "<i>C</i>" in mail.text
    assert "<p" in mail.html
    assert mail.subject == "[#7] New ticket created: A <b>"


def test_a_subject_is_one_line_whatever_is_put_into_it() -> None:
    ticket = VALUES["ticket"] | {"subject": "A\r\nBcc: x@evil.example"}
    assert render_mail("new_message", "en", VALUES | {"ticket": ticket}).subject == "[#7] A Bcc: x@evil.example"


def test_a_quote_has_its_mark_on_every_line() -> None:
    assert "> a\n>\n> b" in render_mail("new_message", "en", VALUES).text


def test_an_unknown_language_is_answered_in_english() -> None:
    assert render_mail("new_ticket", "xx", VALUES).text == render_mail("new_ticket", "en", VALUES).text


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in (1..100000) %}x{% endfor %}",
        "{% for a in (1..1000) %}{% for b in (1..1000) %}x{% endfor %}{% endfor %}",
        "{% for a in (1..1900) %}{{ big }}{% endfor %}",
        "{% assign x = big %}{% for a in (1..30) %}{% assign x = x | append: x %}{% endfor %}",
        "{% if a %}" * 30 + "{% endif %}" * 30,
    ],
)
def test_a_template_stays_within_its_bounds(source: str) -> None:
    with pytest.raises(LiquidError):
        liquid._PLAIN.from_string(source).render(big="x" * 10_000)


def test_a_template_stops_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liquid, "MOST_SECONDS", -1)
    with pytest.raises(LiquidError, match="time"):
        liquid._PLAIN.from_string("{{ a }}").render(a="x")
    with pytest.raises(LiquidError, match="time"):
        liquid._PLAIN.from_string("{{ 'a' | upcase }}").render()


@pytest.mark.parametrize(
    "source",
    [
        "{% assign x = '" + "a" * 200 + "' %}{{ x | replace: 'a', x | replace: 'a', x | replace: 'a', x | size }}",
        "{% assign x = '" + "ab" * 2000 + "' %}{{ x | split: '' | join: x | size }}",
        "{{ (1..2000000) | join: 'a' }}",
        "{{ 'a' | append: 'b' | split: (1..2000000) }}",
        "{% if (1..2000000) contains 'x' %}{% endif %}",
        "{% if a %}{% else %}{% assign r = (1..2000000) %}{% endif %}",
        "{% for n in (1..2) %}{% case 1 %}{% when (1..3) %}{% endcase %}{% endfor %}",
        "{{ 'a' | replace: 'a', '" + "b" * 3000 + "' | replace: 'b', '" + "c" * 3000 + "' }}",
    ],
    ids=["replaced", "joined", "range", "argument", "contains", "assigned", "when", "twice"],
)
def test_a_small_text_of_a_person_makes_no_large_one(source: str) -> None:
    with pytest.raises(LiquidError, match=r"text limit|range"):
        render_source(source, {}, html=True)


@pytest.mark.parametrize(
    "source",
    [
        "{{ subject | floor }}",
        "{{ 'nan' | round }}",
        "{{ '99999999999999999' | date: '%d' }}",
        "{{ -1.5 | plus: true }}",
        "{{ 1" + " | times: 99999999999999999999" * 300 + " }}",
    ],
    ids=["floor", "round", "date", "plus", "times"],
)
def test_whatever_a_filter_stumbles_over_a_text_is_broken_and_nothing_else(source: str) -> None:
    with pytest.raises(LiquidError):
        render_source(source, {"subject": "1e400"}, html=False)


def test_a_loop_may_count() -> None:
    assert render_source("{% for n in (1..3) %}{{ n }}{% endfor %}", {}, html=False) == "123"


WRONG = {
    "{{ a": "1:0: its brackets are not closed",
    "{% if a": "1:0: its brackets are not closed",
    "a\n{{ a | foo }}": "2:7: there is no filter “foo”",
    "{% foo %}": "1:3: there is no tag “foo”",
    "{% endif %}": "1:3: “endif” has no beginning",
    "{% if a %}": "“endif” is missing",
    "{% comment %}": "1:3: “comment” is not closed",
    "{% if %}x{% endif %}": "1:3: something is missing between the brackets",
    "{{ }}": "something is missing between the brackets",
    "{{ a b }}": "1:5: something between the brackets does not belong there",
    "{{ a | replace }}": "1:7: a filter cannot use the value it is given",
    "{{ 'x' | divided_by: 0 }}": "1:9: a filter cannot use the value it is given",
    "{% render 'x' %}": "1:10: other texts cannot be included",
    "{% for n in (1..9999) %}{{ n }}{% endfor %}": "1:3: it would become too long, or take too long",
    "{{ (1..9) }}": "1:3: a range of numbers works only in loops",
}


@pytest.mark.parametrize(("source", "said"), WRONG.items())
def test_what_is_wrong_is_said_in_the_language_of_the_page(source: str, said: str) -> None:
    assert trouble(source) == said
    _where, _colon, words = said.rpartition(": ")
    with translation.override("de"):
        assert words not in trouble(source)
        assert trouble(source).startswith(said.removesuffix(words))


def test_the_words_of_the_parser_stand_where_none_of_ours_fit() -> None:
    assert explained(LiquidError("brand new", token=None)) == "brand new"
