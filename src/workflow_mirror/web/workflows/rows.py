"""What of a workflow is read for lists, and the list as rows of a file."""

from collections.abc import Callable, Iterator
from itertools import batched
from typing import Any

from django.db.models import QuerySet

from workflow_mirror.error_texts import translated
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
FILE_COLUMNS = shown_in(FILE, WORKFLOWS)
READ_AT_ONCE = 1000


def file_rows(workflows: QuerySet[Workflow]) -> Iterator[tuple[Any, ...]]:
    """A value for each of FILE_COLUMNS; read and counted in portions, however many there are."""
    for portion in batched(workflows.iterator(READ_AT_ONCE), READ_AT_ONCE):
        counts = task_counts(workflow.pk for workflow in portion)
        for workflow in portion:
            yield _row(workflow, counts.get(workflow.pk, 0))


def triggers_of(workflow: Workflow) -> list[str]:
    return [str(name) for field, name in TRIGGERS.items() if getattr(workflow, field)]


def _row(workflow: Workflow, tasks: int) -> tuple[Any, ...]:
    return tuple(
        tasks if column.name == "tasks" else _value(column.name, workflow)
        for column in FILE_COLUMNS
    )


def _value(name: str, workflow: Workflow) -> Any:
    special = _SPECIAL.get(name)
    if special:
        return special(workflow)
    value = getattr(workflow, name)
    return masked(value) if isinstance(value, str) else value


# Columns that a file shows differently from the database.
_SPECIAL: dict[str, Callable[[Workflow], Any]] = {
    "customer": lambda workflow: workflow.customer.name,
    "triggers": lambda workflow: ", ".join(triggers_of(workflow)),
    "interval": schedule_of,
    "export_error": lambda workflow: translated(
        workflow.export_error, workflow.export_error_details
    ),
    "next_runs": lambda workflow: minutes(runs) if (runs := next_runs_of(workflow)) else "",
}
