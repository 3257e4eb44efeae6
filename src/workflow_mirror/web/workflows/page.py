"""The content of a workflow's page."""

from itertools import zip_longest
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.history.versions import by_number
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import jobs_since
from workflow_mirror.schedules.requested_by import with_requester
from workflow_mirror.sync.kinds import SYNC_KINDS
from workflow_mirror.web.changes.timeline import timeline_context
from workflow_mirror.web.kit.reveal import may_reveal
from workflow_mirror.web.uses.context import used_by, uses_context
from workflow_mirror.web.workflows.graph import GraphPicture, graph_picture
from workflow_mirror.web.workflows.rows import triggers_of
from workflow_mirror.web.workflows.schedule_words import next_runs_of, schedule_of
from workflow_mirror.web.workflows.shown_version import chosen_export, draft_of, shown_version
from workflow_mirror.workflows.export_warnings import warning_text
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.queries import tasks_of

MOST_TASKS = 1000
MOST_VERSIONS = 100
MOST_JOBS = 10


def page_context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    scope = scope_of(request.user)
    # In one statement what a row of the list leaves out.
    workflow.refresh_from_db(fields=("json_export", "export_hash", "oddities"))
    export = chosen_export(request, workflow)
    tasks = list(tasks_of(scope, workflow)[: MOST_TASKS + 1])
    return {
        "workflow": workflow,
        "picture": _picture(workflow, export),
        "version": shown_version(scope, workflow, export) if export else None,
        "draft": draft_of(scope, workflow),
        "schedule": schedule_of(workflow),
        "next_runs": next_runs_of(workflow),
        "triggers": triggers_of(workflow),
        "warnings": [warning_text(warned) for warned in workflow.oddities],
        "tasks": tasks[:MOST_TASKS],
        "more_tasks": len(tasks) > MOST_TASKS,
        "may_reveal": may_reveal(request),
        "has_export": workflow.json_export is not None,
        "versions": _versions(scope, workflow),
        "jobs": _jobs(scope, workflow) if may(request.user, "jobs.view_jobrun") else None,
        "used_by": used_by(scope, workflow),
        **uses_context(request, workflow),
        **timeline_context(request, workflow),
    }


def _picture(workflow: Workflow, export: WorkflowExport | None) -> GraphPicture:
    details = reverse("admin:workflows_workflow_task", args=[workflow.pk])
    return graph_picture(workflow, f"{details}?version={export.pk}" if export else details, export)


def _versions(scope: Scope, workflow: Workflow) -> list[Any]:
    """Each with the one before it as `earlier`; None for the first of all."""
    found: list[Any] = by_number(scope, workflow)[: MOST_VERSIONS + 1]
    for version, earlier in zip_longest(found, found[1:]):
        version.earlier = earlier
    return found[:MOST_VERSIONS]


def _jobs(scope: Scope, workflow: Workflow) -> QuerySet[JobRun]:
    """The latest syncs of its customer since the workflow is known: each has read it."""
    syncs = jobs_since(scope, SYNC_KINDS, workflow.customer_id, workflow.created_at)
    return with_requester(syncs, scope)[:MOST_JOBS]
