"""Records of name servers: asked briefly, remembered, and not asked while they are silent.

Processing a mail must not wait for a name server that is not there: after a time-out nothing is asked for a minute.
"""

import ipaddress
import re
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import dns.exception
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import structlog
from django.conf import settings

from recipients.addressing.normalise import organisation_of

MINUTE = 60.0
TRY_SECONDS = 0.8  # one question to one server; a lost packet is sent again
SHORTEST_MEMORY, LONGEST_MEMORY, MEMORY_OF_NOTHING = 60.0, 3600.0, 300.0
MOST_NAMES = 2_000
LONGEST_TEXT = 8_192  # bytes of one record; the largest keys take 1,500
MOST_RECORDS = 10
SILENT_SERVERS = 3  # time-outs in a row, by whomever, until the fault is taken to be ours

Texts = tuple[bytes, ...]
logger = structlog.get_logger(__name__)


class NoAnswerError(Exception):
    """Nobody answered in time, or only that they could not."""


class NameServers:
    """One set of servers with its memory. Safe to be used by threads. `clock` tells seconds."""

    def __init__(self, servers: Sequence[str] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self.servers = tuple(servers)
        self._clock = clock
        self._lock = Lock()
        self._known: dict[tuple[str, str], tuple[float, Texts | None]] = {}
        self._silent: dict[str, float] = {}  # an organisation and until when it is not asked
        self._silent_until = -MINUTE
        self._answered_at = -MINUTE
        self._timeouts = 0

    def texts(self, name: str, seconds: float) -> Texts:
        """The TXT records of `name`, () if it has none, in at most `seconds`. Raises NoAnswerError."""
        return self.records(name, "TXT", seconds)

    def records(self, name: str, kind: str, seconds: float) -> Texts:
        """The records of a `kind` (TXT, A, AAAA, MX: the name of the host), as `texts` are."""
        with self._lock:
            now = self._clock()
            until, texts = self._known.get((name, kind), (now, None))
            if now < until:
                return _or_no_answer(texts)
            silent_until = max(self._silent_until, self._silent.get(_organisation(name), now))
            if now < silent_until or seconds <= 0:
                raise NoAnswerError
        texts, memory, timed_out = self._ask(name, kind, seconds)
        with self._lock:
            self._remember(name, kind, texts, memory, timed_out=timed_out)
        return _or_no_answer(texts)

    def _ask(self, name: str, kind: str, seconds: float) -> tuple[Texts | None, float, bool]:
        """(records, or None if there was no answer; seconds to remember it; whether nobody said anything)."""
        try:
            answer = self._resolver().resolve(dns.name.from_text(name), kind, lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return (), MEMORY_OF_NOTHING, False
        except (dns.resolver.LifetimeTimeout, dns.resolver.NoResolverConfiguration, OSError):
            return None, MINUTE, True
        except (dns.exception.DNSException, UnicodeError):
            return None, MINUTE, False
        except Exception:  # what is wrong with a server or a setting is not wrong with the mail
            logger.exception("name_servers_failed", name=name)
            return None, MINUTE, False
        texts = tuple(_bytes_of(record) for record in list(answer)[:MOST_RECORDS])
        memory = min(max(float(answer.rrset.ttl if answer.rrset else 0), SHORTEST_MEMORY), LONGEST_MEMORY)
        return tuple(text for text in texts if len(text) <= LONGEST_TEXT), memory, False

    def _remember(self, name: str, kind: str, texts: Texts | None, memory: float, *, timed_out: bool) -> None:
        """A server that answers others is not silent because one domain's is: then that domain alone is not asked."""
        now = self._clock()
        if len(self._known) >= MOST_NAMES:
            self._known.clear()
        if len(self._silent) >= MOST_NAMES:
            self._silent.clear()
        if not timed_out:
            self._known[name, kind] = now + memory, texts
            self._answered_at, self._timeouts = now, 0
            return
        self._silent[_organisation(name)] = now + MINUTE
        self._timeouts += 1
        if self._timeouts >= SILENT_SERVERS or now - self._answered_at >= MINUTE:
            self._silent_until, self._timeouts = now + MINUTE, 0

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self.servers)
        if self.servers:
            resolver.nameservers = [dns.nameserver.Do53Nameserver(*read_server(each)) for each in self.servers]
        resolver.timeout = TRY_SECONDS
        return resolver


def current() -> NameServers:
    """The servers of the setting `DNS_SERVERS`, else those of the system."""
    return _of(tuple(settings.DNS_SERVERS))


@lru_cache(maxsize=8)
def _of(servers: tuple[str, ...]) -> NameServers:
    return NameServers(servers)


def read_server(given: str) -> tuple[str, int]:
    """Address and port of `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`.

    Raises ValueError for anything else, also for a name: who would say what its address is?
    """
    address, port = given.strip(), "53"
    if bracketed := re.fullmatch(r"\[([^\]]*)\](?::(\d+))?", address):
        address, port = bracketed[1], bracketed[2] or port
    elif address.count(":") == 1:
        address, _colon, port = address.partition(":")
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65_536:
        raise ValueError(f"no port: {port}")
    return str(ipaddress.ip_address(address)), int(port)


def _bytes_of(record: Any) -> bytes:
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings)
    named = record.exchange.to_text(omit_final_dot=True) if record.rdtype == dns.rdatatype.MX else record.to_text()
    return str(named).encode()


def _organisation(name: str) -> str:
    return organisation_of(name.rstrip("."))


def _or_no_answer(texts: Texts | None) -> Texts:
    if texts is None:
        raise NoAnswerError
    return texts
