"""Has a mail the dark ground of the page where its own colours can be read on it, and white anywhere else?"""

import pytest
from django.test import Client

from tickets.models import Ticket
from tickets.tests.conftest import MakeComment

pytestmark = pytest.mark.django_db

READABLE = (
    "<p>No colour.</p>",
    '<p>Best <span style="color:#777">Acme GmbH</span></p>',
    '<p><font color="red">Urgent</font> <a style="color: rgb(150, 168, 255) !important">here</a></p>',
    '<p style="border-color:#000">A line, and words in color: black.</p>',
)
SWALLOWED = (
    '<p style="color:#000">Black.</p>',
    '<p><font color="navy">Navy.</font></p>',
    '<p style="color:#fff">White, on a ground that a style sheet gave.</p>',
    '<p style="color:windowtext">Whatever that is.</p>',
    '<p style="color:#777">Grey, <b style="color:#1f497d">and a blue of Outlook.</b></p>',
    '<p style="background-color:#fff;color:#777">On a ground of its own.</p>',
    '<table bgcolor="#eeeeee"><tr><td>Cell</td></tr></table>',
    "<p>" + '<i style="color:#ccc">x</i>' * 300 + "</p>",
)


def test_a_mail_is_on_white_if_the_dark_would_swallow_its_words(
    as_anna: Client, ticket: Ticket, make_comment: MakeComment
) -> None:
    for html in (*READABLE, *SWALLOWED):
        comment = make_comment(ticket, "A mail", html=html)
        page = as_anna.get(f"/tickets/{ticket.number}/messages/{comment.pk}/body/").content.decode()
        assert ("<html data-plain>" in page) == (html in READABLE), html
