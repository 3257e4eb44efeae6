"""The registry of job kinds. Each package registers its own kinds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Any, Protocol

from django.utils.functional import Promise

from workflow_mirror.jobs.work import Work


class Priority(IntEnum):
    """Of two jobs that are due, the one with the higher priority is first."""

    BACKGROUND = 0
    SCHEDULE = 10
    PEOPLE = 20


@dataclass(frozen=True)
class Kind:
    """The definition of one kind of job.

    `name` is stored and never changes; `title` is the job's name in JSON, `label` on screens.
    """

    name: str
    title: str
    label: str | Promise
    handler: Callable[[Work], None]
    """Does the job. Reports by `work.report` and calls `work.note()` at least once a second."""

    tries: Callable[[], int]
    backoff: Callable[[], timedelta]
    temporary: tuple[type[Exception], ...] = ()
    """Errors that another try may not meet; each costs a try. The database's are always so."""

    busy: tuple[type[Exception], ...] = ()
    """Errors that only postpone the job, and cost no try."""

    people_may_retry: bool = True
    includes: frozenset[str] = frozenset()
    """Kinds whose work this one does as well: a request for this one turns a queued one into it."""

    after_errors: str = ""
    """The kind that takes up what *completed with errors* left; none: the same kind."""

    for_one_try: frozenset[str] = frozenset()
    """Arguments that no retry inherits: what was meant for one state of things need not be meant
    for the one that a retry finds."""

    def lasting(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a retry."""
        return {name: value for name, value in arguments.items() if name not in self.for_one_try}


class Helper(Protocol):
    """Background work of a worker next to its jobs, such as a prefetch."""

    def look(self) -> None:
        """Called when a job begins."""


type OpenHelper = Callable[[int], AbstractContextManager[Helper]]
"""Gets the worker's concurrency."""

_kinds: dict[str, Kind] = {}
_helpers: list[OpenHelper] = []


def register(*kinds: Kind, helper: OpenHelper | None = None) -> None:
    _kinds.update({kind.name: kind for kind in kinds})
    if helper is not None:
        _helpers.append(helper)


def kind_named(name: str) -> Kind:
    """Raises KeyError for a kind that this version does not know."""
    return _kinds[name]


def label_of(name: str) -> str | Promise:
    """Of a stored kind; its name where a newer version has stored it."""
    return _kinds[name].label if name in _kinds else name


def all_kinds() -> Iterator[Kind]:
    """In the order of their registration."""
    return iter(_kinds.values())


def helpers() -> list[OpenHelper]:
    return _helpers
