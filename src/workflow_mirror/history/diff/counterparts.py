"""One name for each thing that both documents have, so that they can be compared."""

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

from workflow_mirror.history.diff.branches import branch_pairs
from workflow_mirror.history.diff.identical import Pairs
from workflow_mirror.history.diff.normalise import Edge, End, Side, Task
from workflow_mirror.history.diff.texts import relabelled

type Place = Literal["before", "after"]


class Likeness(NamedTuple):
    """Of an edge: the same for an edge before and its counterpart after."""

    source: str
    branch: str
    target: str
    extra: str


class Counterparts:
    """`pairs` has, by the number of a task before, that of the same task after."""

    def __init__(self, before: Side, after: Side, pairs: Pairs) -> None:
        self._names: dict[Place, dict[int, str]] = {
            "before": {one: f"both {one}" for one in pairs},
            "after": {two: f"both {one}" for one, two in pairs.items()},
        }
        self._labels: dict[Place, Callable[[int], str]] = {
            "before": partial(self._label, "before"),
            "after": partial(self._label, "after"),
        }
        self._branches: dict[Place, dict[tuple[int, str], str]] = {"before": {}, "after": {}}
        for one, two in pairs.items():
            self._name_branches(one, two, before.tasks[one], after.tasks[two])

    def labels(self, place: Place) -> Callable[[int], str]:
        """Names the tasks of a document; one that is in this document alone by where it is."""
        return self._labels[place]

    def name(self, place: Place, end: End | None) -> str:
        return self._label(place, end) if isinstance(end, int) else str(end)

    def likeness(self, place: Place, edge: Edge) -> Likeness:
        source = edge.source if isinstance(edge.source, int) else -1
        branch = self._branches[place].get((source, edge.type), edge.type)
        return Likeness(
            self.name(place, edge.source),
            relabelled(branch, self.labels(place)),
            self.name(place, edge.target),
            edge.extra,
        )

    def _label(self, place: Place, number: int) -> str:
        return self._names[place].get(number) or f"{place} {number}"

    def _name_branches(self, one: int, two: int, before: Task, after: Task) -> None:
        if not before.branches and not after.branches:
            return
        for number, (mine, other) in enumerate(branch_pairs(before.branches, after.branches)):
            if mine is not None:
                self._branches["before"][one, mine] = f"branch {number}"
            if other is not None:
                self._branches["after"][two, other] = f"branch {number}"
