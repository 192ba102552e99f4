"""How does a test run somebody else's server? In a folder of its own, on free ports, as an ordinary user."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Self

HOST = "127.0.0.1"
START_SECONDS = 90.0
STOP_SECONDS = 10.0
TAKEN = "Address already in use"
_GIVEN: set[int] = set()  # ports


class Server:
    """A program of the system. `missing()` says in a sentence why it cannot run here, or nothing when it can."""

    package: ClassVar[str]  # the package of Debian and Ubuntu

    @classmethod
    def missing(cls) -> str:
        raise NotImplementedError

    def __enter__(self) -> Self:
        for _once_more in range(3):
            try:
                return self._started()
            except RuntimeError as error:  # another program took the port, which was free when it was asked for
                if TAKEN not in str(error):
                    raise
        return self._started()

    def _started(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{type(self).__name__.lower()}-"))
        self.process: subprocess.Popen[bytes] | None = None
        self.hand_over(self.folder)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        """End the program the polite way, and the hard way when it does not listen."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def launch(self, command: Sequence[str | Path]) -> None:
        """Start the program in the background; what it prints ends in `log`."""
        self.log.touch()
        self.hand_over(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, cwd=self.folder, **as_ordinary_user()
            )

    def run(self, command: Sequence[str | Path]) -> None:
        """Run a program of the server to its end; raises RuntimeError with its words when it fails."""
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, cwd=self.folder, check=False, **as_ordinary_user()
        )
        if done.returncode:
            raise RuntimeError((done.stdout + done.stderr).decode("utf-8", "replace"))

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait for the program to work; raises RuntimeError with its log when it ended or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if (self.process and self.process.poll() is not None) or time.monotonic() > deadline:
                log = self.log.read_text(errors="replace") if self.log.exists() else ""
                raise RuntimeError(f"{type(self).__name__} did not start:\n{log}")
            time.sleep(0.02)

    def hand_over(self, path: Path) -> Path:
        """Give a file or folder to the user who runs the server."""
        uid, gid = ordinary_user()
        if os.getuid() == 0:
            os.chown(path, uid, gid)
        return path

    @property
    def log(self) -> Path:
        return self.folder / "log"


def ordinary_user() -> tuple[int, int]:
    """Dovecot and PostgreSQL refuse to serve as root; then nobody does it."""
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid
    return os.getuid(), os.getgid()


def as_ordinary_user() -> dict[str, object]:
    uid, gid = ordinary_user()
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
    if os.getuid() != 0:
        return {"env": environment}
    return {"user": uid, "group": gid, "extra_groups": [], "env": environment}


def free_port() -> int:
    """A port that nobody uses, and that no system gives to a program that asks for any one (it starts at 32768 or so).

    What is started on it may take seconds until it listens, and meanwhile others ask for ports all the time. Nobody in
    this process gets the same one: a server that listens at several would not start.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as probe, suppress(OSError):
            if port not in _GIVEN:
                probe.bind((HOST, port))
                _GIVEN.add(port)
                return port


def accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True
