"""Where does the demo's mail lie? On one mail server, with the mails of customers and staff kept over restarts."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from helpdesk.demo.mailserver import MailServer

HELPDESK = "helpdesk"
CATCH_ALL = "everyone-else"
PASSWORD = "demo"  # noqa: S105 - of every account, printed at the start; nobody but this computer reaches it


class PostOffice(MailServer):
    """The demo mail server, which remembers what people received and says when the helpdesk has mail.

    Each of `people` (addresses) has an account of that name; mail to any other address of `domain` goes to the account
    `HELPDESK`, whose mail is not kept: the helpdesk archives it itself, and mail that came back at a restart would be a
    second delivery. `on_arrival` is called for it, in a thread of its own.
    """

    def __init__(
        self,
        directory: Path,
        domain: str,
        people: Iterable[str],
        on_arrival: Callable[[], None],
        imap_port: int = 0,
        smtp_port: int = 0,
    ) -> None:
        own = {address: address for address in people}
        accounts = dict.fromkeys([HELPDESK, CATCH_ALL, *own], PASSWORD)
        super().__init__(accounts, own, CATCH_ALL, imap_port, smtp_port)
        self.directory = directory
        self.domain = domain
        self.on_arrival = on_arrival

    def user_for(self, address: str) -> str:
        user = super().user_for(address)
        ours = user == CATCH_ALL and address.lower().endswith(f"@{self.domain}")
        return HELPDESK if ours else user

    async def _listen(self) -> None:
        await super()._listen()
        for path in sorted(self.directory.glob("*/*.eml")):
            if path.parent.name in self.accounts:
                await super()._append(path.parent.name, path.read_bytes(), "INBOX")

    async def _append(self, user: str, message: bytes, folder: str) -> None:
        await super()._append(user, message, folder)
        if user == HELPDESK:
            self._loop.run_in_executor(None, self.on_arrival)
        else:
            self._keep(user, message)

    def _keep(self, user: str, message: bytes) -> None:
        folder = self.directory / user
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{len(list(folder.iterdir())):06}.eml").write_bytes(message)


_open: list[PostOffice] = []


@contextmanager
def opened(office: PostOffice) -> Iterator[PostOffice]:
    """Make a started post office the one of this process; stops it at the end."""
    _open.append(office)
    try:
        yield office
    finally:
        _open.remove(office)
        office.stop()


def current() -> PostOffice:
    """The post office of this process. Raises LookupError where none is open."""
    if not _open:
        raise LookupError("No demo mail server runs in this process; start it with `manage.py demo`.")
    return _open[-1]
