"""Is about as much room set aside for a mail as it will need, and never without bound?"""

import re

import pytest
from django.test import Client

from tickets.models import Ticket
from tickets.tests.conftest import MakeComment

pytestmark = pytest.mark.django_db

#: HTML, and the pixels that Chromium gave it in a frame of 770 pixels, within a fourth.
MAILS = (
    ("<p>Hello.</p>", 55),
    ("<p>Hello.</p><p>We have a question.</p><p>Kind regards<br>Carla</p>", 175),
    ('<p>Look:</p><p><img src="cid:plan" height="200"></p>', 270),
    ('<p>Look:</p><img data-remote-src="https://x.example/" height="900">', 55),
    ("<p>Yes.</p><details><blockquote>" + "<p>Line</p>" * 40 + "</blockquote></details>", 80),
    ("<p>" + "word " * 180 + "</p>", 290),
    ("<div>Line</div>" * 5000, 2000),
    ('<img src="cid:plan" height="9999">' * 50, 2000),
)


def test_the_room_for_a_mail_follows_its_paragraphs_and_pictures(
    as_anna: Client, ticket: Ticket, make_comment: MakeComment
) -> None:
    for html, needed in MAILS:
        comment = make_comment(ticket, "A mail", html=html)
        page = as_anna.get(f"/tickets/{ticket.number}/").content.decode()
        found = re.search(rf'name="mail-{comment.pk}" height="(\d+)"', page)
        assert found
        assert abs(int(found[1]) - needed) <= needed / 4, html[:60]
        comment.delete()
