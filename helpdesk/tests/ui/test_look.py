"""Does every page keep to the look: small, without inline code, in the right theme, with errors where they belong?"""

import datetime as dt
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.forms.renderers import TemplatesSetting
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from helpdesk.operations.error_pages import server_error
from helpdesk.rendering.loaders import without_white_space
from helpdesk.templatetags.helpdesk_ui import PAGES, undo_url
from helpdesk.tests.icons import SPRITE, drawn
from helpdesk.ui.markup import avatar, file_icon, icon, relative, relative_text
from recipients.models import User

ROOT = Path(settings.BASE_DIR)
NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)

FORBIDDEN = {
    "an inline style": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "a script without a nonce": re.compile(r"<script(?![^>]*(?:\ssrc=|nonce=|application/json))", re.IGNORECASE),
    "a style element without a nonce": re.compile(r"<style(?![^>]*nonce=)", re.IGNORECASE),
    "another host": re.compile(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE),
}


def page_templates() -> Iterator[Path]:
    """Every template of a page; those of mails have a look of their own."""
    for path in sorted(ROOT.glob("templates/**/*.html")):
        if "emails" not in path.parts:
            yield path


def named(paths: Iterator[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


def test_the_style_sheets_stay_under_18_kilobytes_as_a_browser_fetches_them() -> None:
    """Compressed, as whitenoise serves them: white space that makes them readable costs next to nothing."""
    sheets = list(ROOT.glob("static/css/*.css"))
    assert sheets
    assert sum(len(gzip.compress(path.read_bytes())) for path in sheets) < 18 * 1024


@pytest.mark.parametrize("path", named(page_templates()))
def test_a_template_has_nothing_the_content_security_policy_refuses(path: Path) -> None:
    text = path.read_text()
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", named(page_templates()))
def test_every_icon_that_a_template_names_exists(path: Path) -> None:
    for name in re.findall(r'{%\s*icon "([a-z0-9-]+)"', path.read_text()):
        assert icon(name)


def test_every_icon_of_the_navigation_and_of_files_exists() -> None:
    for name in [picture for _name, _label, picture, _key in PAGES] + [file_icon("image/png"), file_icon(None)]:
        assert icon(name)


def test_the_file_of_icons_has_those_that_templates_name_as_lucide_draws_them() -> None:
    named = (re.findall(r'{%\s*icon "([a-z0-9-]+)"', path.read_text()) for path in page_templates())
    wanted = {name for names in named for name in names}
    kept = set(SPRITE.read_text().splitlines())
    missing = set(drawn(wanted).splitlines()) - kept
    assert missing == set(), "python -m helpdesk.tests.icons"


def test_an_icon_that_is_not_in_the_file_is_drawn_where_it_stands() -> None:
    assert icon("inbox") == '<svg aria-hidden="true"><use href="/static/icons.svg#inbox"/></svg>'
    assert '<path d="' in icon("anchor", label="At sea")
    assert 'role="img" aria-label="At sea"' in icon("anchor", label="At sea")


def test_templates_lose_white_space_that_nobody_sees() -> None:
    source = """<ul>
      {% for each in all %}
        <li>{{ each }}
            and
          <b>more</b></li>
      {% endfor %}
      none
      {% if other %}of them{% endif %}
    </ul>
    {% blocktranslate %}
      Two
      lines
    {% endblocktranslate %}
    <pre>
      as it is
    </pre>"""
    compact = without_white_space(source)
    assert compact.startswith("<ul>{% for each in all %}\n<li>{{ each }}\nand\n<b>more</b></li>{% endfor %}\nnone\n")
    assert "\nnone\n{% if other %}of them{% endif %}\n</ul>\n" in compact
    assert "{% blocktranslate %}\n      Two\n      lines\n    {% endblocktranslate %}" in compact
    assert compact.endswith("<pre>\n      as it is\n    </pre>")


def test_a_select_is_written_as_django_does_it() -> None:
    class Choosing(forms.Form):
        one = forms.ChoiceField(choices=[("", "---------"), ("a&b", "A & B"), ("Group", [(1, "One"), (2, "<Two>")])])

    form = Choosing({"<x>-one": "2"}, prefix="<x>")
    ours = str(form["one"])
    form.renderer = TemplatesSetting()
    theirs = re.sub(r"\s+(?=<)", "", str(form["one"]))
    assert ours == theirs
    assert '<option value="2" selected>&lt;Two&gt;</option>' in ours


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (dt.timedelta(seconds=59), "just now"),
        (dt.timedelta(seconds=60), "1 minute ago"),
        (dt.timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (dt.timedelta(hours=23, minutes=59), "23 hours ago"),
        (dt.timedelta(days=1), "1 day ago"),
        (dt.timedelta(days=6, hours=23), "6 days ago"),
        (dt.timedelta(days=7), "23 Feb 2026"),
        (-dt.timedelta(hours=2, minutes=30), "in 2 hours"),
        (-dt.timedelta(days=3), "in 3 days"),
    ],
)
def test_a_time_is_told_by_its_distance_and_by_its_date_after_a_week(distance: dt.timedelta, words: str) -> None:
    assert relative_text(NOW - distance, NOW) == words


def test_a_relative_time_knows_the_exact_one_in_the_zone_of_the_reader() -> None:
    with timezone.override("Europe/Rome"):
        html = str(relative(NOW))
    assert 'datetime="2026-03-02T13:00+01:00"' in html
    assert relative(None) == ""


def test_a_name_is_escaped_in_its_avatar_and_keeps_its_colour() -> None:
    assert "<b" not in avatar("a <b>")
    assert avatar("Anna Berg") == avatar("Anna Berg")
    assert ">AB<" in avatar("Anna Berg")
    assert ">?<" in avatar("")


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_undo_never_leads_to_another_host(address: str) -> None:
    assert undo_url(f"safe undo={address}") == ""
    assert undo_url("safe undo=/recipients/4/unban/") == "/recipients/4/unban/"
    assert undo_url(None) == ""


class Example(forms.Form):
    address = forms.EmailField(help_text="Where mail comes in.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    note = forms.CharField(required=False)
    token = forms.CharField(widget=forms.HiddenInput)


def test_a_form_names_its_errors_at_the_top_and_at_each_field() -> None:
    html = Example({"address": "anna", "note": "kept"}).render()
    assert '<a href="#id_address">Address</a>: Enter a valid email address.' in html
    assert '<a href="#id_kind_0">Kind</a>' in html
    assert "Token: This field is required." in html
    assert 'aria-describedby="id_address_helptext id_address_error"' in html
    assert 'id="id_address_error"' in html
    assert 'id="id_address_helptext"' in html
    assert 'value="kept"' in html


def test_a_form_without_errors_has_no_summary_and_marks_what_is_optional() -> None:
    html = Example().render()
    assert "error-summary" not in html
    assert html.count('class="optional"') == 1


def test_the_navigation_marks_the_page_that_one_is_in(ada: User) -> None:
    source = """{% load helpdesk_ui %}{% main_navigation as links %}
        {% for link in links %}{{ link.url }}{% if link.current %}*{% endif %} {% endfor %}"""
    request = RequestFactory().get("/mail/outbox/7/")
    request.user = ada
    links = Template(source).render(Context({"request": request})).split()
    assert links == ["/tickets/", "/recipients/", "/customers/", "/mail/log/", "/mail/outbox/*", "/settings/"]


@pytest.mark.urls("helpdesk.tests.ui.look_urls")
@pytest.mark.parametrize(
    ("cookie", "attribute"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ('"><b>', "")]
)
def test_the_server_renders_the_chosen_theme(client: Client, cookie: str, attribute: str) -> None:
    client.cookies["theme"] = cookie
    assert f'<html lang="en"{attribute}>' in client.get("/styleguide/").content.decode()


@pytest.mark.django_db
def test_a_page_that_does_not_exist_says_so_in_our_look(client: Client) -> None:
    response = client.get("/there/is/nothing/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_the_page_of_a_crash_needs_neither_database_nor_user() -> None:
    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "No mail is lost" in response.content.decode()
