"""Says whom an address belongs to, and why: the matcher's answer, step by step. Nothing is changed.

It knows no mail and no mailbox, so an origin counts as not checked: whether a mailbox that enforces authentication
recognises the sender is said by the page What would happen?

Exit codes (sysexits.h): 0 an answer, also if that is nobody; 65 it is no email address.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from recipients.addressing.normalise import display, normalise
from recipients.matching.directory import match_sender
from recipients.matching.explanation import lines, sentence
from recipients.matching.validity import validity
from recipients.matching.verdict import UNKNOWN
from recipients.models import RecognitionSettings

DATA_ERROR = 65
SIGNS = {"ok": "✓", "failed": "✗", "asked": "–", "skipped": "·"}


class Command(BaseCommand):
    help = (
        "Say whom an address belongs to, and why; what a mailbox asks of the origin of a mail is left out. "
        "Exit codes: 0 an answer, 65 no email address."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS", help="the address of a sender")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        normal = normalise(address)
        if not normal:
            self.stderr.write(self.style.ERROR(f"“{address}” is not an email address."))
            raise SystemExit(DATA_ERROR)
        found = match_sender(normal)
        counts = RecognitionSettings.load().domain_counts_as_valid
        match, valid = found.as_json(), validity(found, UNKNOWN, domain_counts_as_valid=counts)
        said = sentence(match, match["customer_name"], display(normal), valid)
        steps = lines(match)
        if options["json"]:
            values = match | {"sentence": said, "steps": [vars(step) for step in steps]}
            self.stdout.write(json.dumps(values, ensure_ascii=False))
            return
        self.stdout.write(said)
        for step in steps:
            self.stdout.write(f"{SIGNS[step.state]} {step.label}: {step.answer}")
