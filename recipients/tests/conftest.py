"""What the tests of recipients have in common."""

from collections.abc import Iterator

import pytest

from helpdesk.celery import app


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker that does at once what is queued."""
    app.loader.import_default_modules()  # what is queued by name
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False
