"""Laws that hold for every directory, whoever is in it.

A law that has a premise draws only what meets it, or leaves the rest out by `assume`: hypothesis then looks on, and
fails a law whose premise is met too rarely.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from recipients.addressing.lookalikes import Lookalike, Owner
from recipients.addressing.normalise import domain_of, is_public_mail
from recipients.matching.directory import look_up, look_up_many, match_sender
from recipients.matching.match import BY_DOMAIN, Directory, Match, Party, Preference, Rejection, Step, match
from recipients.matching.verdict import Verdict
from recipients.models import AuthorisedSender, Customer, CustomerAddress, Recipient, RecognitionSettings

KINDS = ["customer", "lead", "supplier", "other"]
ADDRESS = "sender@firm.example"


@st.composite
def party(draw: st.DrawFn) -> Party:
    number = draw(st.integers(1, 6))
    is_company = number <= 3  # one id is one thing: 1 to 3 are companies, 4 to 6 persons
    company = None if is_company else draw(st.sampled_from([None, 1, 2, 3]))
    return Party(
        id=number,
        name=f"party {number}",
        kind=draw(st.sampled_from(KINDS)),
        is_company=is_company,
        company_id=company,
        company_name=f"party {company}" if company else "",
        company_kind=draw(st.sampled_from(KINDS)) if company else "",
    )


parties = st.lists(party(), max_size=3, unique_by=lambda each: each.id).map(tuple)
companies = parties.map(lambda found: tuple(each for each in found if each.is_company))
several_companies = st.lists(
    party().filter(lambda each: each.is_company), min_size=2, max_size=3, unique_by=lambda each: each.id
).map(tuple)
directories = st.builds(
    Directory,
    registered=parties,
    paired=parties.map(lambda found: found[:1]),
    shared=st.booleans(),
    own=st.booleans(),
    authorised_address=parties,
    authorised_domain=parties,
    added=parties.map(lambda found: tuple(each for each in found if not each.is_company)),
    domain_companies=companies,
    domain_contacts_without_company=parties.map(lambda found: tuple(e for e in found if not e.is_company)),
    public_mail=st.booleans(),
    lookalike=st.sampled_from([None, Lookalike("flrm.example", Owner.CUSTOMER, 7, "party 7")]),
    allowed_kinds=st.sets(st.sampled_from(KINDS)).map(frozenset),
    preference=st.sampled_from(Preference),
)
#: Of an address that is neither ours nor shared.
somebodys = directories.map(lambda directory: replace(directory, own=False, shared=False))


@st.composite
def undecided(draw: st.DrawFn) -> Directory:
    """Several are found in one step, and nobody in a stronger one."""
    directory, found = draw(somebodys), draw(st.lists(party(), min_size=2, max_size=4, unique_by=lambda each: each.id))
    first = draw(st.sampled_from(["registered", "authorised_address", "authorised_domain", "domain_companies"]))
    groups: dict[str, tuple[Party, ...]] = {first: tuple(found)}
    if first == "domain_companies":
        groups = {first: draw(several_companies), "authorised_domain": (), "added": ()}
    stronger = ("registered", "paired", "authorised_address")
    for name in stronger[: stronger.index(first) if first in stronger else None]:
        groups[name] = ()
    kinds = draw(st.sampled_from([KINDS, KINDS, KINDS[:2]]))
    return replace(directory, **groups, public_mail=False, allowed_kinds=frozenset(kinds))


@st.composite
def known_by_domain(draw: st.DrawFn) -> Directory:
    """Nothing but the domain speaks for the address, and it speaks for one that may be chosen."""
    one = (draw(party()),)
    company = (draw(party().filter(lambda each: each.is_company)),)
    groups = draw(
        st.sampled_from(
            [
                {"authorised_domain": one},
                {"authorised_domain": (), "domain_companies": company},
                {"authorised_domain": one, "domain_companies": company},
            ]
        )
    )
    directory = replace(draw(somebodys), registered=(), paired=(), authorised_address=(), added=())
    return replace(directory, **groups, public_mail=False, allowed_kinds=frozenset(KINDS))


verdicts = st.builds(Verdict, trusted=st.booleans(), dmarc=st.sampled_from(["", "pass", "fail"]))
unpassed = verdicts.filter(lambda verdict: not verdict.passed)


def groups(directory: Directory) -> dict[Step, tuple[Party, ...]]:
    return {
        Step.EXACT: directory.registered,
        Step.PAIRING: directory.paired,
        Step.AUTHORISED_ADDRESS: directory.authorised_address,
        Step.AUTHORISED_DOMAIN: directory.authorised_domain,
        Step.ADDED: directory.added,
        Step.DOMAIN: directory.domain_companies,
    }


@given(somebodys, verdicts, st.booleans())
def test_who_is_chosen_was_found_in_that_step_and_is_of_an_allowed_kind(
    directory: Directory, verdict: Verdict, enforce: bool
) -> None:
    answer = match(ADDRESS, directory, verdict, enforce=enforce)
    assume(answer.customer is not None)
    found = groups(directory)[answer.step]
    chosen = [p for p in (*found, *(p.company for p in found if p.company)) if p.id == answer.customer]
    assert any(p.kind in directory.allowed_kinds for p in chosen)


@given(somebodys, verdicts)
def test_two_answers_in_one_step_are_none(directory: Directory, verdict: Verdict) -> None:
    """Unless they are of one company, or the one person and the one company that the preference is asked about."""
    answer = match(ADDRESS, directory, verdict)
    assume(answer.customer is not None and answer.step is not Step.DOMAIN)
    usable = [each for each in groups(directory)[answer.step] if each.kind in directory.allowed_kinds]
    families = {each.company.id if each.company else -each.id for each in usable}
    one_of_each = answer.step is Step.EXACT and sorted(each.is_company for each in usable) == [False, True]
    assert len(families) == 1 or one_of_each


@given(known_by_domain(), several_companies)
def test_two_companies_with_the_domain_are_none(directory: Directory, found: tuple[Party, ...]) -> None:  # W15
    answer = match(ADDRESS, replace(directory, authorised_domain=(), domain_companies=found))
    assert (answer.step, answer.customer, answer.ambiguous) == (Step.DOMAIN, None, True)


@given(directories, verdicts, st.booleans())
def test_a_person_that_nobody_confirmed_never_authorises(directory: Directory, verdict: Verdict, enforce: bool) -> None:
    answer = match(ADDRESS, directory, verdict, enforce=enforce)
    alone = match(ADDRESS, replace(directory, added=()), verdict, enforce=enforce)
    assert answer.authorises == alone.authorises


@given(directories, verdicts, st.booleans())
def test_a_person_that_nobody_confirmed_changes_no_other_answer(
    directory: Directory, verdict: Verdict, enforce: bool
) -> None:
    answer = match(ADDRESS, directory, verdict, enforce=enforce)
    assume(answer.step is not Step.ADDED)
    alone = match(ADDRESS, replace(directory, added=()), verdict, enforce=enforce)
    assert (answer.customer, answer.step) == (alone.customer, alone.step)


@given(directories, st.sampled_from([(True, False), (False, True), (True, True)]))
def test_shared_and_own_addresses_are_nobodys(directory: Directory, nobodys: tuple[bool, bool]) -> None:
    # S32
    shared, own = nobodys
    assert match(ADDRESS, replace(directory, shared=shared, own=own)).customer is None


@given(directories)
def test_a_public_mail_domain_never_recognises(directory: Directory) -> None:
    assert match(ADDRESS, replace(directory, public_mail=True)).step is not Step.DOMAIN


@given(known_by_domain())
def test_not_even_if_nothing_else_is_known(directory: Directory) -> None:
    answer = match(ADDRESS, replace(directory, authorised_domain=(), public_mail=True))
    assert (answer.step, answer.customer) == (Step.NONE, None)


@given(undecided(), verdicts)
def test_an_ambiguity_never_falls_through_to_a_weaker_step(directory: Directory, verdict: Verdict) -> None:
    # S36
    answer = match(ADDRESS, directory, verdict)
    assume(answer.ambiguous)
    assert answer.customer is None
    weaker = list(Step)[list(Step).index(answer.step) + 1 :]
    assert not set(answer.trail) & set(weaker)
    assert {c.step for c in answer.candidates if c.rejected is answer.reason} == {answer.step}


@given(somebodys)
def test_the_first_step_that_knows_anybody_usable_answers(directory: Directory) -> None:
    # S30, S37
    """With a customer or with an ambiguity: no weaker step is asked to settle what a stronger one leaves open."""
    steps = (found for found in groups(directory).items() if found[0] is not Step.DOMAIN)
    usable = (step for step, found in steps if any(each.kind in directory.allowed_kinds for each in found))
    first = next(usable, None)
    assume(first is not None)
    answer = match(ADDRESS, directory)
    assert answer.step is first
    assert answer.ambiguous == (answer.customer is None)


@given(somebodys)
def test_no_weaker_step_can_change_the_answer_of_a_stronger_one(directory: Directory) -> None:
    answer = match(ADDRESS, directory)
    assume(answer.customer is not None)
    later = {
        Step.EXACT: ["paired", "authorised_address", "authorised_domain", "added", "domain_companies"],
        Step.PAIRING: ["authorised_address", "authorised_domain", "added", "domain_companies"],
        Step.AUTHORISED_ADDRESS: ["authorised_domain", "added", "domain_companies"],
        Step.AUTHORISED_DOMAIN: ["added", "domain_companies"],
        Step.ADDED: ["domain_companies"],
        Step.DOMAIN: [],
    }[answer.step]
    alone = match(ADDRESS, replace(directory, **dict.fromkeys(later, ())))
    assert (alone.customer, alone.step) == (answer.customer, answer.step)


@given(known_by_domain(), unpassed)
def test_enforcing_never_chooses_by_an_unauthenticated_domain(directory: Directory, verdict: Verdict) -> None:
    trusting = match(ADDRESS, directory, verdict)
    assume(trusting.customer is not None and trusting.step in BY_DOMAIN)
    answer = match(ADDRESS, directory, verdict, enforce=True)
    assert answer.customer is None or answer.step not in BY_DOMAIN


@given(directories, verdicts, st.booleans())
def test_whom_a_domain_looks_like_is_told_of_nobody_known_and_changes_no_answer(
    directory: Directory, verdict: Verdict, enforce: bool
) -> None:
    answer = match(ADDRESS, directory, verdict, enforce=enforce)
    plain = match(ADDRESS, replace(directory, lookalike=None), verdict, enforce=enforce)
    assert replace(answer, lookalike=None) == plain
    assert answer.lookalike is None or not answer.authorises
    assert 7 not in {answer.customer, *(candidate.customer for candidate in answer.candidates)}


@given(directories)
def test_an_answer_survives_as_values(directory: Directory) -> None:
    # S40
    answer = match(ADDRESS, directory)
    stored = answer.as_json()
    assert (stored["customer"], stored["step"]) == (answer.customer, str(answer.step))
    assert len(stored["candidates"]) == len(answer.candidates)


def test_nobody_without_an_address() -> None:
    assert match("", Directory()).reason is Rejection.NO_ADDRESS


# -- The same laws for directories in the database ---------------------------------------------------------------------

people = st.lists(
    st.tuples(
        st.booleans(),  # is a company
        st.sampled_from(["customer", "lead", "supplier"]),
        st.lists(st.sampled_from(["a@one.example", "b@one.example", "c@two.example", "d@gmail.com"]), max_size=2),
        st.integers(0, 2),  # which company a person belongs to; 0 is none
    ),
    max_size=5,
)


def write(found: list[tuple[bool, str, list[str], int]]) -> None:
    made: list[Customer] = []
    for is_company, kind, addresses, employer in found:
        firms = [each for each in made if each.is_company]
        company = firms[employer - 1] if not is_company and 0 < employer <= len(firms) else None
        customer = Customer.objects.create(name="somebody", kind=kind, is_company=is_company, company=company)
        made.append(customer)
        for address in dict.fromkeys(addresses):
            CustomerAddress.objects.create(customer=customer, address=address)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, st.sampled_from(["a@one.example", "x@one.example", "x@two.example", "d@gmail.com", "x@gmail.com"]))
def test_an_unrelated_customer_changes_nothing(found: list[tuple[bool, str, list[str], int]], address: str) -> None:
    Customer.objects.all().delete()
    Recipient.objects.all().delete()
    write(found)
    before: Match = match_sender(address)
    unrelated = Customer.objects.create(name="Unrelated", is_company=True)
    CustomerAddress.objects.create(customer=unrelated, address="office@unrelated.example", is_primary=True)
    AuthorisedSender.objects.create(customer=unrelated, value="unrelated.example", kind="domain")
    assert match_sender(address) == before
    assert before == match(address, look_up(address))  # a dry run is the real run


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, st.sampled_from(["d@gmail.com", "x@gmail.com"]))
def test_a_public_mail_domain_is_no_step(found: list[tuple[bool, str, list[str], int]], address: str) -> None:
    Customer.objects.all().delete()
    write(found)
    assert is_public_mail(domain_of(address))
    assert match_sender(address).step in (Step.EXACT, Step.NONE)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people, st.sampled_from(["a@one.example", "x@one.example", "x@two.example", "x@0ne.example", "x@gmail.com"]))
def test_a_customer_with_a_similar_domain_changes_nobodys_answer(
    found: list[tuple[bool, str, list[str], int]], address: str
) -> None:
    Customer.objects.all().delete()
    Recipient.objects.all().delete()
    write(found)
    before = match_sender(address)
    similar = Customer.objects.create(name="Similar", is_company=True)
    CustomerAddress.objects.create(customer=similar, address="office@0n3.example", is_primary=True)
    after = match_sender(address)
    assert replace(after, lookalike=None) == replace(before, lookalike=None)
    many = look_up_many({address, "y@else.example"}, RecognitionSettings())
    assert many[address] == look_up(address)
