"""What differs between two tasks that are counterparts, and which tasks have none."""

from collections.abc import Iterator
from typing import Any

from workflow_mirror.history.diff.branches import branch_pairs
from workflow_mirror.history.diff.counterparts import Counterparts, Place
from workflow_mirror.history.diff.fields import field, fields_between
from workflow_mirror.history.diff.identical import Pairs
from workflow_mirror.history.diff.normalise import End, Side, Task
from workflow_mirror.history.diff.result import Change, Field, Kind, TaskChange, TaskName
from workflow_mirror.history.diff.texts import shown_text
from workflow_mirror.history.diff.values import resolved

CONDITIONS = "parameters.case_condition"
DEFINITION = "workflow_definition"


class Classifier:
    def __init__(self, before: Side, after: Side, pairs: Pairs, counterparts: Counterparts) -> None:
        self._before, self._after, self._pairs = before, after, pairs
        self._counterparts = counterparts

    def task_changes(self) -> Iterator[TaskChange]:
        """Of every task that is not the same, in no order."""
        matched = set(self._pairs.values())
        for number, task in enumerate(self._before.tasks):
            if number not in self._pairs:
                yield TaskChange("removed", named(task), None)
        for number, task in enumerate(self._after.tasks):
            if number not in matched:
                yield TaskChange("added", None, named(task))
        for one, two in self._pairs.items():
            change = self._changed(one, two)
            if change is not None:
                yield change

    def settings(self) -> tuple[Field, ...]:
        """Of the workflow itself."""
        before = self._resolved("before", self._before.settings)
        after = self._resolved("after", self._after.settings)
        _level_dialects(before, after)
        return tuple(fields_between(before, after))

    def layout(self) -> tuple[Field, ...]:
        return _layout(self._before.css, self._after.css)

    def _changed(self, one: int, two: int) -> TaskChange | None:
        before, after = self._before.tasks[one], self._after.tasks[two]
        fields = tuple(sorted(self._fields(one, two), key=lambda found: found.path))
        layout = _layout(before.css, after.css)
        kinds = tuple(self._kinds(before, after, fields))
        if not kinds and not layout:
            return None
        change: Change = "changed" if kinds else "moved"
        return TaskChange(change, named(before), named(after), kinds, fields, layout)

    def _kinds(self, before: Task, after: Task, fields: tuple[Field, ...]) -> Iterator[Kind]:
        if self._resolved("before", before.name) != self._resolved("after", after.name):
            yield "renamed"
        if before.action_type != after.action_type:
            yield "retyped"
        if any(not found.is_format for found in fields):
            yield "edited"
        if any(found.is_format for found in fields):
            yield "format"

    def _fields(self, one: int, two: int) -> Iterator[Field]:
        before, after = self._before.tasks[one], self._after.tasks[two]
        if before.key != after.key or before.references or after.references:
            yield from fields_between(
                self._resolved("before", before.content), self._resolved("after", after.content)
            )
        if before.branches or after.branches:
            yield from self._conditions(before, after)
        yield from self._parent(one, two)

    def _conditions(self, before: Task, after: Task) -> Iterator[Field]:
        for mine, other in branch_pairs(before.branches, after.branches):
            one = before.branches[mine] if mine is not None else None
            two = after.branches[other] if other is not None else None
            name = min(branch for branch in (mine, other) if branch is not None)
            yield from fields_between(
                self._resolved("before", one),
                self._resolved("after", two),
                f"{CONDITIONS}.{shown_text(name)}",
            )

    def _parent(self, one: int, two: int) -> Iterator[Field]:
        """`task_id` repeats an edge mostly; it is told where the edges do not say the same."""
        before, after = self._before.tasks[one].parent, self._after.tasks[two].parent
        same = self._counterparts.name("before", before) == self._counterparts.name("after", after)
        if not same and self._edges_to("before", one) == self._edges_to("after", two):
            yield field("task_id", _end_id(self._before, before), _end_id(self._after, after))

    def _edges_to(self, place: Place, number: int) -> list[Any]:
        side = self._before if place == "before" else self._after
        edges = side.incoming.get(number, [])
        return sorted(self._counterparts.likeness(place, edge) for edge in edges)

    def _resolved(self, place: Place, value: Any) -> Any:
        return resolved(value, self._counterparts.labels(place))


def _level_dialects(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Older exports lack the definition and some triggers; that is no change."""
    if DEFINITION not in before or DEFINITION not in after:
        before.pop(DEFINITION, None)
        after.pop(DEFINITION, None)
    for trigger in {key for key in (*before, *after) if key.endswith("_trigger")}:
        before.setdefault(trigger, False)
        after.setdefault(trigger, False)


def named(task: Task) -> TaskName:
    return TaskName(task.id, shown_text(task.name), task.action_type)


def _layout(before: dict[str, Any], after: dict[str, Any]) -> tuple[Field, ...]:
    return tuple(fields_between(before, after, "css"))


def _end_id(side: Side, end: End | None) -> Any:
    if isinstance(end, int):
        return side.tasks[end].id
    return None if end is None else end.removeprefix("missing:")
