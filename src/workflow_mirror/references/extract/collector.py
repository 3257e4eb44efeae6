"""Collects what texts name, and at which places."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from workflow_mirror.references.extract.marks import starred
from workflow_mirror.references.extract.reference import Confidence, Found, Kind, Reference
from workflow_mirror.workflows.documents import storable

LONGEST_NAME = 500
"""Characters. An index entry of PostgreSQL has at most 2,700 bytes."""
LONGEST_PATH = 1000
_RANK = {Confidence.CERTAIN: 2, Confidence.LIKELY: 1, Confidence.TEXT: 0}


class Names:
    """What one place names, each once: of two equal names the more certain one is kept."""

    def __init__(self) -> None:
        self._found: dict[tuple[Kind, str], Found] = {}

    def add(self, kind: Kind, name: str, confidence: Confidence) -> None:
        if name := _tidy(name):
            self.add_all(((kind, name, confidence),))

    def add_all(self, found: Iterable[Found]) -> None:
        """Of names that were added elsewhere before."""
        for one in found:
            key = (one[0], one[1].lower())
            known = self._found.get(key)
            if known is None or _RANK[known[2]] < _RANK[one[2]]:
                self._found[key] = one

    def found(self) -> tuple[Found, ...]:
        """A field without its object is left out where the same one has it, too."""
        if len(self._found) < 2:  # noqa: PLR2004 - there is no other
            return tuple(self._found.values())
        full = {
            name.rpartition(".")[2]
            for kind, name in self._found
            if kind is Kind.FIELD and "." in name
        }
        return tuple(
            one
            for (kind, name), one in self._found.items()
            if kind is not Kind.FIELD or name not in full
        )


class Collector:
    """The references of a task, or of the workflow itself where `task_zuora_id` is None."""

    def __init__(self, task_zuora_id: str | None) -> None:
        self.unparsed = 0
        self._task = task_zuora_id
        self._places: dict[str, Names] = {}

    def add(self, path: str, kind: Kind, name: str, confidence: Confidence) -> None:
        if name := _tidy(name):
            self.add_all(path, ((kind, name, confidence),))

    def add_all(self, path: str, found: Iterable[Found]) -> None:
        """Of names that were added to `Names` before."""
        names = self._places.get(path)
        if names is None:
            names = self._places[path] = Names()
        names.add_all(found)

    def add_secret(self, path: str) -> None:
        self.add_all(path, ((Kind.SECRET, "", Confidence.CERTAIN),))

    def references(self) -> Iterator[Reference]:
        for path, names in self._places.items():
            shown = path if path.isascii() and "\0" not in path else _storable(path)
            for kind, name, confidence in names.found():
                yield Reference(kind, name, shown[:LONGEST_PATH], confidence, self._task)


def _storable(text: str) -> str:
    return storable(starred(text))[0]  # type: ignore[no-any-return]


@lru_cache(maxsize=16384)
def _tidy(name: str) -> str:
    return _storable(name).strip()[:LONGEST_NAME].rstrip()
