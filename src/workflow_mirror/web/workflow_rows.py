"""What of a workflow is read for lists, and the list as rows of a file."""

from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from workflow_mirror.web.known_errors import in_our_language
from workflow_mirror.web.moments import minutes
from workflow_mirror.web.schedule_words import next_runs_of, schedule_of
from workflow_mirror.web.workflow_filters import TRIGGERS
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.queries import task_counts

SHOWN = (
    "customer",
    "zuora_id",
    "name",
    "description",
    "state",
    "created_on",
    "updated_on",
    "version",
    "type",
    "priority",
    *TRIGGERS,
    "interval",
    "timezone",
    "last_synced_at",
    "deleted_at",
    "exported_at",
    "export_error",
    "created_at",
)
READ_AT_ONCE = 1000


def file_titles() -> list[str]:
    titles = (
        _("customer"),
        _("Zuora ID"),
        _("name"),
        _("description"),
        _("status"),
        _("version"),
        _("triggers"),
        _("schedule"),
        _("tasks"),
        _("created (UTC)"),
        _("updated (UTC)"),
        _("last synced (UTC)"),
        _("deleted in Zuora (UTC)"),
        _("export error"),
        _("next runs"),
    )
    return [str(title) for title in titles]


def file_rows(workflows: QuerySet[Workflow]) -> Iterator[tuple[Any, ...]]:
    """As `file_titles` has it; read and counted in portions, however many there are."""
    for portion in batched(workflows.iterator(READ_AT_ONCE), READ_AT_ONCE):
        counts = task_counts(workflow.pk for workflow in portion)
        for workflow in portion:
            yield _row(workflow, counts.get(workflow.pk, 0))


def triggers_of(workflow: Workflow) -> list[str]:
    return [str(name) for field, name in TRIGGERS.items() if getattr(workflow, field)]


def _row(workflow: Workflow, tasks: int) -> tuple[Any, ...]:
    return (
        workflow.customer.name,
        workflow.zuora_id,
        workflow.name,
        workflow.description,
        workflow.state,
        workflow.version,
        ", ".join(triggers_of(workflow)),
        schedule_of(workflow),
        tasks,
        workflow.created_on,
        workflow.updated_on,
        workflow.last_synced_at,
        workflow.deleted_at,
        in_our_language(workflow.export_error),
        minutes(runs) if (runs := next_runs_of(workflow)) else "",
    )
