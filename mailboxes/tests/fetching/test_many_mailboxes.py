"""Four workers take in twenty mailboxes that are asked for twice: each mail once, and no mailbox by two at a time."""

import re
import subprocess
import sys
import time
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

import pytest
from django.conf import settings

from helpdesk.tests.servers.dovecot import Dovecot
from helpdesk.tests.servers.mailbox import mail
from helpdesk.tests.servers.rude import Proxy
from mailboxes.tests.house import House

pytestmark = pytest.mark.servers
MAILBOXES, MAILS = 20, 2
SET_UP = """
from mailboxes.models import Mailbox, save_with_address
from mailboxes.tasks import fetch_mailbox
from tickets.models import Queue

queue = Queue.objects.create(name="Support", is_default=True)
for number, port in enumerate({ports}):
    mailbox = Mailbox(name=f"Box {{number}}", imap_host="127.0.0.1", imap_port=port, imap_security="plain",
        imap_username=f"many{{number}}", imap_password="sesame", take_in="all")
    save_with_address(mailbox, f"support{{number}}@helpdesk.example", queue)
for mailbox in Mailbox.objects.order_by("pk"):
    fetch_mailbox.delay(mailbox.pk)  # of two workers that begin at once one gives way
    fetch_mailbox.delay(mailbox.pk)
"""


def test_each_mail_comes_in_once_and_no_mailbox_is_fetched_twice_at_a_time(
    house: House, dovecot: Dovecot, redis_url: str, tmp_path: Path
) -> None:
    environment = house.environment | {"CELERY_BROKER_URL": redis_url}
    for number in range(MAILBOXES):
        for turn in range(MAILS):
            dovecot.deliver(f"many{number}", mail(f"Mail {number}-{turn}"))
    with ExitStack() as lines:
        proxies = [lines.enter_context(Proxy(dovecot.port)) for _number in range(MAILBOXES)]
        set_up = [sys.executable, "manage.py", "shell", "-c", SET_UP.format(ports=[each.port for each in proxies])]
        subprocess.run(set_up, cwd=settings.BASE_DIR, env=environment, check=True)
        celery = [sys.executable, "-m", "celery", "-A", "helpdesk", "worker", "-Q", "fetching", "--concurrency", "4"]
        with (tmp_path / "worker.log").open("wb") as log:
            worker = subprocess.Popen(celery, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log)
        try:
            ends = time.monotonic() + 120
            while time.monotonic() < ends and not all(b"LOGOUT" in each.heard for each in proxies):
                time.sleep(0.1)
        finally:
            worker.terminate()
            worker.wait(60)
    said = (tmp_path / "worker.log").read_text()
    outcomes = house.ask("SELECT outcome, count(*), count(DISTINCT ticket_id) FROM mailboxes_inboundemail GROUP BY 1")
    assert outcomes == [("ticket", MAILBOXES * MAILS, MAILBOXES * MAILS)], said
    for each in proxies:
        sessions = re.findall(rb"LOGIN|AUTHENTICATE|LOGOUT", each.heard)
        assert [word == b"LOGOUT" for word in sessions] == list(islice(cycle((False, True)), len(sessions))), said
