"""Asking name servers about the domains that we send for: by a task each day, or on a button; never by a page view."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from mailboxes.authentication import dns
from mailboxes.authentication.dns import NoAnswerError
from mailboxes.models import Mailbox, SendingDomain
from mailboxes.sending.installation import installation_address, installation_mailbox
from mailboxes.sending_domains.report import Report, is_of_this_machine, report
from mailboxes.sending_domains.spf import Ask
from recipients.addressing.normalise import display, domain_of, is_public_mail, organisation_of
from recipients.models import User
from tickets.models import Queue

SECONDS = 8.0  # for all questions about one domain together: somebody waits for the page
Answers = dict[str, list[str] | None]


@dataclass(frozen=True, slots=True)
class Sent:
    """A domain that we send for, by which servers, and the addresses in whose names."""

    domain: str
    addresses: tuple[str, ...]
    servers: tuple[str, ...]
    is_envelope: bool

    def report(self, row: SendingDomain | None) -> Report | None:
        """What the last check was told; None before the first one. Asks nobody."""
        if row is None or row.checked_at is None:
            return None
        return report(
            self.domain, self.servers, row.selectors.split(), _replayed(row.answers), is_envelope=self.is_envelope
        )


def domains_sent_for() -> list[Sent]:
    """Those of our addresses, and of agents' own where a queue writes in their name; never a mail provider's.

    At most five queries.
    """
    mailboxes = list(Mailbox.objects.prefetch_related("addresses").order_by("-is_default", "pk"))
    addresses: dict[str, set[str]] = {}
    servers: dict[str, set[str]] = {}
    for address, mailbox in _senders(mailboxes):
        domain = domain_of(address)
        addresses.setdefault(domain, set()).add(display(address))
        servers.setdefault(domain, set()).update(_servers_of(mailbox))
    main = [each.address for each in mailboxes] or [installation_address()]
    envelopes = {organisation_of(domain_of(address)) for address in main if address}
    return [
        Sent(
            domain,
            tuple(sorted(addresses[domain])),
            tuple(sorted(servers[domain])),
            is_envelope=organisation_of(domain) in envelopes,
        )
        for domain in sorted(addresses)
        if domain and not is_public_mail(domain)
    ]


def _senders(mailboxes: Sequence[Mailbox]) -> Iterator[tuple[str, Mailbox | None]]:
    """Every normalised address in whose name mail leaves, and the mailbox by whose server."""
    fallback = next((each for each in mailboxes if each.is_default and each.can_send), installation_mailbox())
    for mailbox in mailboxes:
        for address in mailbox.addresses.all():
            yield address.address, mailbox if mailbox.can_send else fallback
    for own in _agents_own():
        yield own, fallback
    if not mailboxes and settings.EMAIL_HOST:
        yield installation_address(), fallback


def _servers_of(mailbox: Mailbox | None) -> tuple[str, ...]:
    """The SMTP server of a mailbox; none where mail goes on from this machine by itself."""
    if mailbox is None or not mailbox.smtp_host or mailbox.outgoing != Mailbox.Outgoing.SMTP:
        return ()
    server = mailbox.smtp_host.lower()
    return () if is_of_this_machine(server) else (server,)


def _agents_own() -> Iterable[str]:
    agents = User.objects.filter(is_active=True, queues__sender=Queue.Sender.AGENT).distinct()
    return (sender or email for email, sender in agents.values_list("email", "sender_email"))


def check(sent: Sent) -> SendingDomain:
    """Ask the name servers about one domain, for a few seconds at most, and keep what they say."""
    row, _created = SendingDomain.objects.get_or_create(domain=sent.domain)
    answers: Answers = {}
    ask = _recorded(answers, time.monotonic() + SECONDS)
    found = report(sent.domain, sent.servers, row.selectors.split(), ask, is_envelope=sent.is_envelope)
    row.answers, row.is_fit, row.checked_at = answers, found.is_fit, timezone.now()
    row.save(update_fields=["answers", "is_fit", "checked_at"])  # an administrator may have changed the others
    return row


def check_all() -> None:
    """Each domain that we send for; one whose servers are silent keeps nobody from the next."""
    for sent in domains_sent_for():
        check(sent)


def _recorded(answers: Answers, until: float) -> Ask:
    servers = dns.NameServers(settings.DNS_SERVERS)  # without a memory: what was just published is to be seen

    def ask(name: str, kind: str) -> tuple[str, ...]:
        key = f"{kind} {name}"
        if key not in answers:
            try:
                found = servers.records(name, kind, until - time.monotonic())
            except NoAnswerError:
                answers[key] = None
            else:
                answers[key] = [each.decode("utf-8", "replace").replace("\0", "") for each in found]
        return _given(answers, key)

    return ask


def _replayed(answers: Mapping[str, Sequence[str] | None]) -> Ask:
    return lambda name, kind: _given(answers, f"{kind} {name}")


def _given(answers: Mapping[str, Sequence[str] | None], key: str) -> tuple[str, ...]:
    found = answers.get(key)
    if found is None:
        raise NoAnswerError
    return tuple(found)
