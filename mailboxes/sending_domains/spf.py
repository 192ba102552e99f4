"""SPF: who may send for a domain (RFC 7208), read as a receiving server reads it, and nothing sent or decided.

Nobody knows here from which address a mail will leave, so nothing is matched: all of a record is followed, with its
includes and its redirect, and whatever it lets send is collected. That is the dearest case, which the limits are for.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

#: (name, kind of record) → what stands there, () if nothing does. Raises NoAnswerError.
Ask = Callable[[str, str], tuple[str, ...]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_LOOKUPS = 10  # RFC 7208, 4.6.4
MOST_VOID = 2
MOST_HOSTS = 10  # of one mx
STOP = 30  # lookups after which nobody asks on: it is far too many already

_VERSION = re.compile(r"v=spf1(?: |\Z)", re.IGNORECASE)
_TERM = re.compile(r"(?P<sign>[-+~?]?)(?P<name>[a-z0-9]+)(?P<rest>[:/].*)?\Z", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)\Z", re.IGNORECASE)
_LENGTHS = re.compile(r"(?P<host>[^/]*)(?:/(?P<four>[0-9]{1,3}))?(?://(?P<six>[0-9]{1,3}))?\Z")


class Fault(StrEnum):
    """Why receivers cannot use a record (permerror), and what weakens one."""

    SEVERAL = "several"
    SYNTAX = "syntax"
    LOOKUPS = "lookups"
    VOID = "void"
    NO_RECORD = "no_record"  # of a name that is included or redirected to
    ALLOWS_ALL = "allows_all"
    OPEN_END = "open_end"


FATAL = frozenset({Fault.SEVERAL, Fault.SYNTAX, Fault.LOOKUPS, Fault.VOID, Fault.NO_RECORD})


@dataclass
class Spf:
    """What a domain's records say. `faults` are pairs of a fault and what it is about."""

    records: tuple[str, ...] = ()
    lookups: int = 0
    void: int = 0
    networks: list[Network] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    faults: list[tuple[Fault, str]] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether there is one record that receivers can use."""
        return len(self.records) == 1 and not any(fault in FATAL for fault, _about in self.faults)

    def lets_send(self, addresses: Sequence[str]) -> bool:
        """Whether one of these IP addresses is among those that it lets send."""
        found = [ipaddress.ip_address(each) for each in addresses]
        return any(each in network for each in found for network in self.networks)


def read_spf(domain: str, ask: Ask) -> Spf:
    """All that the record of `domain` says. Raises NoAnswerError if a name server says nothing."""
    spf = Spf(records=_records(domain, ask))
    if len(spf.records) > 1:
        spf.faults.append((Fault.SEVERAL, str(len(spf.records))))
    elif spf.records:
        _Reading(spf, ask).follow(spf.records[0], domain, counts=True, top=True)
    if spf.lookups > MOST_LOOKUPS:
        spf.faults.append((Fault.LOOKUPS, str(spf.lookups)))
    if spf.void > MOST_VOID:
        spf.faults.append((Fault.VOID, str(spf.void)))
    return spf


def _records(domain: str, ask: Ask) -> tuple[str, ...]:
    return tuple(each for each in ask(domain, "TXT") if _VERSION.match(each))


class _Reading:
    """The way through a record and those that it includes; what it lets send is collected in `spf`.

    `counts`: who matches here may send.
    """

    def __init__(self, spf: Spf, ask: Ask) -> None:
        self.spf, self.ask = spf, ask

    def follow(self, record: str, domain: str, *, counts: bool, top: bool) -> None:
        """One record. What stands behind `all` is never reached (5.1)."""
        redirect = ""
        for term in record.split(" ")[1:]:
            if not term:
                continue
            if modifier := _MODIFIER.match(term):
                redirect = modifier["value"] if modifier["name"].lower() == "redirect" else redirect
                continue
            found = _TERM.match(term)
            if not found or not self._mechanism(found, domain, counts=counts):
                self.spf.faults.append((Fault.SYNTAX, term))
                return
            if found["name"].lower() == "all":
                if counts and found["sign"] in ("", "+"):
                    self.spf.faults.append((Fault.ALLOWS_ALL, term))
                elif top and found["sign"] == "?":
                    self.spf.faults.append((Fault.OPEN_END, term))
                return
        if redirect:
            self._further(redirect, counts=counts, top=top)
        elif top:
            self.spf.faults.append((Fault.OPEN_END, ""))

    def _mechanism(self, term: "re.Match[str]", domain: str, *, counts: bool) -> bool:
        """Collect what one mechanism lets send; False if it cannot be read."""
        name, rest = term["name"].lower(), term["rest"] or ""
        counts = counts and term["sign"] in ("", "+")
        if name == "all":
            return not rest
        if name in ("ip4", "ip6"):
            return rest.startswith(":") and self._network(rest[1:], version=int(name[2]), counts=counts)
        if name in ("include", "exists"):
            if not rest.startswith(":") or len(rest) < 2:
                return False
            if name == "include":
                self._further(rest[1:], counts=counts, top=False)
            else:
                self.spf.lookups += 1
            return True
        return name in ("a", "mx", "ptr") and self._hosts(name, rest, domain, counts=counts)

    def _further(self, name: str, *, counts: bool, top: bool) -> None:
        """An include or a redirect. Macros are filled in by who receives: they count and are not followed."""
        spf = self.spf
        spf.lookups += 1
        if spf.lookups > STOP or "%" in name:
            return
        name = name.rstrip(".").lower()
        spf.includes.append(name)
        records = _records(name, self.ask)
        if len(records) != 1:
            spf.void += not self.ask(name, "TXT")
            spf.faults.append((Fault.SEVERAL if records else Fault.NO_RECORD, name))
            return
        self.follow(records[0], name, counts=counts, top=top)

    def _hosts(self, name: str, rest: str, domain: str, *, counts: bool) -> bool:
        """The addresses of the hosts that `name`, a mechanism, stands for; False if `rest` cannot be read."""
        lengths = _LENGTHS.match(rest[1:] if rest.startswith(":") else rest)
        if lengths is None or (rest.startswith(":") and not lengths["host"]):
            return False
        if int(lengths["four"] or 0) > 32 or int(lengths["six"] or 0) > 128:
            return False
        self.spf.lookups += 1
        host = lengths["host"] or domain
        if name == "ptr" or self.spf.lookups > STOP or "%" in host:
            return True
        hosts = self.ask(host, "MX")[:MOST_HOSTS] if name == "mx" else (host,)
        found = [address for each in hosts for kind in ("A", "AAAA") for address in self.ask(each, kind)]
        if not found:
            self.spf.void += 1
        for address in found if counts else ():
            length = lengths["six"] if ":" in address else lengths["four"]
            network = f"{address}/{length}" if length else address
            self.spf.networks.append(ipaddress.ip_network(network, strict=False))
        return True

    def _network(self, text: str, *, version: int, counts: bool) -> bool:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return False
        if counts:
            self.spf.networks.append(network)
        return network.version == version


def with_term(record: str, term: str) -> str:
    """`record` with one more mechanism before its end; a whole one if there is none yet."""
    if not record:
        return f"v=spf1 {term} ~all"
    terms = record.split()
    end = next((at for at, each in enumerate(terms) if each.lower().lstrip("+-~?") == "all"), len(terms))
    return " ".join([*terms[:end], term, *terms[end:]])


def merged(records: Sequence[str]) -> str:
    """Several records as the one that they should be: every mechanism once, under the first end that one has."""
    terms = [term for record in records for term in record.split()[1:]]
    ends = [term for term in terms if term.lower().lstrip("+-~?") == "all"]
    kept = dict.fromkeys(term for term in terms if term not in ends)
    return " ".join(["v=spf1", *kept, (ends or ["~all"])[0]])
