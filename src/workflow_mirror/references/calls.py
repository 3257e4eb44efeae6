"""Which workflow calls which: references to workflows, resolved within their customer.

A place names a workflow by its Zuora ID, by its name, or by both. The ID decides where the mirror
has it. Source: API.md section 14, "Sub-workflows".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Left, Upper

from workflow_mirror.access.scope import Scope
from workflow_mirror.references.extract import Kind
from workflow_mirror.references.models import WorkflowReference, lowered
from workflow_mirror.workflows.models import Task, Workflow, sortable_name
from workflow_mirror.workflows.queries import tasks_in, workflows_in

READ = 200
"""References at most; pages show no more calls."""
_SHOWN = ("zuora_id", "name", "state", "deleted_at", "customer_id")
_ENDING = re.compile(r"_?(?:id|name)s?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """One place that calls a workflow, or checks its runs.

    `names` are the workflow's ID, its name or both, as the place has them. `called` are the
    workflows which that means: none where the mirror has no such workflow of the customer, several
    where `is_by_name` and they share the name. `task` is None for a place outside of tasks.
    """

    caller: Workflow
    task: Task | None
    path: str
    names: tuple[str, ...]
    called: tuple[Workflow, ...]
    is_by_name: bool

    @property
    def is_ambiguous(self) -> bool:
        return len(self.called) > 1


@dataclass(frozen=True)
class Calls:
    """`is_cut`: there may be more."""

    calls: list[Call]
    is_cut: bool


def calls_of(scope: Scope, workflow: Workflow, *, task: int | None = None) -> Calls:
    """The workflows that a workflow calls, or one of its tasks, by key; in the order of tasks."""
    references = _references(scope).filter(workflow=workflow.pk)
    if task is not None:
        references = references.filter(task=task)
    found = list(references.order_by(F("task").asc(nulls_first=True), "path")[: READ + 1])
    calls = _resolved(scope, workflow.customer_id, found[:READ])
    return Calls(calls, len(found) > READ)


def callers_of(scope: Scope, workflow: Workflow) -> Calls:
    """The calls of a workflow, by the names of the callers; without those deleted in Zuora."""
    hits = _hits(scope, workflow)
    places = {(hit.workflow_id, hit.task_id) for hit in hits}
    of_callers = _references(scope).filter(
        Q(task__in={task for _, task in places if task is not None}) | Q(task=None),
        workflow__in={caller for caller, _ in places},
    )
    references = (one for one in of_callers if (one.workflow_id, one.task_id) in places)
    calls = [
        call
        for call in _resolved(scope, workflow.customer_id, list(references))
        if workflow in call.called
    ]
    calls.sort(key=lambda call: (lowered(call.caller.name), call.caller.pk, _order(call)))
    return Calls(calls, len(hits) > READ)


def _references(scope: Scope) -> QuerySet[WorkflowReference]:
    return scope.limit(WorkflowReference.objects.filter(kind=Kind.WORKFLOW))


def _hits(scope: Scope, workflow: Workflow) -> list[WorkflowReference]:
    """References by its ID first: one by its name may belong to a call of another workflow."""
    by_id = Case(When(name_lower=lowered(workflow.zuora_id), then=Value(0)), default=Value(1))
    found = _references(scope).filter(
        customer=workflow.customer_id,
        name_lower__in={lowered(workflow.zuora_id), _key(workflow.name)} - {""},
        workflow__deleted_at=None,
    )
    return list(found.order_by(by_id, "workflow", "task", "path")[: READ + 1])


def _resolved(scope: Scope, customer_id: int, references: list[WorkflowReference]) -> list[Call]:
    """One call for the ID and the name that stand side by side, such as `workflow_id`."""
    references = sorted(references, key=lambda one: (_place(one), one.path))
    known = _Known(scope, customer_id, {one.name for one in references})
    callers = _callers(scope, references)
    tasks = _tasks(scope, references)
    return [
        _call(list(rows), callers[workflow], tasks.get(task), known)
        for (workflow, task, _), rows in groupby(references, key=_place)
        if workflow in callers
    ]


def _call(
    rows: list[WorkflowReference], caller: Workflow, task: Task | None, known: "_Known"
) -> Call:
    names = tuple(dict.fromkeys(row.name for row in rows))
    called, is_by_name = known.meant_by(names)
    return Call(caller, task, rows[0].path, names, called, is_by_name)


def _callers(scope: Scope, references: list[WorkflowReference]) -> dict[int, Workflow]:
    keys = {one.workflow_id for one in references}
    return {row.pk: row for row in workflows_in(scope).filter(pk__in=keys).only(*_SHOWN)}


def _tasks(scope: Scope, references: list[WorkflowReference]) -> dict[int, Task]:
    keys = {one.task_id for one in references if one.task_id is not None}
    return {row.pk: row for row in tasks_in(scope).filter(pk__in=keys).only("name", "zuora_id")}


def _place(one: WorkflowReference) -> tuple[int, int, str]:
    """Equal for `parameters.workflow_id` and `parameters.workflow_name` of one task."""
    return one.workflow_id, one.task_id or 0, _ENDING.sub("", one.path)


def _order(call: Call) -> tuple[int, str]:
    return call.task.pk if call.task else 0, call.path


def _key(name: str) -> str:
    """As the index has it: see `Names.add`."""
    return lowered(name.strip())


class _Known:
    """The workflows of a customer that have one of these IDs or names."""

    def __init__(self, scope: Scope, customer_id: int, names: Iterable[str]) -> None:
        found = workflows_in(scope).filter(customer=customer_id).only(*_SHOWN)
        starts = [Upper(Left(Value(name), 100)) for name in names]
        rows = found.alias(sortable_name=sortable_name()).filter(
            Q(zuora_id__in=names) | Q(sortable_name__in=starts)
        )
        self._by_id: dict[str, Workflow] = {}
        self._by_name: dict[str, list[Workflow]] = {}
        for row in rows.order_by("pk") if starts else ():
            self._by_id[row.zuora_id] = row
            self._by_name.setdefault(_key(row.name), []).append(row)

    def meant_by(self, names: Iterable[str]) -> tuple[tuple[Workflow, ...], bool]:
        """The workflows, and whether they are known by their names.

        A name means a workflow that is deleted in Zuora only if no other has the name.
        """
        by_id = [self._by_id[name] for name in names if name in self._by_id]
        if by_id:
            return tuple(dict.fromkeys(by_id)), False
        by_name = [row for name in names for row in self._by_name.get(_key(name), ())]
        present = [row for row in by_name if row.deleted_at is None]
        return tuple(dict.fromkeys(present or by_name)), True
