"""The verdict about a mail's sender: what our own mail server says of it, and our own check of its signature."""

from functools import lru_cache

from mailboxes.authentication import dkim_check, received_results
from mailboxes.models import InboundEmail, Mailbox
from mailboxes.parsing import ParsedEmail
from recipients.addressing.normalise import domain_of, normalise
from recipients.matching.verdict import UNKNOWN, Verdict


def check_once(inbound: InboundEmail, mail: ParsedEmail, raw: bytes) -> None:
    """Check the signatures of a mail that nobody has checked: asks name servers, so no row may be locked meanwhile.

    What is found stays with the ledger row, because keys come and go: `inbound.dkim` is written once and read ever
    after. The caller saves it.
    """
    if inbound.dkim is None and _is_asked(inbound) and dkim_check.is_due(mail, _said(mail, inbound)):
        inbound.dkim = dkim_check.check(raw, mail, inbound.received_at)


def verdict_of(mail: ParsedEmail, inbound: InboundEmail) -> Verdict:
    """What is known by now. Asks nobody."""
    if not _is_asked(inbound):
        return UNKNOWN
    return dkim_check.with_findings(_said(mail, inbound), inbound.dkim)


def _said(mail: ParsedEmail, inbound: InboundEmail) -> Verdict:
    """What the server whose word the mailbox takes said at receipt."""
    domains = frozenset(domain_of(normalise(person.address)) for person in mail.authors) - {""}
    name = inbound.mailbox.authserv_id if inbound.mailbox else ""
    return _read(tuple(mail.authentication_results), name, domains)


@lru_cache(maxsize=16)  # a mail is asked about twice: is a check of ours due, and, its row being locked, what is known
def _read(headers: tuple[str, ...], authserv_id: str, domains: frozenset[str]) -> Verdict:
    return received_results.read_verdict(headers, authserv_id, domains)


def _is_asked(inbound: InboundEmail) -> bool:
    """Whether its mailbox wants to know."""
    return inbound.mailbox is not None and inbound.mailbox.authentication != Mailbox.Authentication.OFF
