"""Servers that misbehave: one that follows a script, and a proxy that cuts, stalls or changes what a real one says."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from mailboxes.connections.account import Account, Security

HOST = "127.0.0.1"


class _Listener:
    """Accepts connections on a free port, one thread each, until it is left."""

    host = HOST

    def __enter__(self) -> Self:
        self._socket = socket.create_server((self.host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        for each in (self._socket, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self._socket.accept()
                self._open.append(connection)
                self._spawn(self._quietly, connection)

    def _quietly(self, connection: socket.socket) -> None:
        with connection:
            with suppress(OSError, ValueError):
                self.serve(connection)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # close alone says nothing while another thread still reads

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError


class Scripted(_Listener):
    """Says the greeting, then answers each line with what `reply` makes of it; None means silence for ever.

    `heard` keeps every line the client sent.
    """

    def __init__(self, greeting: bytes | None, reply: Callable[[bytes], bytes | None] = lambda line: None) -> None:
        self.greeting = greeting
        self.reply = reply
        self.heard: list[bytes] = []

    def serve(self, connection: socket.socket) -> None:
        if self.greeting is not None:
            connection.sendall(self.greeting)
        for line in connection.makefile("rb"):
            self.heard.append(line)
            answer = self.reply(line)
            if answer is None:
                self._ended.wait()
                return
            if not answer:
                return
            connection.sendall(answer)


class Proxy(_Listener):
    """Stands between a client and a real server.

    `change` rewrites what the server says, piece by piece. From `trigger` on (bytes in the client's stream) the server
    is allowed `then` more bytes; after those the connection is cut, or with `stall` just goes silent.
    """

    def __init__(
        self,
        port: int,
        change: Callable[[bytes], bytes] = lambda data: data,
        trigger: bytes = b"",
        then: int = 0,
        *,
        stall: bool = False,
    ) -> None:
        self.target = port
        self.change = change
        self.trigger = trigger
        self.then = then
        self.stall = stall
        self.heard = b""

    def serve(self, connection: socket.socket) -> None:
        with socket.create_connection((HOST, self.target)) as upstream:
            self._open.append(upstream)
            armed = threading.Event()
            self._spawn(self._forward_questions, connection, upstream, armed)
            self._forward_answers(connection, upstream, armed)

    def _forward_questions(self, client: socket.socket, upstream: socket.socket, armed: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                self.heard += data
                if self.trigger and self.trigger in self.heard[-len(data) - len(self.trigger) :]:
                    armed.set()
                upstream.sendall(data)
            upstream.shutdown(socket.SHUT_WR)

    def _forward_answers(self, client: socket.socket, upstream: socket.socket, armed: threading.Event) -> None:
        allowed = self.then
        while data := self.change(upstream.recv(65536)):
            if armed.is_set():
                data, allowed = data[:allowed], allowed - len(data)
            client.sendall(data)
            if armed.is_set() and allowed <= 0:
                if self.stall:
                    self._ended.wait()
                return


def plain(port: int) -> Account:
    return Account("127.0.0.1", port, Security.PLAIN, "support", "sesame")


def imap_replies(command: bytes, answer: bytes, capability: bytes = b"") -> Callable[[bytes], bytes]:
    """A small IMAP server that is content with everything but one command."""
    known = {
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1 " + capability + b"\r\n",
        b"SELECT": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n",
        b"LOGOUT": b"* BYE\r\n",
    }

    def reply(line: bytes) -> bytes:
        tag, verb, *_rest = line.split()
        if command in line:
            return tag + b" " + answer + b"\r\n"
        return known.get(verb, b"") + tag + b" OK done\r\n"

    return reply
