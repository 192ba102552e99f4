"""How mails are worded: in five languages, escaped, and within bounds."""

from pathlib import Path

import pytest
from django.conf import settings
from liquid.exceptions import LiquidError

from helpdesk.wording import liquid
from helpdesk.wording.liquid import render_mail, safe
from tickets.models import Outbox

NAMES = ["request_received", "new_ticket", "new_message", "customer_replied", "notice", "verification"]
LANGUAGES = [code for code, _name in settings.LANGUAGES]
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
    folder = Path(settings.BASE_DIR) / "templates" / "emails" / language
    assert all((folder / f"{name}.{part}").exists() for part in ("subject", "txt", "html"))
    words = render_mail(name, language, VALUES)
    assert words.subject.startswith("[#7] ")
    assert "\n" not in words.subject
    assert "{{" not in words.subject + words.text + words.html
    assert "\n\n\n" not in words.text


def test_the_names_are_those_of_the_outbox() -> None:
    assert set(NAMES) <= set(Outbox.Kind.values)


def test_values_are_escaped_in_html_and_written_as_they_are_in_text() -> None:
    words = render_mail("new_ticket", "en", VALUES)
    assert "&lt;i&gt;C&lt;/i&gt;" in words.html
    assert "<i>C</i>" in words.text
    assert "<p" in words.html
    assert words.subject == "[#7] New ticket created: A <b>"


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
