"""A name server in this process: it answers for the TXT records it was given, over UDP and TCP, and counts."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

HOST = "127.0.0.1"
LARGEST = 1232  # bytes of an answer by UDP


def _both() -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket at one port."""
    while True:
        tcp = socket.create_server((HOST, 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind((HOST, tcp.getsockname()[1]))
        except OSError:  # another program has the UDP port
            tcp.close()
            udp.close()
        else:
            return udp, tcp


class NameServer:
    """`texts` maps a name to its records. While it is `silent` it hears every question and answers none."""

    def __init__(self) -> None:
        self.texts: dict[str, Sequence[str]] = {}
        self.asked: list[str] = []
        self.silent = False
        self._udp, self._tcp = _both()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._serve_udp, self._serve_tcp)]

    @property
    def port(self) -> int:
        return int(self._udp.getsockname()[1])

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        for each in (self._udp, self._tcp):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def _serve_udp(self) -> None:
        while True:
            try:
                question, sender = self._udp.recvfrom(4096)
            except OSError:
                return
            answer = self._answer(question)
            if answer is None:
                continue
            wire = answer.to_wire()
            if len(wire) > LARGEST:
                answer.answer.clear()
                answer.flags |= dns.flags.TC
                wire = answer.to_wire()
            with suppress(OSError):
                self._udp.sendto(wire, sender)

    def _serve_tcp(self) -> None:
        while True:
            try:
                connection, _sender = self._tcp.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                length = int.from_bytes(connection.recv(2))
                if answer := self._answer(connection.recv(length)):
                    wire = answer.to_wire()
                    connection.sendall(len(wire).to_bytes(2) + wire)

    def _answer(self, wire: bytes) -> dns.message.Message | None:
        try:
            question = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        name = question.question[0].name
        self.asked.append(name.to_text())
        if self.silent:
            return None
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        texts = self.texts.get(name.to_text().lower())
        if texts is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
            return answer
        if question.question[0].rdtype != dns.rdatatype.TXT:
            return answer
        quoted = [" ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250)) for text in texts]
        answer.answer.append(dns.rrset.from_text_list(name, 300, dns.rdataclass.IN, dns.rdatatype.TXT, quoted))
        return answer
