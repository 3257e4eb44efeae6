"""Which differences of a diff the rules expect. Pure.

Rules only ever take differences away: what is left is part of what the diff has found.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from workflow_mirror.compare.replacing import Replacing
from workflow_mirror.compare.rules import PATH, PREFIX, SCHEDULE, Rule
from workflow_mirror.history.diff import Diff, Field, TaskChange, TaskName
from workflow_mirror.workflows.secrets import MASK

SETTINGS, TASKS = "workflow", "tasks"
_SCHEDULE = frozenset(
    f"{SETTINGS}.{name}" for name in ("interval", "timezone", "scheduled_trigger")
)
_NAMES = ("name", "workflow_definition.name", "parameters.workflow_name")
"""Paths at which the name of a workflow stands."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A difference that a rule covers. `task` is None for a setting of the workflow."""

    task: TaskName | None
    path: str
    before: Any
    after: Any
    rule: Rule


class Judged(NamedTuple):
    """`different` is the diff without what is expected."""

    different: Diff
    expected: tuple[Expected, ...]


def judge(found: Diff, rules: Sequence[Rule]) -> Judged:
    """`rules` are for the source as the document before."""
    if not rules or found.equal():
        return Judged(found, ())
    judge_ = _Judge(rules)
    workflow = judge_.left_of(found.workflow, None, SETTINGS)
    tasks = tuple(filter(None, map(judge_.task, found.tasks)))
    return Judged(replace(found, workflow=workflow, tasks=tasks), tuple(judge_.expected))


class _Judge:
    def __init__(self, rules: Sequence[Rule]) -> None:
        self.expected: list[Expected] = []
        self._paths = [rule for rule in rules if rule.kind == PATH]
        self._schedule = next((rule for rule in rules if rule.kind == SCHEDULE), None)
        self._prefixes = [rule for rule in rules if rule.kind == PREFIX]
        self._replacing = Replacing(rules)

    def left_of(
        self, fields: Iterable[Field], task: TaskName | None, place: str
    ) -> tuple[Field, ...]:
        return tuple(field for field in fields if not self._is_expected(field, task, place))

    def task(self, change: TaskChange) -> TaskChange | None:
        """What is left of a change; None if it was expected as a whole."""
        before, after = change.before, change.after
        if before is None or after is None or not change.kinds:
            return change
        fields = self.left_of(change.fields, after, TASKS)
        kinds = set(change.kinds)
        if all(field.is_format for field in fields):
            kinds -= {"edited"}
        if not any(field.is_format for field in fields):
            kinds -= {"format"}
        if "renamed" in kinds and self._is_renamed_as_expected(before, after):
            kinds -= {"renamed"}
        if kinds:
            left = tuple(kind for kind in change.kinds if kind in kinds)
            return replace(change, kinds=left, fields=fields)
        return replace(change, change="moved", kinds=(), fields=()) if change.layout else None

    def _is_renamed_as_expected(self, before: TaskName, after: TaskName) -> bool:
        # As shown, names may hide secrets that differ.
        may_hide = MASK in before.name + after.name
        keys = None if before.name == after.name else (before.name, after.name)
        field = Field("name", before.name, after.name, is_secret=may_hide, keys=keys)
        return self._is_expected(field, after, TASKS)

    def _is_expected(self, field: Field, task: TaskName | None, place: str) -> bool:
        path = f"{place}.{field.path}" if field.path else place
        rule = self._rule_for(field, path)
        if rule is not None:
            self.expected.append(Expected(task, field.path, field.before, field.after, rule))
        return rule is not None

    def _rule_for(self, field: Field, path: str) -> Rule | None:
        for rule in self._paths:
            if covers_path(rule.source, path):
                return rule
        if self._schedule and path in _SCHEDULE:
            return self._schedule
        texts = field.keys
        if texts is None:
            # Of a list or an object only what is shown is known, which hides secrets.
            return None if field.is_secret else self._replacing.rule_for(field.before, field.after)
        return self._prefix_for(field, *texts) or self._replacing.rule_for(*texts)

    def _prefix_for(self, field: Field, before: str, after: str) -> Rule | None:
        if field.path not in _NAMES or before == after:
            return None
        return next((rule for rule in self._prefixes if _differ_by(rule, before, after)), None)


def _differ_by(rule: Rule, before: str, after: str) -> bool:
    return (
        before.startswith(rule.source)
        and after.startswith(rule.target)
        and before[len(rule.source) :] == after[len(rule.target) :]
    )


def covers_path(pattern: str, path: str) -> bool:
    """Whether a path, or one above it, is that of the pattern, in which `*` is any text."""
    literal = "".join(f"[{char}]" if char in "[?" else char for char in pattern)
    return any(fnmatchcase(one, literal) for one in _and_above(path))


def _and_above(path: str) -> Iterator[str]:
    yield path
    for place in range(len(path) - 1, 0, -1):
        if path[place] in ".[":
            yield path[:place]
