"""Measures how fast mail comes in, against the floors of the same machine; or what a day or a page costs."""

import json
from argparse import SUPPRESS, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Measure the whole way of mail, from Dovecot to PostgreSQL, against what fetching and parsing cost bare."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--count", type=int, default=1000, help="mails in the mailbox (1000)")
        parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (3)")
        parser.add_argument(
            "--latency", type=float, default=0.0, help="milliseconds between the worker and the database (0)"
        )
        parser.add_argument(
            "--agent", action="store_true", help="measure an agent's day instead: keys, clicks and pages"
        )
        parser.add_argument("--pages", action="store_true", help="measure the pages of a large helpdesk instead")
        parser.add_argument("--tickets", type=int, default=100_000, help="tickets it has (100000)")
        parser.add_argument("--only", default="", help="pages that have this in their name")
        parser.add_argument("--one-pass", action="store_true", help=SUPPRESS)
        parser.add_argument("--pages-pass", action="store_true", help=SUPPRESS)

    def handle(
        self, *args: Any, count: int, rounds: int, latency: float, one_pass: bool, agent: bool, **options: Any
    ) -> None:
        from helpdesk.bench import pages  # the servers of the tests, which an installation does not have

        if options["pages_pass"]:
            pages.one_pass(options["tickets"], rounds, options["only"], self.stdout.write)
            return
        if options["pages"]:
            pages.run(options["tickets"], rounds, options["only"], self.stdout.write)
            return
        from helpdesk.bench import throughput  # the servers of the tests, which an installation does not have

        if one_pass:
            self.stdout.write(json.dumps(throughput.one_pass()))
            return
        try:
            if agent:
                from helpdesk.bench import agent as day  # not in the pass whose memory is measured

                day.run(rounds, self.stdout.write)
            else:
                throughput.run(count, rounds, latency, self.stdout.write)
        except RuntimeError as error:
            raise CommandError(str(error)) from error
