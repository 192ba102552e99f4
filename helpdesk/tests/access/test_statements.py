"""Does any page ask the database once for each row that it lists?"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.tests.access.doors import paths
from helpdesk.tests.access.rows import fill
from recipients.models import User

FEW, MANY = 2, 40
#: Pages without an argument in their address, that only read.
PAGES = sorted({path for path in paths() if not {"1", "x", "1-x"} & set(path.split("/"))})
LEFT_OUT = ("/accounts/", "/admin/", "/healthz", "/metrics", "/readyz", "/portal/", "/settings/mailboxes/sign-in/")


def asked(browser: Client, path: str) -> list[str]:
    """The statements of a page that opens, [] for one that does not; the caches are warm."""
    if browser.get(path).status_code != 200:
        return []
    with CaptureQueriesContext(connection) as captured:
        browser.get(path)
    return [query["sql"] for query in captured]


@pytest.mark.django_db
def test_no_page_asks_more_of_more_rows(superuser: User) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(superuser, backend="allauth.account.auth_backends.AuthenticationBackend")
    pages = [path for path in PAGES if not path.startswith(LEFT_OUT)]
    assert {"tickets.Ticket", "recipients.Customer", "mailboxes.InboundEmail"} <= fill(FEW)
    few = {path: asked(browser, path) for path in pages}
    assert {"tickets.Ticket", "recipients.Customer", "mailboxes.InboundEmail"} <= fill(MANY - FEW)
    many = {path: asked(browser, path) for path in pages if few[path]}
    assert {"/tickets/", "/recipients/", "/customers/", "/mail/log/", "/mail/outbox/", "/settings/users/"} <= set(many)
    grown = {path: (len(few[path]), len(many[path])) for path in many if len(many[path]) > len(few[path])}
    assert grown == {}
