"""Counting SQL statements."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Count the SQL statements of the block, by their first word and the table they touch."""
    from django.db import connection

    counts: Counter[str] = Counter()

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        verb = sql.split(maxsplit=1)[0].upper()
        table = re.search(r'(?:UPDATE|INTO|FROM)\s+"?(\w+)"?', sql)
        counts[f"{verb} {table.group(1) if table else ''}".strip()] += 1
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        yield counts
