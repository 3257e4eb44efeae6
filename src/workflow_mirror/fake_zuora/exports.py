"""The generator of exports: consistent tasks and linkages (API.md sections 4, 12)."""

from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Any

from workflow_mirror.fake_zuora import words
from workflow_mirror.fake_zuora.layout import tree_positions
from workflow_mirror.fake_zuora.parameters import MAKERS, TaskContext

NO_LIMIT = 9999999
"""`concurrent_limit` of a task without a limit."""
NEWER_TYPES = frozenset({"Logic::Liquid", "Script::JavaScript"})
"""Types that appear only in Zuora's newer documents (section 5)."""
ENTRY_TYPES = ("Export", "Query", "Data::Link")
# Common types are chosen more often, as in real tenants.
_WEIGHTS = {
    "Callout": 6, "Email": 4, "Update": 5, "Query": 4, "Create": 3, "If": 3, "Iterate": 2,
    "Logic::Case": 1, "Data::Link": 1, "Export": 1, "Delay": 1, "Approval": 1,
    "Logic::JSONTransform": 2, "Logic::CSVTranslator": 1, "File::CustomPDF::CustomDocument": 1,
    "Upload::SFTP": 1, "Billing::BillRun": 1, "Payment::PaymentRun": 1, "Suspend": 1,
    "WriteOff": 1, "Logic::Liquid": 2, "Script::JavaScript": 2,
}  # fmt: skip
_OBJECT_ID_TYPES = frozenset({"Update", "Suspend", "WriteOff"})
_REST_TYPES = frozenset({"Callout", "Logic::JSONTransform", "Script::JavaScript"})
_BIGGEST_BRANCHING = 6
"""Minimum number of tasks still to be created when an If, Iterate or Case is created."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The input of a generated export; the same recipe yields the same document."""

    seed: int
    tasks: int
    first_task_id: int
    version_id: int
    newer: bool = False
    big_email: bool = False


@dataclass(slots=True)
class _Step:
    """A task to create, and the edge that leads to it."""

    action_type: str
    parent: int | None
    edge: str
    cases: int = 0


@dataclass(slots=True)
class _Growth:
    """A tree that grows by one task at a time, at one of its open ends."""

    random: Random
    steps: list[_Step] = field(default_factory=list)
    required: deque[tuple[int, str]] = field(default_factory=deque)
    """Ends that a designer would never leave open: For Each, True, Case_1."""
    optional: list[tuple[int, str]] = field(default_factory=list)

    def add(self, action_type: str) -> None:
        parent, edge = self._next_end() if self.steps else (None, "Start")
        cases = self.random.randint(2, 3) if action_type == "Logic::Case" else 0
        self.steps.append(_Step(action_type, parent, edge, cases))
        self._open_ends(len(self.steps) - 1)

    def _next_end(self) -> tuple[int, str]:
        if self.required:
            return self.required.popleft()
        newest_first = self.random.random() < 0.6  # noqa: PLR2004  (mostly chains, some breadth)
        index = -1 if newest_first else self.random.randrange(len(self.optional))
        return self.optional.pop(index)

    def _open_ends(self, index: int) -> None:
        step = self.steps[index]
        first, *others = _edges_out(step)
        if others:
            self.required.append((index, first))
            self.optional.extend((index, edge) for edge in reversed(others))
        else:
            self.optional.append((index, first))


def _edges_out(step: _Step) -> list[str]:
    """The linkage types of a task, besides Failure (section 4)."""
    if step.action_type == "If":
        return ["True", "False"]
    if step.action_type == "Iterate":
        return ["For Each", "Complete"]
    if step.action_type == "Approval":
        return ["Approve", "Reject"]
    if step.action_type == "Logic::Case":
        return [*(f"Case_{n}" for n in range(1, step.cases + 1)), "Case_Else"]
    return ["Success"]


def generate(recipe: Recipe) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Create the tasks and linkages of one version: exactly `recipe.tasks` tasks."""
    random = Random(recipe.seed)
    steps = _grow(recipe, random)
    positions = tree_positions([step.parent for step in steps])
    tasks = [
        _task(recipe, random, steps, index, position) for index, position in enumerate(positions)
    ]
    return tasks, _linkages(recipe, random, steps)


def _grow(recipe: Recipe, random: Random) -> list[_Step]:
    growth = _Growth(random)
    planned = _planned_types(recipe.tasks, random)
    if recipe.big_email and recipe.tasks:
        planned[recipe.tasks - 1] = "Email"
    types = [name for name in _WEIGHTS if recipe.newer or name not in NEWER_TYPES]
    weights = [_WEIGHTS[name] for name in types]
    for index in range(recipe.tasks):
        action_type = planned.get(index) or random.choices(types, weights)[0]
        if recipe.tasks - index < _BIGGEST_BRANCHING and action_type in {"Iterate", "Logic::Case"}:
            action_type = "Update"
        growth.add(action_type)
    return growth.steps


def _planned_types(tasks: int, random: Random) -> dict[int, str]:
    """The types that every realistic workflow of this size has: entry, loop, fork, case."""
    planned = {0: random.choice(ENTRY_TYPES)}
    if tasks >= 8:  # noqa: PLR2004
        planned |= {1: "Iterate", 2: "Query", 3: "If", 4: "Callout", 5: "Email"}
    if tasks >= 14:  # noqa: PLR2004
        planned |= {7: "Logic::Case"}
    return planned


def _task(
    recipe: Recipe,
    random: Random,
    steps: list[_Step],
    index: int,
    position: tuple[float, float],
) -> dict[str, Any]:
    step = steps[index]
    parent_id = None if step.parent is None else recipe.first_task_id + step.parent
    object_name = random.choice(words.OBJECTS)
    big_email = recipe.big_email and index == recipe.tasks - 1
    context = TaskContext(random, object_name, parent_id, step.cases, big_email)
    name = random.choice(words.TASK_NAMES[step.action_type]).format(object=object_name)
    has_object = step.action_type in {"Query", "Export", "Create", "Update"}
    object_text: str | None = object_name if has_object else None
    if step.action_type == "Iterate":
        # A file created by another task: its name contains that task's ID.
        object_text = f"{object_name}__{parent_id}.csv.zip" if parent_id else object_name
    has_id = step.action_type in _OBJECT_ID_TYPES
    task = {
        "id": recipe.first_task_id + index,
        "name": name,
        "parameters": MAKERS[step.action_type](context),
        "action_type": step.action_type,
        "object": object_text,
        "object_id": f"{{{{Data.{object_name}.Id}}}}" if has_id else None,
        "call_type": "REST" if step.action_type in _REST_TYPES else "SOAP",
        "task_id": parent_id,
        "original_task_id": None,
        "original_workflow_id": None,
        "status": None,
        "error": None,
        "error_details": None,
        "process_id": None,
        "css": {"top": f"{position[0]:g}px", "left": f"{position[1]:g}px"},
        "concurrent_limit": random.choice((NO_LIMIT, NO_LIMIT, NO_LIMIT, 10)),
        "iterate_row_reference": None,
        "error_class": None,
        "object_batched_reference": None,
        "tags": [""],
        "priority": random.choice(words.PRIORITIES),
        "assignment": [],
    }
    if recipe.newer:
        task |= {"entity_id": None, "subprocess_id": None}
        task |= {"zuora_org_id": None, "zuora_org_ids": []}
    return task


def _linkage(workflow: int | None, source: int | None, target: int, kind: str) -> dict[str, Any]:
    return {
        "source_workflow_id": workflow,
        "source_task_id": source,
        "target_task_id": target,
        "linkage_type": kind,
    }


def _linkages(recipe: Recipe, random: Random, steps: list[_Step]) -> list[dict[str, Any]]:
    first = recipe.first_task_id
    edges = [
        _linkage(recipe.version_id, None, first + index, step.edge)
        if step.parent is None
        else _linkage(None, first + step.parent, first + index, step.edge)
        for index, step in enumerate(steps)
    ]
    return edges + _failure_edges(first, random, steps)


def _failure_edges(first: int, random: Random, steps: list[_Step]) -> list[dict[str, Any]]:
    """Link the failure of some callouts to a leaf email, so that the graph is not only a tree."""
    parents = {step.parent for step in steps}
    alerts = [
        index
        for index, step in enumerate(steps)
        if step.action_type == "Email" and index not in parents
    ]
    if not alerts:
        return []
    alert = alerts[-1]
    return [
        _linkage(None, first + index, first + alert, "Failure")
        for index, step in enumerate(steps[:alert])
        if step.action_type == "Callout" and random.random() < 0.5  # noqa: PLR2004
    ]
