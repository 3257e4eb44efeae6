"""The order of changes: along the flow, the same for diff(a, b) and diff(b, a)."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from workflow_mirror.history.diff.normalise import WORKFLOW, End, Side
from workflow_mirror.history.diff.result import EdgeChange, EdgeEnd, Id, TaskChange

_UNREACHABLE = 10**9

type Depths = dict[Id, int]


def depths(side: Side) -> Depths:
    """How many edges lead from the workflow to each task that can be reached, by the task's id."""
    found: dict[End, int] = {WORKFLOW: 0}
    pending = deque[End](found)
    while pending:
        end = pending.popleft()
        for edge in side.outgoing.get(end, ()):
            if edge.target not in found:
                found[edge.target] = found[end] + 1
                pending.append(edge.target)
    return {side.tasks[end].id: depth for end, depth in found.items() if isinstance(end, int)}


class Order:
    def __init__(self, before: Side, after: Side, *, turned: bool) -> None:
        """`turned` where the document after is the first one in the documents' own order."""
        self._before, self._after = depths(before), depths(after)
        self._of_first = "added" if turned else "removed"

    def tasks(self, changes: Iterable[TaskChange]) -> tuple[TaskChange, ...]:
        return tuple(sorted(changes, key=self._of_task))

    def edges(self, changes: Iterable[EdgeChange]) -> tuple[EdgeChange, ...]:
        return tuple(sorted(changes, key=self._of_edge))

    def _of_task(self, change: TaskChange) -> Any:
        before, after = change.before, change.after
        named = [one for one in (before, after) if one is not None]
        return (
            self._depth(before.id if before else None, after.id if after else None),
            sorted(one.name for one in named),
            sorted(one.action_type for one in named),
            sorted(str(one.id) for one in named),
            change.change != self._of_first,
        )

    def _of_edge(self, change: EdgeChange) -> Any:
        return (
            self._of_end(change.source),
            change.type,
            self._of_end(change.target),
            change.condition or "",
            change.details,
            change.change != self._of_first,
        )

    def _of_end(self, end: EdgeEnd | None) -> Any:
        if end is None:
            return (-1, -1), "", []
        ids = [str(one) for one in (end.before, end.after) if one is not None]
        return self._depth(end.before, end.after), end.name, sorted(ids)

    def _depth(self, before: Id | None, after: Id | None) -> tuple[int, int]:
        ours = _UNREACHABLE if before is None else self._before.get(before, _UNREACHABLE)
        theirs = _UNREACHABLE if after is None else self._after.get(after, _UNREACHABLE)
        return min(ours, theirs), max(ours, theirs)
