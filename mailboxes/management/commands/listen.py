"""Listens to every mailbox (IMAP IDLE), so that new mail comes in at once; stop it with Ctrl-C or SIGTERM."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from mailboxes.fetching.idle import Listeners


class Command(BaseCommand):
    help = "Listen to the mailboxes, and have new mail fetched at once. Without it mail comes in at the next poll."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        Listeners().run(stop)
