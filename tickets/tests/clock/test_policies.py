"""Does the first level decide that gives exactly one? (W16)"""

from dataclasses import dataclass

from tickets.clock.policies import Facts, Level, choose


@dataclass(frozen=True)
class Policy:
    name: str
    customer: int | None = None
    category: int | None = None
    queue: int | None = None


CARLA, ACME, PRINTERS, HARDWARE, SUPPORT, SALES = range(1, 7)
FACTS = Facts(customer=CARLA, company=ACME, categories=(PRINTERS, HARDWARE), queue=SUPPORT)
CUSTOMER, COMPANY = Policy("customer", customer=CARLA), Policy("company", customer=ACME)
CATEGORY, PARENT = Policy("category", category=PRINTERS), Policy("parent", category=HARDWARE)
QUEUE, DEFAULT = Policy("queue", queue=SUPPORT), Policy("default")


def test_each_level_is_asked_when_those_above_give_none() -> None:  # W16
    there = [CUSTOMER, COMPANY, CATEGORY, PARENT, QUEUE, DEFAULT]
    for place, level in enumerate(Level):
        assert choose(there[::-1][: len(there) - place], FACTS) == (there[place], level)


def test_a_level_that_gives_two_does_not_decide() -> None:
    assert choose([CUSTOMER, Policy("again", customer=CARLA), QUEUE], FACTS) == (QUEUE, Level.QUEUE)
    assert choose([DEFAULT, Policy("again")], FACTS) is None
    assert choose([], FACTS) is None


def test_a_level_looks_at_nothing_that_names_a_level_above_it() -> None:
    of_another = Policy("other", customer=99, category=PRINTERS, queue=SUPPORT)
    assert choose([of_another, Policy("sold", category=99, queue=SUPPORT), DEFAULT], FACTS) == (DEFAULT, Level.DEFAULT)


def test_what_is_named_besides_has_to_be_so_too() -> None:
    here = Policy("here", customer=ACME, queue=SUPPORT)
    there = Policy("there", customer=ACME, queue=SALES)
    below = Policy("below", customer=ACME, category=HARDWARE, queue=SALES)
    assert choose([here, there, below], FACTS) == (here, Level.COMPANY)
    assert choose([there], FACTS) is None
