"""The servers as fixtures: each is started once a worker, when the first test asks for it.

What is missing skips its tests and says so; with CI=true it fails them, as a green build must have run everything.
"""

import os
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from helpdesk.demo.mailserver import MailServer
from helpdesk.tests.database.template import shared_folder
from helpdesk.tests.servers import chromium
from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.mailbox import Mailbox
from helpdesk.tests.servers.name_server import NameServer
from helpdesk.tests.servers.postgresql import PostgreSQL, prepared
from helpdesk.tests.servers.redis import Redis
from mailboxes.authentication import dkim_check, dns


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """IMAP and SMTP in this process, with the mailbox `support` (password `sesame`) of support@helpdesk.example."""
    with MailServer({"support": "sesame"}, {"support@helpdesk.example": "support"}) as server:
        yield server


@pytest.fixture
def name_server(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """A name server in this process, which is the one that the helpdesk asks, and waits for on a busy machine."""
    monkeypatch.setattr(dkim_check, "SECONDS", 30.0)
    monkeypatch.setattr(dns, "TRY_SECONDS", 30.0)
    dns._of.cache_clear()  # what one of another test said, which had by chance the same port
    with NameServer() as server:
        settings.DKIM_CHECK = True
        settings.DNS_SERVERS = [server.address]
        yield server


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A Dovecot in which every user name has a mailbox; give each test a name of its own."""
    need(Dovecot.missing())
    with Dovecot() as server:
        yield server


@pytest.fixture(params=["in this process", pytest.param("dovecot", marks=pytest.mark.servers)])
def imap_mailbox(request: pytest.FixtureRequest) -> Mailbox:
    """An empty mailbox, once on the server of this process and once on Dovecot."""
    return Mailbox(request.getfixturevalue("dovecot" if request.param == "dovecot" else "mail_server"))


@pytest.fixture
def dovecot_mailbox(dovecot: Dovecot) -> Mailbox:
    """An empty mailbox on Dovecot."""
    return Mailbox(dovecot)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A PostgreSQL with an empty database; who fills one makes their own."""
    need(PostgreSQL.missing())
    with PostgreSQL(prepared(shared_folder(tmp_path_factory))) as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of an empty Redis."""
    need(Redis.missing())
    with Redis() as server:
        yield server.url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of the browser to drive."""
    need(chromium.missing())
    return chromium.find()


def need(reason: str) -> None:
    """Skip the test for this reason, if there is one; where everything must be there, fail it."""
    if not reason:
        return
    reason += " Run .ci/install-servers."
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line that names what was missing, so that a short green run is not taken for a whole one."""
    reasons = [reason for missing in MISSING if (reason := missing())]
    if reasons:
        terminalreporter.write_line(
            "Some tests did not run. " + " ".join(reasons) + " Run .ci/install-servers.", yellow=True
        )


MISSING = (Dovecot.missing, PostgreSQL.missing, Redis.missing, chromium.missing)
