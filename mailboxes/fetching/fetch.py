"""The fetch of a mailbox, by one worker at a time; however it ends is written on the mailbox.

What is done over the connection is in `folder.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from helpdesk.database.recovery import when_it_is_back
from mailboxes.connections.account import ConnectionFailed, LoginRefused, Step
from mailboxes.connections.sentences import Sentence
from mailboxes.fetching.folder import FolderFetch, StorageTrouble, Superseded
from mailboxes.fetching.imap_session import FolderGone
from mailboxes.fetching.report import report as report_fetch
from mailboxes.inbound.retries import process_left_behind
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.storage.trouble import storage_trouble


@dataclass
class FetchReport:
    """What one fetch did. `state` is the mailbox's state after it, `message` what was wrong or special.

    `busy`: another worker fetches it, and this one did nothing or gave way.
    """

    name: str
    state: str = ""
    message: str = ""
    waiting: int = 0
    taken_in: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    busy: bool = False

    def found(self, messages: int) -> None:
        """So many messages on the server are not in the ledger."""
        self.waiting = messages

    def processed(self, rows: list[InboundEmail]) -> None:
        """One batch is through."""
        self.taken_in += len(rows)
        for row in rows:
            self.outcomes[row.outcome] = self.outcomes.get(row.outcome, 0) + 1


Progress = Callable[[FetchReport], None]


def fetch(mailbox_id: int, progress: Progress = lambda report: None) -> FetchReport:
    """Fetch a mailbox until nothing new is left. Whatever the server does becomes a state, not an exception."""
    mailbox = Mailbox.objects.claim(mailbox_id)
    if mailbox is None:
        return FetchReport(str(mailbox_id), busy=True)
    report = FetchReport(mailbox.address or mailbox.name)
    try:
        _fetch(mailbox, report, progress)
    except Exception as error:
        if lacking := storage_trouble(error):
            report.state, report.message = Mailbox.State.STORAGE, lacking
            when_it_is_back(lambda: report_fetch(mailbox, report.state, report.message))
            return report
        message = Sentence.HELPDESK_FAILED.text(error=f"{type(error).__name__}: {error}")
        when_it_is_back(lambda: report_fetch(mailbox, Mailbox.State.FETCH, message))
        raise
    finally:
        when_it_is_back(mailbox.release)
    return report


def _fetch(mailbox: Mailbox, report: FetchReport, progress: Progress) -> None:
    def processed(rows: list[InboundEmail]) -> None:
        report.processed(rows)
        progress(report)

    was_in_trouble = mailbox.state == Mailbox.State.STORAGE
    process_left_behind(mailbox)
    try:
        report.message = FolderFetch(mailbox, report.found, processed).run()
        report.state = Mailbox.State.OK
        if was_in_trouble or not report.taken_in:
            _remember_who_waits(mailbox, report)
    except Superseded as superseded:
        report.busy, report.message = True, superseded.message
        return
    except ConnectionFailed as failure:
        report.state, report.message = state_of(failure), failure.message
    report_fetch(mailbox, report.state, report.message)


def _remember_who_waits(mailbox: Mailbox, report: FetchReport) -> None:
    """A mailbox whose mails wait for what the helpdesk lacks does not work, though nothing went wrong just now."""
    if lacking := InboundEmail.objects.postponed(mailbox).values_list("reason", flat=True).first():
        said = mailbox.state_message if mailbox.state == Mailbox.State.STORAGE else lacking
        report.state, report.message = Mailbox.State.STORAGE, said


def state_of(failure: ConnectionFailed) -> str:
    """Which state of the mailbox a failure means."""
    if isinstance(failure, LoginRefused):
        return Mailbox.State.LOGIN
    if isinstance(failure, StorageTrouble):
        return Mailbox.State.STORAGE
    if isinstance(failure, FolderGone):
        return Mailbox.State.FOLDER
    if failure.step in (Step.FOLDER, Step.LIST, Step.FETCH, Step.CHANGE):
        return Mailbox.State.FETCH
    return Mailbox.State.CONNECTION
