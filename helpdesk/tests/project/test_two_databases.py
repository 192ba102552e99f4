"""Which tests run on PostgreSQL again? Those that ask for the configured database, by whatever name.

And on both, each thread has a connection of its own: what a browser asks for at once shares no transaction.
"""

import threading

import pytest
from django.db import connection, transaction

from tickets.models import Queue


def once(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("any_database") is not None


def test_one_that_asks_for_no_database_runs_once(request: pytest.FixtureRequest) -> None:
    assert once(request)


def test_one_that_needs_a_row_runs_on_both(request: pytest.FixtureRequest, queue: Queue) -> None:
    assert not once(request)


@pytest.mark.django_db
def test_one_that_is_marked_runs_on_both(request: pytest.FixtureRequest) -> None:
    assert not once(request)


@pytest.mark.django_db(transaction=True)
def test_one_with_transactions_of_its_own_runs_on_both(request: pytest.FixtureRequest) -> None:
    assert not once(request)


@pytest.mark.browser
@pytest.mark.django_db
def test_one_that_drives_a_browser_runs_once(request: pytest.FixtureRequest) -> None:
    assert once(request)


@pytest.mark.django_db(transaction=True)
def test_another_thread_sees_nothing_before_it_is_committed() -> None:
    seen = []

    def look() -> None:
        seen.append(Queue.objects.exists())
        connection.close()

    def in_another_thread() -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    with transaction.atomic():
        Queue.objects.create(name="Support")
        in_another_thread()
    in_another_thread()
    assert seen == [False, True]


def test_one_that_did_not_ask_is_refused_the_database() -> None:
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        Queue.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("case", ["first", "second"])
def test_of_several_cases_the_first_runs_on_both(request: pytest.FixtureRequest, case: str) -> None:
    assert once(request) == (case != "first")


@pytest.mark.each_case_asks_more
@pytest.mark.django_db
@pytest.mark.parametrize("case", ["first", "second"])
def test_of_cases_that_ask_more_each_runs_on_both(request: pytest.FixtureRequest, case: str) -> None:
    assert not once(request)
