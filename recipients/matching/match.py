"""The matcher: who stands behind an address, and why we think so.

A pure function of (address, verdict, directory snapshot), so that the same code answers for a mail, for a dry run and
for an explanation. The first step with a usable answer wins; two answers in one step are an answer of their own:
ambiguous, nobody is chosen, and no weaker step is asked (S30, S36, W11, W12, A03, A09, R04, R18).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from recipients.addressing.lookalikes import Lookalike
from recipients.matching.verdict import UNKNOWN, Verdict


class Step(StrEnum):
    """The steps in the order in which they are asked; NONE if nobody was found."""

    EXACT = "exact"
    PAIRING = "pairing"
    AUTHORISED_ADDRESS = "authorised_address"
    AUTHORISED_DOMAIN = "authorised_domain"
    ADDED = "added"
    DOMAIN = "domain"
    NONE = "none"


class Rejection(StrEnum):
    """Why a candidate was not chosen, or why nobody was."""

    KIND = "kind_not_allowed"
    PREFERENCE = "preference"
    AMBIGUOUS = "ambiguous"
    SHARED = "shared_address"
    PUBLIC_MAIL = "public_mail_domain"
    OWN_ADDRESS = "own_address"
    NO_COMPANY = "contact_without_company"
    NO_ADDRESS = "no_address"
    UNAUTHENTICATED = "domain_not_authenticated"
    UNCONFIRMED = "listed_domain_unconfirmed"


class Preference(StrEnum):
    """Whom to choose when an address belongs to a person and a company (W05, W06, W07)."""

    COMPANY = "company"
    PERSON = "person"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as the matcher sees one.

    `unconfirmed_since`: when it listed the sender itself, as ISO 8601 text, if no agent has confirmed that; else "".
    """

    id: int
    name: str
    kind: str
    is_company: bool
    company_id: int | None = None
    company_name: str = ""
    company_kind: str = ""
    evidence: str = ""
    unconfirmed_since: str = ""

    @property
    def company(self) -> "Party | None":
        """The company itself, or the one that a person belongs to, on the same evidence."""
        if self.is_company:
            return self
        if self.company_id is None:
            return None
        return Party(self.company_id, self.company_name, self.company_kind, is_company=True, evidence=self.evidence)


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything that recipients knows about one address: all that the matcher may look at.

    `listed_senders_wait`: what customers list counts only after an agent has confirmed it.
    """

    registered: tuple[Party, ...] = ()
    paired: tuple[Party, ...] = ()
    shared: bool = False
    own: bool = False
    authorised_address: tuple[Party, ...] = ()
    authorised_domain: tuple[Party, ...] = ()
    added: tuple[Party, ...] = ()
    domain_companies: tuple[Party, ...] = ()
    domain_contacts_without_company: tuple[Party, ...] = ()
    public_mail: bool = False
    lookalike: Lookalike | None = None
    listed_senders_wait: bool = False
    allowed_kinds: frozenset[str] = frozenset({"customer", "lead"})
    preference: Preference = Preference.COMPANY

    @property
    def customers(self) -> set[int]:
        """The keys of everybody whom a match may choose."""
        parties = (
            *(*self.registered, *self.paired, *self.authorised_address, *self.authorised_domain),
            *(*self.added, *self.domain_companies),
        )
        return {party.id for party in parties} | {party.company_id for party in parties if party.company_id}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who was found and not chosen."""

    customer: int
    name: str
    step: Step
    evidence: str
    rejected: Rejection


@dataclass(frozen=True, slots=True)
class Match:
    """Our conclusion: `customer` is None if nobody, or more than one, was found. Stored with the ticket as values."""

    address: str
    step: Step
    customer: int | None = None
    customer_name: str = ""
    company: int | None = None
    company_name: str = ""
    evidence: str = ""
    candidates: tuple[Candidate, ...] = ()
    reason: Rejection | None = None
    trail: tuple[str, ...] = field(default=())
    lookalike: Lookalike | None = None
    unconfirmed_since: str = ""

    @property
    def authorises(self) -> bool:
        """Whether the step also says that the sender may write for the customer (steps 1 to 4)."""
        return self.customer is not None and self.step not in (Step.ADDED, Step.DOMAIN)

    @property
    def rests_on_domain(self) -> bool:
        """Whether nothing but its domain speaks for the address: of a company, or of a person added to one by it."""
        return self.customer is not None and (
            self.step is Step.DOMAIN or (self.step is Step.ADDED and self.company is not None)
        )

    @property
    def ambiguous(self) -> bool:
        return self.reason is Rejection.AMBIGUOUS or self.reason is Rejection.PREFERENCE

    def as_json(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "step": str(self.step),
            "customer": self.customer,
            "customer_name": self.customer_name,
            "company": self.company,
            "company_name": self.company_name,
            "evidence": self.evidence,
            "reason": str(self.reason) if self.reason else None,
            "candidates": [
                {
                    "customer": c.customer,
                    "name": c.name,
                    "step": str(c.step),
                    "evidence": c.evidence,
                    "rejected": str(c.rejected),
                }
                for c in self.candidates
            ],
            "trail": list(self.trail),
            "lookalike": self.lookalike.as_json() if self.lookalike else None,
            "unconfirmed_since": self.unconfirmed_since,
        }


def match(address: str, directory: Directory, verdict: Verdict = UNKNOWN, *, enforce: bool = False) -> Match:
    """The customer behind a normalised `address` ("" if the mail has no usable author).

    With `enforce` (a mailbox's authentication mode) a step that rests on the domain alone needs an aligned DMARC pass.
    Whom the domain of somebody unknown looks like is told with the answer, and never changes it.
    """
    answer = _answer(address, directory, domain_counts=domain_counts(verdict, enforce=enforce))
    if directory.lookalike is None or answer.authorises or directory.own or directory.shared:
        return answer
    return replace(answer, lookalike=directory.lookalike)


#: Steps that rest on the sender's domain alone, which anybody can write into From.
BY_DOMAIN = frozenset({Step.AUTHORISED_DOMAIN, Step.DOMAIN})


def domain_counts(verdict: Verdict, *, enforce: bool) -> bool:
    """Whether a step that rests on the sender's domain alone may be used."""
    return verdict.passed or not enforce


def _answer(address: str, directory: Directory, *, domain_counts: bool) -> Match:
    if not address:
        return Match(address, Step.NONE, reason=Rejection.NO_ADDRESS)
    if directory.own:
        return Match(address, Step.NONE, reason=Rejection.OWN_ADDRESS)
    if directory.shared:
        return Match(address, Step.NONE, reason=Rejection.SHARED)
    inquiry = _Inquiry(address, directory, domain_counts=domain_counts)
    for step, parties in (
        (Step.EXACT, directory.registered),
        (Step.PAIRING, directory.paired),
        (Step.AUTHORISED_ADDRESS, directory.authorised_address),
        (Step.AUTHORISED_DOMAIN, directory.authorised_domain),
        *(((Step.ADDED, directory.added),) if directory.added else ()),  # what nobody said is asked last
    ):
        if answer := inquiry.ask(step, parties):
            return answer
    return inquiry.ask_domain()


class _Inquiry:
    """The candidates met and the steps asked on the way to one answer."""

    def __init__(self, address: str, directory: Directory, *, domain_counts: bool) -> None:
        self.address = address
        self.directory = directory
        self.domain_counts = domain_counts
        self.candidates: list[Candidate] = []
        self.trail: list[str] = []

    def ask(self, step: Step, parties: tuple[Party, ...]) -> Match | None:
        """The answer of `step`: a customer, an ambiguity, or None if the next step is to be asked."""
        self.trail.append(step)
        if step is Step.AUTHORISED_DOMAIN and not self.domain_counts:
            self.reject(step, parties, Rejection.UNAUTHENTICATED)
            return None
        self.reject(step, (party for party in parties if not self.counts(party)), Rejection.UNCONFIRMED)
        parties = tuple(party for party in parties if self.counts(party))
        allowed = [party for party in parties if self.allows(party)]
        self.reject(step, (party for party in parties if not self.allows(party)), Rejection.KIND)
        if len(allowed) > 1:
            return self.between(step, allowed)
        return self.chosen(step, allowed[0]) if allowed else None

    def ask_domain(self) -> Match:
        """Step 5: exactly one company has the domain, counted before kinds are looked at (W12, W13, W14, W15)."""
        step, directory = Step.DOMAIN, self.directory
        self.trail.append(step)
        if directory.public_mail:
            waits = any(each.rejected is Rejection.UNCONFIRMED for each in self.candidates)
            return self.nobody(Rejection.UNCONFIRMED if waits else Rejection.PUBLIC_MAIL)
        self.reject(step, directory.domain_contacts_without_company, Rejection.NO_COMPANY)
        companies = directory.domain_companies
        if len(companies) > 1:
            self.reject(step, companies, Rejection.AMBIGUOUS)
            return self.nobody(Rejection.AMBIGUOUS, step)
        if companies and not self.domain_counts:
            self.reject(step, companies, Rejection.UNAUTHENTICATED)
        elif companies and not self.allows(companies[0]):
            self.reject(step, companies, Rejection.KIND)
        elif companies:
            return self.chosen(step, companies[0])
        return self.nobody(self.candidates[-1].rejected if self.candidates else None)

    def between(self, step: Step, allowed: list[Party]) -> Match:
        """More than one: a person and a company by preference, persons of one company as that company, or nobody."""
        companies = [party for party in allowed if party.is_company]
        persons = [party for party in allowed if not party.is_company]
        if step is Step.EXACT and len(companies) == len(persons) == 1:
            return self.preferred(companies[0], persons[0])
        behind = {party.company for party in allowed}
        ids = {company.id if company else None for company in behind}
        company = next(iter(behind))
        if len(ids) == 1 and company and self.allows(company):
            return self.chosen(step, company)
        self.reject(step, allowed, Rejection.AMBIGUOUS)
        return self.nobody(Rejection.AMBIGUOUS, step)

    def preferred(self, company: Party, person: Party) -> Match:
        if self.directory.preference is Preference.NONE:
            self.reject(Step.EXACT, (company, person), Rejection.PREFERENCE)
            return self.nobody(Rejection.PREFERENCE, Step.EXACT)
        winner, loser = company, person
        if self.directory.preference is Preference.PERSON:
            winner, loser = person, company
        self.reject(Step.EXACT, (loser,), Rejection.PREFERENCE)
        return self.chosen(Step.EXACT, winner)

    def counts(self, party: Party) -> bool:
        """Whether what the party listed itself may speak for it: not while it waits, nor against anybody else."""
        if not party.unconfirmed_since:
            return True
        directory, family = self.directory, {party.id, party.company_id}
        listed = (*directory.authorised_address, *directory.authorised_domain)
        confirmed = (each for each in listed if not each.unconfirmed_since)
        known = (*confirmed, *directory.domain_companies, *directory.domain_contacts_without_company)
        return not directory.listed_senders_wait and all(each.id in family for each in known)

    def allows(self, party: Party) -> bool:
        return party.kind in self.directory.allowed_kinds

    def chosen(self, step: Step, party: Party) -> Match:
        return Match(
            self.address,
            step,
            customer=party.id,
            customer_name=party.name,
            company=party.company_id,
            company_name=party.company_name,
            evidence=party.evidence,
            candidates=tuple(self.candidates),
            trail=tuple(self.trail),
            unconfirmed_since=party.unconfirmed_since,
        )

    def nobody(self, reason: Rejection | None, step: Step = Step.NONE) -> Match:
        return Match(self.address, step, candidates=tuple(self.candidates), reason=reason, trail=tuple(self.trail))

    def reject(self, step: Step, parties: Iterable[Party], why: Rejection) -> None:
        self.candidates += [Candidate(p.id, p.name, step, p.evidence, why) for p in parties]
