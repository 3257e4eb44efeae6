"""Pieces of SQL with their parameters, and the limits under which the search runs them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import QueryCanceled

from workflow_mirror.references.errors import SearchTooSlowError

MOST_SECONDS = 5
"""Of one statement."""
# Every search has an index. A scan of all texts would look cheap to the planner because of the
# LIMIT, and read them to the end where hits are rare. Hash and merge joins read all that a frequent
# term finds, also where the first 10,000 hits are enough. With less memory, PostgreSQL would only
# note the pages of frequent terms, and read and check every text there.
_LIMITS = {
    "statement_timeout": str(MOST_SECONDS * 1000),
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "work_mem": "'32MB'",
}


class Sql(NamedTuple):
    """A condition. `text` is made of constants; every value is a parameter."""

    text: str
    values: tuple[Any, ...] = ()


NEVER = Sql("FALSE")


def all_of(conditions: Iterable[Sql]) -> Sql:
    return _joined(" AND ", conditions) or Sql("TRUE")


def any_of(conditions: Iterable[Sql]) -> Sql:
    return _joined(" OR ", conditions) or NEVER


def none_of(condition: Sql) -> Sql:
    return Sql(f"NOT coalesce({condition.text}, FALSE)", condition.values)


def _joined(word: str, conditions: Iterable[Sql]) -> Sql | None:
    parts = list(conditions)
    if not parts:
        return None
    values = tuple(value for part in parts for value in part.values)
    return Sql("(" + word.join(part.text for part in parts) + ")", values)


@contextmanager
def limited() -> Iterator[CursorWrapper]:
    """A cursor for one search. Raises SearchTooSlowError."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for name, value in _LIMITS.items():
                cursor.execute(f"SET LOCAL {name} = {value}")
            yield cursor
            for name in _LIMITS:  # an outer transaction may continue
                cursor.execute(f"SET LOCAL {name} TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlowError(seconds=MOST_SECONDS) from error
        raise
