"""What a diff has found. Texts are as they may be shown: secrets are masked, line ends are LF."""

from dataclasses import dataclass
from typing import Any, Literal

from workflow_mirror.workflows.export_checks import Warned

type Id = int | str
"""Of a task, as in its export; `12#2` or `no-id-3` where the export has no distinct one."""
type Change = Literal["added", "removed", "changed", "moved"]
type Kind = Literal["renamed", "retyped", "edited", "format", "moved"]


@dataclass(frozen=True, slots=True)
class TaskName:
    id: Id
    name: str
    action_type: str


@dataclass(frozen=True, slots=True)
class Field:
    """A value that differs; None where there is none.

    `is_format`: only white space or the form of JSON differs. `is_secret`: what differs is hidden.
    `keys` are the texts to compare line by line, in which references to tasks have one form.
    """

    path: str
    before: Any
    after: Any
    is_format: bool = False
    is_secret: bool = False
    keys: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class TaskChange:
    """`kinds` are empty where the task was added or removed."""

    change: Change
    before: TaskName | None
    after: TaskName | None
    kinds: tuple[Kind, ...] = ()
    fields: tuple[Field, ...] = ()
    layout: tuple[Field, ...] = ()

    @property
    def name(self) -> str:
        named = self.after or self.before
        return named.name if named else ""


@dataclass(frozen=True, slots=True)
class EdgeEnd:
    """A task by its ids in both documents; `is_missing` where an edge leads to no task."""

    before: Id | None
    after: Id | None
    name: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """`source` is None where the edge leaves the workflow itself. `condition` is that of a case.

    `details` are further fields of the linkage as JSON, empty for nearly all.
    """

    change: Literal["added", "removed"]
    type: str
    condition: str | None
    source: EdgeEnd | None
    target: EdgeEnd
    details: str = ""


@dataclass(frozen=True, slots=True)
class DocumentName:
    """The workflow's name and version as one document has them; either may be empty."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Counts:
    """`moved` are tasks of which nothing but the position differs."""

    added: int
    removed: int
    changed: int
    moved: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Diff:
    """`tasks` are all that are not the same, those moved included; all lists have a fixed order.

    `matches` has every task that is in both. `warnings` tell what is odd about either document.
    """

    before: DocumentName
    after: DocumentName
    workflow: tuple[Field, ...]
    layout: tuple[Field, ...]
    tasks: tuple[TaskChange, ...]
    edges: tuple[EdgeChange, ...]
    matches: tuple[tuple[Id, Id], ...]
    warnings: tuple[tuple[Literal["before", "after"], Warned], ...]

    @property
    def counts(self) -> Counts:
        of = [task.change for task in self.tasks]
        touched = of.count("changed") + of.count("moved")
        return Counts(
            of.count("added"),
            of.count("removed"),
            of.count("changed"),
            of.count("moved"),
            len(self.matches) - touched,
        )

    def listed(self, *, layout: bool = False) -> tuple[TaskChange, ...]:
        """The tasks to show: those that were only moved with `layout` alone."""
        return tuple(task for task in self.tasks if layout or task.change != "moved")

    def equal(self, *, layout: bool = False) -> bool:
        """Moves on the canvas count with `layout` alone."""
        moved = layout and (self.layout or any(task.layout for task in self.tasks))
        return not (self.workflow or self.edges or self.listed() or moved)
