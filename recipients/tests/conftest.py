"""What the tests of the address book have in common."""

from collections.abc import Iterator

import pytest

from helpdesk.celery import app


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker that does at once what is queued."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False
