"""Counts SQL statements."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def recording() -> Iterator[list[str]]:
    """The SQL statements of the block."""
    from django.db import connection

    recorded: list[str] = []

    def record(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        recorded.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(record):
        yield recorded


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Count the SQL statements of the block, by their first word and the table they touch."""
    counts: Counter[str] = Counter()
    with recording() as recorded:
        yield counts
    for sql in recorded:
        verb = sql.split(maxsplit=1)[0].upper()
        table = re.search(r'(?:UPDATE|INTO|FROM)\s+"?(\w+)"?', sql)
        counts[f"{verb} {table.group(1) if table else ''}".strip()] += 1
