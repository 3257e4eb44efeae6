"""Which edges differ between two documents whose tasks are matched."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from workflow_mirror.history.diff.counterparts import Counterparts, Likeness, Place
from workflow_mirror.history.diff.identical import Pairs
from workflow_mirror.history.diff.normalise import WORKFLOW, Edge, End, Side
from workflow_mirror.history.diff.result import EdgeChange, EdgeEnd, Id
from workflow_mirror.history.diff.texts import shown_text

MISSING = "missing:"


def edge_changes(
    before: Side, after: Side, pairs: Pairs, counterparts: Counterparts
) -> Iterator[EdgeChange]:
    """In no order. An edge that a document repeats counts each time."""
    sides = _Sides(before, after, pairs)
    ours, theirs = _alike(counterparts, "before", before), _alike(counterparts, "after", after)
    for edge in _surplus(ours, theirs):
        yield sides.change("removed", "before", edge)
    for edge in _surplus(theirs, ours):
        yield sides.change("added", "after", edge)


def _surplus(
    mine: dict[Likeness, Counter[Edge]], others: dict[Likeness, Counter[Edge]]
) -> Iterator[Edge]:
    for likeness, edges in mine.items():
        more = edges.total() - others.get(likeness, Counter()).total()
        yield from list(edges.elements())[: max(0, more)]


def _alike(counterparts: Counterparts, place: Place, side: Side) -> dict[Likeness, Counter[Edge]]:
    found: dict[Likeness, Counter[Edge]] = {}
    for edge, count in side.edges.items():
        found.setdefault(counterparts.likeness(place, edge), Counter())[edge] += count
    return found


class _Sides:
    def __init__(self, before: Side, after: Side, pairs: Pairs) -> None:
        self._sides: dict[Place, Side] = {"before": before, "after": after}
        self._pairs: dict[Place, Pairs] = {
            "before": pairs,
            "after": {two: one for one, two in pairs.items()},
        }

    def change(self, change: Literal["added", "removed"], place: Place, edge: Edge) -> EdgeChange:
        condition = self._sides[place].branch(edge)
        return EdgeChange(
            change,
            edge.type,
            shown_text(condition) if condition is not edge.type else None,
            None if edge.source == WORKFLOW else self._end(place, edge.source),
            self._end(place, edge.target),
            edge.details,
        )

    def _end(self, place: Place, end: End) -> EdgeEnd:
        if not isinstance(end, int):
            return _edge_end(place, end.removeprefix(MISSING), None, "", is_missing=True)
        task = self._sides[place].tasks[end]
        counterpart = self._pairs[place].get(end)
        other_side = self._sides["after" if place == "before" else "before"]
        other = None if counterpart is None else other_side.tasks[counterpart].id
        return _edge_end(place, task.id, other, shown_text(task.name))


def _edge_end(
    place: Place, own: Id, other: Id | None, name: str, *, is_missing: bool = False
) -> EdgeEnd:
    if place == "before":
        return EdgeEnd(own, other, name, is_missing)
    return EdgeEnd(other, own, name, is_missing)
