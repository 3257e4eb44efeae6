"""Columns of the files of a list: what each shows of a row."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

READ_AT_ONCE = 1000


@dataclass(frozen=True)
class FileColumn:
    """`value` gives a text, number, time or None for a row. `is_time` is a time in UTC."""

    label: str | Promise
    value: Callable[[Any], Any]
    is_time: bool = False

    @property
    def title(self) -> str:
        return f"{self.label} (UTC)" if self.is_time else str(self.label)


def field(name: str, label: str | Promise) -> FileColumn:
    return FileColumn(label, lambda row: getattr(row, name))


def time(name: str, label: str | Promise) -> FileColumn:
    return FileColumn(label, lambda row: getattr(row, name), is_time=True)


def yes_or_no(name: str, label: str | Promise) -> FileColumn:
    return FileColumn(label, lambda row: int(getattr(row, name)))


def values(rows: Iterable[Any], columns: Iterable[FileColumn]) -> Iterator[list[Any]]:
    columns = list(columns)
    for row in rows:
        yield [column.value(row) for column in columns]


def portions(rows: QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
    """However many rows there are, `READ_AT_ONCE` of them are in memory."""
    yield from batched(rows.iterator(READ_AT_ONCE), READ_AT_ONCE)
