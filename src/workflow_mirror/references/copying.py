"""Many rows at once, by COPY."""

from collections.abc import Iterable
from typing import Any

from django.db import connection


def copy_rows(statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Raises Django's database errors, such as OperationalError for a connection that was cut.

    Django's cursor translates those of `execute`, but not those of `copy`.
    """
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)
