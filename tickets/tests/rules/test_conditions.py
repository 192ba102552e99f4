"""Conditions and the decision of rules, as arithmetic: no database knows of it."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.models import Rule
from tickets.rules.actions import Action, Do
from tickets.rules.conditions import Authenticity, Condition, CustomerFacts, Facts, Field, How, MailKind, holds
from tickets.rules.language import language_of
from tickets.rules.plan import CompiledRule, decide
from tickets.rules.rulebook import compiled

FACTS = Facts(
    received_at=dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC),
    address="billing@helpdesk.example",
    sent_to=("all@helpdesk.example", "billing@helpdesk.example"),
    sender="info@xn--mller-kva.example",
    customer=CustomerFacts(frozenset({7, 8}), "customer", 3),
    subject="Die   Rechnung",
    text="Guten Tag, ich habe eine Frage zu der Rechnung und bitte um Hilfe.",
    headers=(("X-Shop", "eBay"), ("x-shop", "other")),
    size=12_000,
    files=1,
    kind=MailKind.PERSON,
    verdict=Authenticity.PASSED,
    queue=5,
    in_hours=False,
)


@pytest.mark.parametrize(
    ("field", "how", "value", "found"),
    [
        ("address", "exact", "Billing@Helpdesk.example", True),
        ("address", "exact", "all@helpdesk.example", False),
        ("any_address", "exact", "all@helpdesk.example", True),
        ("sender", "contains", "@müller.", True),
        ("sender", "ends", "@xn--mller-kva.example", True),
        ("sender_domain", "is", "müller.example", True),
        ("sender_domain", "is", "example", False),
        ("customer", "is", 7, True),
        ("customer", "is", 8, True),  # of the company of a person
        ("customer", "is", 9, False),
        ("customer_kind", "is", "lead", False),
        ("partner", "is", 3, True),
        ("known", "yes", "", True),
        ("subject", "contains", "die rechnung", True),
        ("subject", "exact", "Rechnung", False),
        ("subject", "starts", "DIE", True),
        ("subject", "regex", "rech.*ng$", True),
        ("subject", "regex", "(", False),
        ("body", "contains", "frage", True),
        ("body", "contains", "", False),
        ("size", "at_least", 12, True),
        ("size", "at_most", 11, False),
        ("file", "yes", "", True),
        ("language", "is", "de", True),
        ("kind", "is", "bulk", False),
        ("verdict", "is", "passed", True),
        ("queue", "is", 5, True),
        ("in_hours", "yes", "", False),
    ],
)
def test_a_condition_and_its_negation(field: str, how: str, value: Any, found: bool) -> None:
    assert holds(Condition(field, how, value), FACTS) is found
    assert holds(Condition(field, how, value, negated=True), FACTS) is not found


def test_a_header_is_found_by_its_name_in_any_spelling() -> None:
    assert holds(Condition("header", "exact", "other", name="X-SHOP"), FACTS)
    assert not holds(Condition("header", "exact", "ebay", name="X-Other"), FACTS)


@pytest.mark.parametrize("field", ["no_such_field", "hours_created"])
def test_what_nobody_can_ask_holds_neither_as_it_is_nor_negated(field: str) -> None:
    assert not holds(Condition(field, "is", 1), FACTS)
    assert not holds(Condition(field, "is", 1, negated=True), FACTS)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The printer is on fire and we have no water", "en"),
        ("Buongiorno, vorrei sapere come si fa per la fattura", "it"),
        ("Dzień dobry, nie mam dostępu do konta i proszę o pomoc", "pl"),
        ("Здравствуйте, у нас не работает принтер и мы не знаем, что делать", "ru"),
        ("Bonjour, je ne trouve pas la facture dans mon compte", "fr"),
        ("12345", ""),
        ("Printer", ""),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language


HOLDS = Condition("queue", "is", 5)
FAILS = Condition("queue", "is", 6)
rules = st.lists(
    st.builds(
        CompiledRule,
        pk=st.integers(1, 99),
        name=st.just("R"),
        conditions=st.lists(st.sampled_from([HOLDS, FAILS]), max_size=3).map(tuple),
        actions=st.lists(
            st.builds(Action, st.sampled_from([Do.PRIORITY, Do.QUEUE]), st.integers(1, 9)), min_size=1, max_size=2
        ).map(tuple),
        any_of=st.booleans(),
        stop=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda rule: rule.pk,
)


@settings(max_examples=50)
@given(rules)
def test_rules_act_in_order_until_one_stops_and_the_last_word_counts(given_rules: list[CompiledRule]) -> None:  # S59
    applying = [
        rule
        for rule in given_rules
        if rule.conditions and (any if rule.any_of else all)(condition == HOLDS for condition in rule.conditions)
    ]
    until = next((number for number, rule in enumerate(applying) if rule.stop), len(applying))
    acting = applying[: until + 1]
    plan = decide(FACTS, given_rules)
    assert [hit.rule for hit in plan.hits] == acting
    for name in ("priority", "queue"):
        said = [action.value for rule in acting for action in rule.actions if action.do == name]
        assert getattr(plan, name) == (said[-1] if said else None)


@settings(max_examples=50)
@given(rules)
def test_conditions_are_read_before_actions(given_rules: list[CompiledRule]) -> None:  # S59
    """A rule that moves the mail elsewhere changes nothing for the conditions of those below it."""
    moved = CompiledRule(100, "Move", (HOLDS,), (Action(Do.QUEUE, 6),))
    alone = [hit.rule for hit in decide(FACTS, given_rules).hits]
    assert [hit.rule for hit in decide(FACTS, [moved, *given_rules]).hits] == [moved, *alone]


def test_the_default_rule_counts_where_no_other_acted() -> None:
    default = CompiledRule(1, "Default", (), (Action(Do.PRIORITY, 1),), is_default=True)
    other = CompiledRule(2, "Other", (HOLDS,), (Action(Do.STATUS, "open"),))
    assert decide(FACTS, [other, default]).priority is None
    assert decide(FACTS, [CompiledRule(2, "Other", (FAILS,)), default]).priority == 1


def test_tags_and_further_agents_of_several_rules_add_up() -> None:
    first = CompiledRule(1, "A", (HOLDS,), (Action(Do.TAGS, ["a", "b"]), Action(Do.NOTIFY, [1])))
    second = CompiledRule(2, "B", (HOLDS,), (Action(Do.TAGS, ["b", "c"]), Action(Do.NOTIFY, [2])))
    plan = decide(FACTS, [first, second])
    assert (plan.tags, plan.notify) == (("a", "b", "c"), (1, 2))


def test_an_expression_that_takes_for_ever_ends_and_matches_nothing() -> None:
    slow = CompiledRule(1, "Slow", (Condition("body", "regex", "(a+)+$"),), (Action(Do.DELETE),))
    facts = Facts(received_at=FACTS.received_at, text="a" * 5_000 + "b")
    assert not decide(facts, [slow] * 20)


stored_things = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from([*Field.values, *Do.values, ""])


conditions = st.fixed_dictionaries({"field": kinds, "how": st.sampled_from(How.values), "value": stored_things})
actions = st.fixed_dictionaries({"do": kinds, "value": stored_things})


@settings(max_examples=50)
@given(st.lists(conditions, max_size=2) | stored_things, st.lists(actions, max_size=2) | stored_things)
def test_a_rule_that_no_form_of_ours_wrote_stops_no_mail(stored: Any, to_do: Any) -> None:
    rule = compiled(Rule(name="R", conditions=stored, actions=to_do))
    decide(FACTS, [rule])


def test_a_condition_that_cannot_be_read_makes_a_rule_no_broader() -> None:
    broken = {"field": "customer", "how": "is", "value": [7]}
    good = {"field": "queue", "how": "is", "value": 5}
    assert not compiled(Rule(conditions=[good, broken])).applies(FACTS)
    assert not compiled(Rule(conditions=[broken | {"negated": True}])).applies(FACTS)
