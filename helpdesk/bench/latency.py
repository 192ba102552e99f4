"""A database that is further away: a proxy that lets every question wait."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"
CHUNK = 65536


@contextmanager
def further_away(port: int, milliseconds: float) -> Iterator[int]:
    """The port behind which `port` of this machine answers, so much later; `port` itself for 0 milliseconds."""
    if not milliseconds:
        yield port
        return
    listener = socket.create_server((HOST, 0))
    threading.Thread(target=_accept, args=(listener, port, milliseconds / 1000), daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _accept(listener: socket.socket, port: int, seconds: float) -> None:
    with suppress(OSError):  # it is closed
        while True:
            asking, _address = listener.accept()
            answering = socket.create_connection((HOST, port))
            for each in (asking, answering):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target, pause in ((asking, answering, seconds), (answering, asking, 0.0)):
                threading.Thread(target=_carry, args=(source, target, pause), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket, pause: float) -> None:
    """What is said without waiting for an answer is carried together, so that it waits once."""
    with suppress(OSError):
        while data := source.recv(CHUNK):
            if pause:
                time.sleep(pause)
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
