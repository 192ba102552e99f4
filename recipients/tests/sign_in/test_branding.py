"""Does the portal say whose it is, in its name, logo and colour, without asking more of the database?"""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from helpdesk.wording.brand import READABLE, VISIBLE, WHITE, Brand, contrast, nearest
from recipients.models import Branding
from recipients.portal import links

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
PAGE, DOOR = "settings:company", "portal_account:sign_in"


def picture(content: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


@pytest.fixture
def saved(as_ada: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Client:
    """Ada's browser, after she has saved the company."""
    values = {"name": "Brightwater <Coffee>", "colour": "#0B5D4E", "picture": picture(PNG)}
    with django_capture_on_commit_callbacks(execute=True):
        assert as_ada.post(reverse(PAGE), values).status_code == 302
    return as_ada


def test_the_door_of_the_portal_shows_name_logo_and_colour(saved: Client, client: Client) -> None:
    html = client.get(reverse(DOOR)).content.decode()
    assert "· Brightwater &lt;Coffee&gt;</title>" in html
    assert f'<img src="{reverse("logo", args=[Branding.load().logo_version])}"' in html
    styles = re.search(r"<style nonce=\"([^\"]+)\">:root { --accent:(.*?)</style>", html)
    assert styles
    assert "--accent-fill:light-dark(#0b5d4e," in styles[2]
    assert "<span>Support</span>" not in html


def test_pages_of_agents_are_the_helpdesks_own(saved: Client) -> None:
    html = saved.get(reverse("tickets:list")).content.decode()
    assert "Brightwater" not in html
    assert "0b5d4e" not in html


def test_no_page_asks_a_query_more(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        client.get(reverse(DOOR))


def test_the_logo_is_served_as_a_picture_and_nothing_else(saved: Client, client: Client) -> None:
    answer = client.get(reverse("logo", args=[Branding.load().logo_version]))
    assert answer.content == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(reverse("logo", args=["another"])).status_code == 404


def test_a_logo_may_be_taken_away_and_is_kept_otherwise(saved: Client) -> None:
    saved.post(reverse(PAGE), {"name": "Brightwater", "colour": ""})
    assert bytes(Branding.load().logo) == PNG
    saved.post(reverse(PAGE), {"name": "Brightwater", "colour": "", "without_logo": "on"})
    assert Branding.load().logo_version == ""


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a PNG, JPEG or WebP image"),
        (b"RIFF0000WAVE", "not a PNG, JPEG or WebP image"),
        (PNG + bytes(200 * 1024), "at most 200.0\xa0KB"),
    ],
)
def test_no_other_file_is_taken_for_a_logo(as_ada: Client, content: bytes, says: str) -> None:
    page = as_ada.post(reverse(PAGE), {"name": "Brightwater", "picture": picture(content)})
    assert says in page.content.decode()
    assert not Branding.objects.exists()


def test_a_colour_on_which_nobody_can_read_is_refused_with_one_that_works(as_ada: Client) -> None:
    page = as_ada.post(reverse(PAGE), {"colour": "#ffcc00"}).content.decode()
    better = nearest("#ffcc00", "#000000", WHITE, READABLE)
    assert "its contrast is 1.5, and 4.5 is needed" in page
    assert better in page
    assert as_ada.post(reverse(PAGE), {"colour": better}).status_code == 302
    assert "Give the colour as #" in as_ada.post(reverse(PAGE), {"colour": "red"}).content.decode()


@pytest.mark.parametrize("colour", ["#000000", "#0b5d4e", "#b00020", "#5b2ca0", "#767676", "#0000ff"])
def test_every_shade_can_be_read_in_the_light_and_in_the_dark(colour: str) -> None:
    tokens = dict(token.split(":", 1) for token in Brand(colour=colour).tokens.rstrip(";").split(";"))
    shades = {name: value.removeprefix("light-dark(").rstrip(")").split(",") for name, value in tokens.items()}
    for number, grounds in enumerate((("#ffffff", "#f6f6f8", "#f1f1f4"), ("#121215", "#19191d", "#222227"))):
        words, soft = shades["--accent"][number], shades["--accent-soft"][number]
        assert min(contrast(words, ground) for ground in (*grounds, soft)) >= READABLE
        fills = (shades["--accent-fill"][number], shades["--accent-fill-hover"][number])
        assert min(contrast(fill, WHITE) for fill in fills) >= READABLE - 0.05
    assert contrast(shades["--accent-fill"][1], "#19191d") >= VISIBLE


def test_the_mail_with_a_link_names_the_company(saved: Client, mailoutbox: list[object]) -> None:
    links._mail("carla@acme.example", "https://x.example/", "en")
    (mail,) = mailoutbox
    assert mail.subject == "Your sign-in link: Brightwater <Coffee>"  # type: ignore[attr-defined]
    assert mail.body.endswith("--\nBrightwater <Coffee>\n")  # type: ignore[attr-defined]
    html = mail.alternatives[0][0]  # type: ignore[attr-defined]
    assert "Brightwater &lt;Coffee&gt;" in html
    assert "#0b5d4e" in html


def test_staff_find_their_door_at_the_foot(client: Client) -> None:
    html = client.get(reverse(DOOR)).content.decode()
    assert html.index("For staff") > html.index("</main>")


def test_no_page_of_the_portal_forgets_its_colour() -> None:
    """A page with a style sheet of its own keeps what the pages below it have."""
    folders = (Path(settings.BASE_DIR) / "templates" / room / "portal" for room in ("recipients", "tickets"))
    for page in (page for folder in folders for page in folder.glob("*.html")):
        text = page.read_text()
        assert page.name == "base.html" or "block extra_css" not in text or "{{ block.super }}" in text, page
