"""The tasks of a workflow as rows of a table: of the last export, or of a stored version."""

from dataclasses import dataclass

from django.urls import reverse

from workflow_mirror.access.scope import Scope
from workflow_mirror.web.workflows.tabs import GRAPH, tab_url
from workflow_mirror.workflows.extraction import extract_tasks
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.workflows.queries import tasks_of

MOST_TASKS = 5000


@dataclass(frozen=True)
class TaskRow:
    """`url` is the task's page, `graph_url` the task in the graph."""

    task: Task
    url: str
    graph_url: str


def task_rows(scope: Scope, workflow: Workflow, export: WorkflowExport | None) -> list[TaskRow]:
    """At most one more than MOST_TASKS."""
    if export:
        found = (extract_tasks(export.document) or [])[: MOST_TASKS + 1]
        return [_of_version(Task(**task.columns), export.pk) for task in found]
    return [_current(task) for task in tasks_of(scope, workflow)[: MOST_TASKS + 1]]


def _current(task: Task) -> TaskRow:
    page = reverse("admin:workflows_task_change", args=(task.pk,))
    return TaskRow(task, page, tab_url(GRAPH, task=task.zuora_id))


def _of_version(task: Task, version: int) -> TaskRow:
    """Such a task has no page; the graph shows its details."""
    url = tab_url(GRAPH, version, task=task.zuora_id)
    return TaskRow(task, url, url)
