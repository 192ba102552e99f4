"""The connection check: signs in to an account step by step and says which step fails; changes and sends nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mailboxes.connections.account import Account, Security, Step, StepResult
from mailboxes.fetching import imap_session
from mailboxes.sending import smtp

PATIENCE = 10.0  # seconds: somebody waits for the page

LABELS: dict[Step, str | Promise] = {
    Step.RESOLVE: _("Find the server"),
    Step.CONNECT: _("Connect"),
    Step.TLS: _("Encrypt (TLS)"),
    Step.STARTTLS: _("Encrypt (STARTTLS)"),
    Step.LOGIN: _("Sign in"),
    Step.FOLDER: _("Open the folder"),
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


def check_incoming(account: Account, folder: str) -> Check:
    """Sign in by IMAP and open the folder without changing anything (L15)."""
    results = imap_session.test_connection(replace(account, timeout=PATIENCE), folder)
    return _check(_("Incoming mail (IMAP)"), results, [*_common(account), Step.LOGIN, Step.FOLDER, Step.LIST])


def check_outgoing(account: Account) -> Check:
    """Sign in by SMTP without sending anything."""
    results = smtp.test_connection(replace(account, timeout=PATIENCE))
    return _check(_("Outgoing mail (SMTP)"), results, [*_common(account), *([Step.LOGIN] if account.username else [])])


def _common(account: Account) -> list[Step]:
    encryption = {Security.TLS: [Step.TLS], Security.STARTTLS: [Step.STARTTLS], Security.PLAIN: []}
    return [Step.RESOLVE, Step.CONNECT, *encryption[account.security]]


def _check(title: str | Promise, results: Iterable[StepResult], expected: Iterable[Step]) -> Check:
    results = list({result.step: result for result in results}.values())  # of a step that fails late its failure
    reached = {result.step for result in results}
    lines = [
        Line(LABELS.get(result.step, str(result.step)), "ok" if result.ok else "failed", result.detail)
        for result in results
    ]
    lines += [Line(LABELS[step], "skipped") for step in expected if step not in reached]
    return Check(title, ok=all(result.ok for result in results), lines=tuple(lines))
