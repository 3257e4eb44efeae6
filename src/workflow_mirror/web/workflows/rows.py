"""What of a workflow is read for lists, and the list as rows of a file."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any

from workflow_mirror.error_texts import translated
from workflow_mirror.web.kit.file_columns import FileColumn
from workflow_mirror.web.kit.time_formats import minutes
from workflow_mirror.web.workflows.filters import TRIGGERS
from workflow_mirror.web.workflows.schedule_words import next_runs_of, schedule_of
from workflow_mirror.workflows.columns import FILE, WORKFLOWS, shown_in, stored
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.queries import task_counts
from workflow_mirror.workflows.secrets import masked

# Documents and lists are read where they are shown.
SHOWN = (
    "customer",
    *(name for name in stored(WORKFLOWS) if name != "oddities"),
    "export_error_details",
    "created_at",
)


def count_tasks[Rows: Collection[Any]](workflows: Rows) -> Rows:
    """Workflows with their `task_count`, by one statement."""
    counts = task_counts(workflow.pk for workflow in workflows)
    for workflow in workflows:
        workflow.task_count = counts.get(workflow.pk, 0)
    return workflows


def triggers_of(workflow: Workflow) -> list[str]:
    return [str(name) for field, name in TRIGGERS.items() if getattr(workflow, field)]


def _value(name: str, workflow: Any) -> Any:
    special = _SPECIAL.get(name)
    if special:
        return special(workflow)
    value = getattr(workflow, name)
    return masked(value) if isinstance(value, str) else value


# Columns that a file shows differently from the database.
_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "tasks": lambda workflow: workflow.task_count,
    "customer": lambda workflow: workflow.customer.name,
    "triggers": lambda workflow: ", ".join(triggers_of(workflow)),
    "interval": schedule_of,
    "export_error": lambda workflow: translated(
        workflow.export_error, workflow.export_error_details
    ),
    "next_runs": lambda workflow: minutes(runs, UTC) if (runs := next_runs_of(workflow)) else "",
}

FILE_COLUMNS = tuple(
    FileColumn(column.label, partial(_value, column.name), is_time=column.kind is datetime)
    for column in shown_in(FILE, WORKFLOWS)
)
