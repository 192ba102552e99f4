"""The report on a domain: SPF, DKIM and DMARC as found, whether they are right, and the exact record to publish.

A pure function of what name servers say (`ask`), so that the page shows what the last check was told and asks nobody.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailboxes.authentication.dns import NoAnswerError
from mailboxes.sending_domains.policies import Dmarc, Key, KeyState, read_dmarc, read_key
from mailboxes.sending_domains.spf import MOST_LOOKUPS, Ask, Fault, Spf, merged, read_spf, with_term
from recipients.addressing.normalise import organisation_of

#: What the domains of customers include for a provider's servers, and the selectors of its keys, as they publish them.
PROVIDERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "gmail.com": ("_spf.google.com", ("google",)),
    "office365.com": ("spf.protection.outlook.com", ("selector1", "selector2")),
    "outlook.com": ("spf.protection.outlook.com", ("selector1", "selector2")),
    "fastmail.com": ("spf.messagingengine.com", ("fm1", "fm2", "fm3")),
    "me.com": ("icloud.com", ("sig1",)),
    "zoho.com": ("zohomail.com", ("zmail", "zoho")),
    "zoho.eu": ("zohomail.eu", ("zmail", "zoho")),
    "ionos.de": ("_spf-eu.ionos.com", ("s1-ionos", "s2-ionos")),
    "aruba.it": ("_spf.aruba.it", ("a1",)),
    "ovh.net": ("mx.ovh.com", ()),
    "mailbox.org": ("mailbox.org", ("MBO0001", "MBO0002")),
    "yandex.com": ("_spf.yandex.net", ("mail",)),
    "amazonaws.com": ("amazonses.com", ()),
    "sendgrid.net": ("sendgrid.net", ("s1", "s2")),
    "mailgun.org": ("mailgun.org", ("mx", "pic", "k1")),
    "brevo.com": ("spf.brevo.com", ("brevo1", "brevo2", "mail")),
    "mailjet.com": ("spf.mailjet.com", ("mailjet",)),
    "postmarkapp.com": ("spf.mtasv.net", ("pm",)),
}
COMMON_SELECTORS = ("default", "dkim", "mail", "google", "selector1", "s1")


class State(StrEnum):
    RIGHT = "right"
    WARNING = "warning"
    WRONG = "wrong"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One of the three: what was found, what is to be said of it, and the record (name, value) to publish, if any."""

    title: str
    state: State
    found: tuple[str, ...] = ()
    says: tuple[str | Promise, ...] = ()
    record: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """`is_fit`: mail in the domain's name by our servers is believed, as far as name servers can say."""

    domain: str
    spf: Finding
    dkim: Finding
    dmarc: Finding
    is_fit: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (self.spf, self.dkim, self.dmarc)


NOT_HERE = gettext_lazy("It cannot be looked up here: no name server answered.")


def report(
    domain: str, servers: Sequence[str], selectors: Sequence[str], ask: Ask, *, is_envelope: bool = True
) -> Report:
    """All about `domain`. `servers` are the SMTP servers by which its mail leaves, `selectors` those to look under.

    `is_envelope`: a mailbox's own address is of its organisation, and receivers ask its SPF for DMARC.
    """
    spf, spf_lets = _or_unknown("SPF", lambda: _spf(domain, servers, ask))
    dkim, has_key = _or_unknown("DKIM", lambda: _dkim(domain, servers, selectors, ask))
    policy = Dmarc()
    try:
        policy = read_dmarc(domain, ask)
    except NoAnswerError:
        dmarc = Finding("DMARC", State.UNKNOWN, says=(NOT_HERE,))
        known = False
    else:
        dmarc, known = _dmarc(domain, policy, passes=has_key or (spf_lets and is_envelope)), True
    is_fit = has_key or (spf_lets and (is_envelope or (known and not policy.refuses)))
    return Report(domain, spf, dkim, dmarc, is_fit)


def _or_unknown(title: str, find: Callable[[], tuple[Finding, bool]]) -> tuple[Finding, bool]:
    try:
        return find()
    except NoAnswerError:
        return Finding(title, State.UNKNOWN, says=(NOT_HERE,)), False


def _provider(server: str) -> tuple[str, tuple[str, ...]]:
    return PROVIDERS.get(organisation_of(server.lower().rstrip(".")), ("", ()))


def _spf(domain: str, servers: Sequence[str], ask: Ask) -> tuple[Finding, bool]:
    """SPF, and whether it lets all of our servers send."""
    spf = read_spf(domain, ask)
    lacking = [term for server in servers if (term := _lacking(spf, server, ask))]
    wanted = spf.records[0] if len(spf.records) == 1 else merged(spf.records) if spf.records else ""
    for term in lacking:
        wanted = with_term(wanted, term) if term not in wanted.split() else wanted
    record = (domain, wanted) if wanted and [wanted] != list(spf.records) else None
    if not spf.records:
        said = _("There is no SPF record: receivers cannot tell your servers from others.")
        return Finding("SPF", State.MISSING, says=(said,), record=record), False
    says = [_fault(fault, about) for fault, about in spf.faults]
    says += [
        _("It does not let %(server)s send.") % {"server": server}
        for server in servers
        if spf.usable and _lacking(spf, server, ask)
    ]
    lookups = _("It takes %(count)d of %(most)d lookups.") % {"count": spf.lookups, "most": MOST_LOOKUPS}
    if not servers:
        says.append(_("Mail leaves through a server in your own network: its public address has to be in the record."))
    lets = spf.usable and not lacking
    state = State.WRONG if not lets else State.WARNING if spf.faults or not servers else State.RIGHT
    return Finding("SPF", state, spf.records, (*says, lookups), record), lets and bool(servers)


def _lacking(spf: Spf, server: str, ask: Ask) -> str:
    """The mechanism that a record needs for a server; "" if it lets it send already."""
    include, _selectors = _provider(server)
    if include:
        return "" if include in spf.includes else f"include:{include}"
    number = _ip_address(server)
    addresses = [number] if number else [each for kind in ("A", "AAAA") for each in ask(server, kind)]
    if spf.lets_send(addresses):
        return ""
    return f"ip{6 if ':' in number else 4}:{number}" if number else f"a:{server}"


def _ip_address(server: str) -> str:
    """A server that is named by its number; "" for a name."""
    try:
        return str(ipaddress.ip_address(server))
    except ValueError:
        return ""


def is_of_this_machine(server: str) -> bool:
    """Whether receivers see another address than this one: mail goes on from here by itself."""
    number = _ip_address(server)
    return server == "localhost" or bool(number and ipaddress.ip_address(number).is_private)


def _fault(fault: Fault, about: str) -> str:
    return {
        Fault.SEVERAL: _("There are several SPF records (%(about)s), so receivers use none: combine them into one."),
        Fault.SYNTAX: _("“%(about)s” cannot be read, so receivers ignore the whole record."),
        Fault.LOOKUPS: _(
            "It takes %(about)s lookups where 10 are allowed, so receivers ignore all of it: remove the "
            "includes of services that no longer send for you."
        ),
        Fault.VOID: _("%(about)s of its names lead nowhere, where at most 2 may: remove them."),
        Fault.NO_RECORD: _("It includes %(about)s, which has no SPF record, so receivers ignore all of it."),
        Fault.ALLOWS_ALL: _("It ends with “%(about)s”, which lets anybody send in your name: change it to “~all”."),
        Fault.OPEN_END: _("It says nothing about all other servers: end it with “~all”."),
    }[fault] % {"about": about}


def selectors_for(servers: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
    """Under which names to look for keys: those that an administrator named, the providers', common ones."""
    of_providers = [each for server in servers for each in _provider(server)[1]]
    return tuple(dict.fromkeys((*own, *of_providers, *COMMON_SELECTORS)))


def _dkim(domain: str, servers: Sequence[str], own: Sequence[str], ask: Ask) -> tuple[Finding, bool]:
    """DKIM, and whether a key is there that receivers can use."""
    asked = [read_key(each, ask(f"{each}._domainkey.{domain}", "TXT")) for each in selectors_for(servers, own)]
    keys = [key for key in asked if key]
    found = tuple(f"{key.selector}._domainkey.{domain}" for key in keys)
    says = tuple(_key(key) for key in keys)
    usable = any(key.state in (KeyState.GOOD, KeyState.WEAK) for key in keys)
    if not keys:
        said = _(
            "No key was found under the usual selectors. Switch on DKIM at your mail server or provider, "
            "publish the record it shows, and enter its selector here."
        )
        return Finding("DKIM", State.MISSING, says=(said,)), False
    if not usable:
        return Finding("DKIM", State.WRONG, found, says), False
    state = State.RIGHT if any(key.state is KeyState.GOOD for key in keys) else State.WARNING
    return Finding("DKIM", state, found, says), True


def _key(key: Key) -> str:
    return {
        KeyState.GOOD: _("%(selector)s: a usable key."),
        KeyState.WEAK: _("%(selector)s: a key of %(bits)d bits; 2048 is usual today."),
        KeyState.REVOKED: _("%(selector)s: the key was withdrawn (an empty p=)."),
        KeyState.BROKEN: _("%(selector)s: the record cannot be used; copy it again from your provider, in one piece."),
        KeyState.TEST: _("%(selector)s: marked as a test (t=y), so receivers ignore it."),
    }[key.state] % {"selector": key.selector, "bits": key.bits}


def _dmarc(domain: str, policy: Dmarc, *, passes: bool) -> Finding:
    wanted = (f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
    if not policy.records:
        said = _(
            "There is no DMARC record. Large providers require one; this one changes nothing yet and sends you reports."
        )
        return Finding("DMARC", State.MISSING, says=(said,), record=wanted)
    if not policy.policy:
        said = _("It cannot be used: there has to be one record, with p=none, p=quarantine or p=reject.")
        return Finding("DMARC", State.WRONG, policy.records, (said,), wanted)
    if policy.refuses and not passes:
        said = _(
            "Receivers are told to refuse mail that neither SPF nor DKIM vouches for, and that includes the "
            "helpdesk's mail."
        )
        return Finding("DMARC", State.WRONG, policy.records, (said,))
    said = _("For mail that nothing vouches for: %(policy)s.") % {"policy": policy.policy}
    return Finding("DMARC", State.RIGHT, policy.records, (said,))
