"""How alike two tasks are by name and content, from 0 to 1.

What many tasks share, such as the boilerplate of a type, says little: the weight of a value falls
with the number of tasks that have it.
"""

from collections import Counter
from collections.abc import Iterator
from math import log2, sqrt
from typing import Any

from rapidfuzz import fuzz

from workflow_mirror.history.diff.links import blind
from workflow_mirror.history.diff.normalise import Side, Task

_LONGEST = 400
"""Characters of a text that are compared."""
_ALIKE = 0.6
"""Texts of two tasks that were written apart are about so alike, by what their language repeats."""

type Values = dict[str, str]
"""Of a task: each value by its path, as text."""


class Similarity:
    """Of the tasks of two documents; each couple is computed once."""

    def __init__(
        self, before: Side, after: Side, open_before: list[int], open_after: list[int]
    ) -> None:
        """Only tasks that are open, which means not matched yet, can be compared."""
        self._sides = before.tasks, after.tasks
        self._values = [
            {number: _values(side.tasks[number]) for number in numbers}
            for side, numbers in ((before, open_before), (after, open_after))
        ]
        self._counts = Counter(
            item for side in self._values for values in side.values() for item in values.items()
        )
        self._names = Counter(_folded(task) for side in self._sides for task in side)
        self._known: dict[tuple[int, int], float] = {}

    def name(self, one: int, two: int) -> float:
        """1 for the same name; where it is a common one, less."""
        names = _folded(self._sides[0][one]), _folded(self._sides[1][two])
        if names[0] == names[1]:
            return sqrt(sqrt(1 / self._rarity(self._names[names[0]])))
        return _stretched(fuzz.ratio(*names) / 100)

    def content(self, one: int, two: int) -> float:
        known = self._known.get((one, two))
        if known is None:
            known = self._known[one, two] = self._content(one, two)
        return known

    def _content(self, one: int, two: int) -> float:
        ours, theirs = self._values[0][one], self._values[1][two]
        alike = whole = 0.0
        for path in ours | theirs:  # not a set: the order of a sum matters
            mine, other = ours.get(path), theirs.get(path)
            weight = max(self._weight(path, mine), self._weight(path, other))
            whole += weight
            if mine == other:
                alike += weight
            elif mine is not None and other is not None:
                ratio = fuzz.ratio(mine[:_LONGEST], other[:_LONGEST]) / 100
                alike += weight * _stretched(ratio)
        return alike / whole if whole else 1.0

    def _weight(self, path: str, value: str | None) -> float:
        if value is None:
            return 0.0
        return (1 + log2(1 + len(value)) / 4) / self._rarity(self._counts[path, value])

    @staticmethod
    def _rarity(count: int) -> float:
        """1 for what each document has once."""
        return 1 + log2(count / 2) if count > 2 else 1.0  # noqa: PLR2004 - once on either side


def _values(task: Task) -> Values:
    found = dict(_flat(task.content, ""))
    return found | {f"case {condition}": "" for condition in task.branches.values()}


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{blind(key)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}[{index}]")
    else:
        yield path, blind(value) if isinstance(value, str) else str(value)


def _folded(task: Task) -> str:
    return " ".join(blind(task.name).casefold().split())


def _stretched(ratio: float) -> float:
    return max(0.0, (ratio - _ALIKE) / (1 - _ALIKE))
