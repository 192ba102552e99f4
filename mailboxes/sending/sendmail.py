"""The local mail program (`sendmail -t -i`), the last resort for sending: the machine's own mail server does the rest.

The program is named by the environment (`SENDMAIL_PATH`) alone: nobody chooses on a page what runs here. It reads the
recipient from To, which is the only one that a mail of ours has.
"""

import os
import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from mailboxes.connections.account import Account, ConnectionFailed, Silent, Step, StepResult
from mailboxes.connections.sentences import Sentence
from mailboxes.sending.smtp import Refusal, Sender, Stage

SECONDS = 120.0  # it puts the mail into a queue of its own
# sysexits.h: what no later attempt changes, as the codes of SMTP that mean the same
REFUSALS = {
    os.EX_DATAERR: (554, Stage.MESSAGE),
    os.EX_NOUSER: (550, Stage.RECIPIENT),
    os.EX_NOHOST: (554, Stage.RECIPIENT),
}


class LocalSender:
    """What `Sender` is for a server: `with LocalSender(account) as sender:`."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def __enter__(self) -> Self:
        if not os.access(self.account.program, os.X_OK):
            missing = Sentence.NO_PROGRAM.text(path=self.account.program)
            raise ConnectionFailed(Step.CONNECT, missing, temporary=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def send(self, envelope_from: str, recipients: Sequence[str], message: bytes) -> dict[str, Refusal]:
        """Hand over one mail whose To is `recipients`, and say who was refused."""
        command = [self.account.program, "-t", "-i", "-f", envelope_from or "<>"]
        content = message.replace(b"\r\n", b"\n")  # as programs of this kind read it
        try:
            done = subprocess.run(  # noqa: S603 - the program is the operator's, the sender an address of ours
                command, input=content, capture_output=True, timeout=SECONDS, check=False, env=_environment()
            )
        except subprocess.TimeoutExpired as error:
            failure = Silent(Step.SEND, Sentence.PROGRAM_SLOW.text(seconds=int(SECONDS)), temporary=True)
            failure.unconfirmed = True
            raise failure from error
        except OSError as error:
            said = Sentence.PROGRAM_NOT_RUN.text(path=self.account.program, reason=error.strerror)
            raise ConnectionFailed(Step.SEND, said, temporary=True) from error
        if done.returncode == 0:
            return {}
        reply = self.account.quote(done.stderr or done.stdout)
        if done.returncode in REFUSALS:
            code, stage = REFUSALS[done.returncode]
            return dict.fromkeys(recipients, Refusal(code, reply, stage))
        said = Sentence.PROGRAM_FAILED.text(code=done.returncode, reply=reply)
        raise ConnectionFailed(Step.SEND, said, temporary=True)


def open_sender(account: Account) -> Sender | LocalSender:
    """Whatever hands mail over for the account, to be opened by `with`."""
    return LocalSender(account) if account.program else Sender(account)


def program_check(account: Account) -> list[StepResult]:
    """Whether the program is there; nothing is sent."""
    try:
        with LocalSender(account):
            found = _("The mail program %(path)s was found.") % {"path": account.program}
            return [StepResult(Step.CONNECT, ok=True, detail=found)]
    except ConnectionFailed as failure:
        return [failure.result]


def _environment() -> dict[str, str]:
    """No secret of ours is handed on."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
