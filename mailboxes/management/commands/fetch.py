"""Fetches mailboxes in the foreground and says what comes in."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mailboxes.fetching import fetch as fetching
from mailboxes.fetching.fetch import FetchReport
from mailboxes.inbound.retries import process_waiting
from mailboxes.models import Mailbox, Outcome
from recipients.addressing.normalise import normalise


class Command(BaseCommand):
    help = "Fetch the mailboxes with these addresses, or all active ones, now. Exit code 1 if one cannot be fetched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("addresses", nargs="*", metavar="ADDRESS", help="address of a mailbox")

    def handle(self, *args: Any, addresses: Sequence[str], **options: Any) -> None:
        reports = [self.fetch(mailbox) for mailbox in chosen(addresses)]
        while process_waiting():
            pass
        failed = [report.name for report in reports if report.state not in ("", Mailbox.State.OK)]
        if failed:
            raise CommandError(f"Could not be fetched: {', '.join(failed)}.")

    def fetch(self, mailbox: Mailbox) -> FetchReport:
        name = mailbox.address or mailbox.name
        self.stdout.write(f"{name}: connecting to {mailbox.imap_host} …")
        report = fetching.fetch(mailbox.pk, self.progress)
        if report.busy:
            self.stdout.write(f"{name}: another worker is fetching it.")
        elif report.state == Mailbox.State.OK:
            self.stdout.write(self.style.SUCCESS(f"{name}: {summary(report)}"))
        else:
            self.stderr.write(self.style.ERROR(f"{name}: {report.message}"))
        if report.state == Mailbox.State.OK and report.message:
            self.stdout.write(f"{name}: {report.message}")
        return report

    def progress(self, report: FetchReport) -> None:
        self.stdout.write(f"{report.name}: {report.taken_in} of {report.waiting}")


def chosen(addresses: Sequence[str]) -> list[Mailbox]:
    """The mailboxes to fetch. Raises CommandError for an address that is no mailbox's."""
    mailboxes = list(Mailbox.objects.prefetch_related("addresses"))
    if not mailboxes:
        raise CommandError("There is no mailbox yet. Add one on the page “Mailboxes”.")
    if not addresses:
        return [mailbox for mailbox in mailboxes if mailbox.is_active]
    by_address = {mailbox.address: mailbox for mailbox in mailboxes}
    unknown = [address for address in addresses if normalise(address) not in by_address]
    if unknown:
        known = ", ".join(address for address in by_address if address)
        raise CommandError(f"No mailbox has the address {', '.join(unknown)}. There are: {known}.")
    return [by_address[normalise(address)] for address in addresses]


def summary(report: FetchReport) -> str:
    if not report.taken_in:
        return "nothing new."
    outcomes = (f"{count} × {Outcome(outcome).label}" for outcome, count in sorted(report.outcomes.items()) if outcome)
    return f"{report.taken_in} taken in: {', '.join(outcomes)}."
