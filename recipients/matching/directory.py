"""The directory of an address: what the matcher may know about it, read from the database in two indexed queries."""

from collections.abc import Iterable
from datetime import UTC, datetime

from recipients.addressing.lookalikes import Lookalike, Owner, are_alike
from recipients.addressing.normalise import display, domain_of, is_public_mail, normalise_domain, organisation_of
from recipients.matching.directory_rows import DirectoryRow, Source, rows_about, rows_about_many
from recipients.matching.match import Directory, Match, Party, Preference, match
from recipients.matching.verdict import UNKNOWN, Verdict
from recipients.models import RecognitionSettings

_LIKE = {Source.LIKE_CUSTOMER: Owner.CUSTOMER, Source.LIKE_AUTHORISED: Owner.AUTHORISED, Source.LIKE_OWN: Owner.OWN}


def match_sender(address: str, verdict: Verdict = UNKNOWN, *, enforce: bool = False) -> Match:
    """Who wrote from the normalised `address`, as a `Match`. Two queries, however many customers there are."""
    return match(address, look_up(address), verdict, enforce=enforce)


def look_up(address: str, settings: RecognitionSettings | None = None) -> Directory:
    """The directory snapshot for the normalised `address`: one query, and one for `settings` if they are not given."""
    settings = settings or RecognitionSettings.load()
    if not address:
        return Directory()
    public = is_public_domain(domain_of(address), settings)
    return _directory(address, rows_about(address, public=public), settings)


def look_up_many(addresses: Iterable[str], settings: RecognitionSettings) -> dict[str, Directory]:
    """What `look_up` answers for each of the normalised `addresses`: one query, however many there are."""
    wanted = set(addresses) - {""}
    if not wanted:
        return {}
    return {address: _directory(address, rows, settings) for address, rows in rows_about_many(wanted).items()}


def _directory(address: str, rows: Iterable[DirectoryRow], settings: RecognitionSettings) -> Directory:
    domain, found = domain_of(address), _Found(rows)
    public = is_public_domain(domain, settings)
    return Directory(
        registered=found.parties(Source.REGISTERED, address),
        paired=found.parties(Source.PAIRED, address),
        shared=found.has(Source.SHARED),
        own=found.has(Source.OWN),
        authorised_address=found.parties(Source.AUTHORISED_ADDRESS, address),
        authorised_domain=found.parties(Source.AUTHORISED_DOMAIN, domain),
        added=found.parties(Source.ADDED, address),
        domain_companies=() if public else found.companies(domain),
        domain_contacts_without_company=() if public else found.contacts_without_company(domain),
        public_mail=public,
        lookalike=None if public else found.lookalike(domain, settings),
        listed_senders_wait=settings.listed_senders_wait,
        allowed_kinds=frozenset(settings.allowed_kinds),
        preference=Preference(settings.preference),
    )


class _Found:
    """The rows about one address, read as parties."""

    def __init__(self, rows: Iterable[DirectoryRow]) -> None:
        self.rows = sorted(rows, key=lambda row: (row.source, row.customer_id))

    def has(self, source: Source) -> bool:
        return any(row.source == source for row in self.rows)

    def parties(self, source: Source, evidence: str) -> tuple[Party, ...]:
        shown = display(evidence) if "@" in evidence else display("@" + evidence)[1:]
        parties = (
            Party(
                id=row.customer_id,
                name=row.name,
                kind=row.kind,
                is_company=row.is_company,
                company_id=row.company_id,
                company_name=row.company_name or "",
                company_kind=row.company_kind or "",
                evidence=shown,
                unconfirmed_since=_iso(row.listed_since),
            )
            for row in self.rows
            if row.source == source
        )
        return tuple(dict.fromkeys(parties))  # one that has an address in both spellings is one

    def companies(self, domain: str) -> tuple[Party, ...]:
        """Every company with the domain, each once (W15 counts all of them, allowed or not)."""
        by_id = {party.id: party for party in self.parties(Source.DOMAIN, domain) if party.is_company}
        return tuple(by_id.values())

    def contacts_without_company(self, domain: str) -> tuple[Party, ...]:
        return tuple(party for party in self.parties(Source.DOMAIN, domain) if not party.is_company)

    def lookalike(self, domain: str, settings: RecognitionSettings) -> Lookalike | None:
        """Whose domain an unknown `domain` looks like: a customer's, an authorised one, or ours; the first of several.

        A domain that is known itself looks like nobody's, nor does one of the same organisation.
        """
        known = (Source.REGISTERED, Source.AUTHORISED_DOMAIN, Source.DOMAIN)
        if any(row.source in known and row.listed_since is None for row in self.rows):
            return None
        similar = [(row, _domain(row.similar)) for row in self.rows if row.source in _LIKE]
        if any(organisation_of(other) == organisation_of(domain) for _row, other in similar):
            return None
        for row, other in sorted(similar, key=lambda each: (each[0].source, each[1])):
            if are_alike(domain, other) and not is_public_domain(other, settings):
                return _lookalike(row, other)
        return None


def _lookalike(row: DirectoryRow, domain: str) -> Lookalike:
    owner = _LIKE[Source(row.source)]
    return Lookalike(domain, owner, row.customer_id, row.name) if row.owners == 1 else Lookalike(domain, owner)


def _domain(similar: str) -> str:
    return domain_of(similar) if "@" in similar else similar


def _iso(moment: datetime | None) -> str:
    """A moment in UTC as ISO 8601 has it, in seconds; "" for none."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else ""


def is_public_domain(domain: str, settings: RecognitionSettings) -> bool:
    """Whether `domain` says nothing: a known provider, with this installation's additions and exceptions."""
    if domain in _domains(settings.public_domains_excepted):
        return False
    return is_public_mail(domain) or domain in _domains(settings.public_domains_added)


def _domains(text: str) -> set[str]:
    return {normalise_domain(word) for word in text.replace(",", " ").split()}
