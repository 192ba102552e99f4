"""Another database as the default one, such as a PostgreSQL full of rows, to see what its planner does with them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import environ
from django.db import connection, connections
from django.db.models import DateTimeField, Model
from django.db.utils import load_backend


@contextmanager
def database_at(place: str | Mapping[str, Any]) -> Iterator[None]:
    """The default database is the one at a URL, or with other settings; afterwards it is what it was."""
    before = connections["default"]
    other = {**environ.Env.db_url_config(place), "OPTIONS": {}} if isinstance(place, str) else place
    settings = {**before.settings_dict, **other}
    connections["default"] = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before


def fill(statements: Sequence[str], values: Mapping[str, Any]) -> None:
    """Run the SQL that fills it, and let the planner count the rows."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")


def give_defaults(model: type[Model]) -> None:
    """Let the database fill in what Django would: a new field needs no word in the SQL."""
    with connection.schema_editor() as editor:
        for field in model._meta.concrete_fields:
            if field.null or field.primary_key or field.is_relation:
                continue
            value = "now()" if isinstance(field, DateTimeField) else editor.quote_value(editor.effective_default(field))
            editor.execute(f'ALTER TABLE {model._meta.db_table} ALTER "{field.column}" SET DEFAULT {value}')
