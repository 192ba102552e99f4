"""Does the database stop where a question takes too long, and go on afterwards?"""

import time

import pytest
from django.db import connection

from helpdesk.database.time_limit import OutOfTimeError, at_most

ENDLESS = {
    "postgresql": "SELECT pg_sleep(20)",
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
}


def ask(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_question_that_takes_too_long_is_stopped_and_others_are_answered() -> None:
    started = time.monotonic()
    with pytest.raises(OutOfTimeError), at_most(20):
        ask(ENDLESS[connection.vendor])
    assert time.monotonic() - started < 10
    with at_most(5000):
        assert ask("SELECT 7") == 7
    if connection.vendor == "postgresql":
        assert ask("SHOW statement_timeout") == "0"
