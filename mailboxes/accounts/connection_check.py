"""The connection check: signs in to an account step by step and says which step fails; changes and sends nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from mailboxes.connections.account import Account, ConnectionFailed, Security, Step, StepResult
from mailboxes.fetching import beginning, imap_session, pop3
from mailboxes.fetching.imap_session import Session
from mailboxes.fetching.pop3 import FEW_MESSAGES, Pop3Session
from mailboxes.models import Mailbox
from mailboxes.sending import sendmail, smtp

PATIENCE = 10.0  # seconds: somebody waits for the page

Count = Callable[[Session | Pop3Session], StepResult]

LABELS: dict[Step, str | Promise] = {
    Step.RESOLVE: _("Find the server"),
    Step.CONNECT: _("Connect"),
    Step.TLS: _("Encrypt (TLS)"),
    Step.STARTTLS: _("Encrypt (STARTTLS)"),
    Step.LOGIN: _("Sign in"),
    Step.FOLDER: _("Open the folder"),
    Step.COUNT: _("What is already there"),
    Step.LIST: _("List the folders"),
}


@dataclass(frozen=True)
class Line:
    """One step as the page shows it: `state` is "ok", "failed" or "skipped"."""

    label: str | Promise
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Check:
    """What came of trying one protocol."""

    title: str | Promise
    ok: bool
    lines: tuple[Line, ...]
    folders: tuple[str, ...] = ()  # of the server, to choose from


def check_incoming(account: Account, protocol: str, folder: str, count: Count | None = None) -> Check:
    """Sign in and open the folder without changing anything (L15); `count` as in `counted`."""
    account = replace(account, timeout=PATIENCE)
    steps = [*_common(account), Step.LOGIN]
    if protocol == Mailbox.Protocol.POP3:
        results = pop3.test_connection(account, count)
        return _check(_("Incoming mail (POP3)"), results, [*steps, Step.LIST], {Step.LIST: _("List the messages")})
    results = imap_session.test_connection(account, folder, count)
    return _check(_("Incoming mail (IMAP)"), results, [*steps, Step.FOLDER, Step.LIST])


def counted(take_in: str, since: date | None) -> Count:
    """Says of an open folder how many of its messages would be taken in by that choice."""

    def count(session: Session | Pop3Session) -> StepResult:
        there = len(session.uids_after(0))
        if isinstance(session, Pop3Session) and since and there > FEW_MESSAGES:
            said = _("POP3 does not say how many of the %(there)d messages have arrived since then.") % {"there": there}
            return StepResult(Step.COUNT, ok=True, detail=said)
        taken = beginning.count(session, take_in, since)
        said = gettext("Already there: %(there)d. To be taken in of these: %(taken)d; nothing changes on the server.")
        if take_in == Mailbox.TakeIn.ALL:
            said = ngettext(
                "%(there)d message becomes a closed ticket, and nobody is notified.",
                "%(there)d messages become closed tickets, and nobody is notified.",
                there,
            )
        return StepResult(Step.COUNT, ok=True, detail=said % {"there": there, "taken": taken})

    return count


def check_outgoing(account: Account) -> Check:
    """Sign in by SMTP, or look for the mail program, without sending anything."""
    if account.program:
        found = sendmail.program_check(account)
        return _check(_("Outgoing mail (mail program)"), found, [], {Step.CONNECT: _("Find the program")})
    results = smtp.test_connection(replace(account, timeout=PATIENCE))
    return _check(_("Outgoing mail (SMTP)"), results, [*_common(account), *([Step.LOGIN] if account.username else [])])


def failed_check(kind: str, failure: ConnectionFailed) -> Check:
    """There is nothing to try: nobody is signed in."""
    title = _("Incoming mail") if kind == "imap" else _("Outgoing mail")
    return _check(title, [failure.result], [])


def _common(account: Account) -> list[Step]:
    encryption = {Security.TLS: [Step.TLS], Security.STARTTLS: [Step.STARTTLS], Security.PLAIN: []}
    return [Step.RESOLVE, Step.CONNECT, *encryption[account.security]]


def _check(
    title: str | Promise,
    results: Iterable[StepResult],
    expected: Iterable[Step],
    labels: Mapping[Step, str | Promise] | None = None,
) -> Check:
    names = {**LABELS, **(labels or {})}
    results = list({result.step: result for result in results}.values())  # of a step that fails late its failure
    reached = {result.step for result in results}
    lines = [
        Line(names.get(result.step, str(result.step)), "ok" if result.ok else "failed", result.detail)
        for result in results
    ]
    lines += [Line(names[step], "skipped") for step in expected if step not in reached]
    folders = tuple(dict.fromkeys(folder for result in results for folder in result.folders))
    return Check(title, ok=all(result.ok for result in results), lines=tuple(lines), folders=folders)
