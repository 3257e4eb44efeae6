"""The content of a workflow's page."""

from itertools import zip_longest
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import syncs_since
from workflow_mirror.schedules.requested_by import with_requester
from workflow_mirror.web.workflows.graph import graph_picture
from workflow_mirror.web.workflows.rows import triggers_of
from workflow_mirror.web.workflows.schedule_words import next_runs_of, schedule_of
from workflow_mirror.workflows.export_warnings import warning_text
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.queries import tasks_of, versions_of

MOST_TASKS = 1000
MOST_VERSIONS = 100
MOST_JOBS = 10


def page_context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    scope = scope_of(request.user)
    tasks = list(tasks_of(scope, workflow)[: MOST_TASKS + 1])
    return {
        "workflow": workflow,
        "picture": graph_picture(
            workflow, reverse("admin:workflows_workflow_task", args=[workflow.pk])
        ),
        "schedule": schedule_of(workflow),
        "next_runs": next_runs_of(workflow),
        "triggers": triggers_of(workflow),
        "warnings": [warning_text(warned) for warned in workflow.oddities],
        "tasks": tasks[:MOST_TASKS],
        "more_tasks": len(tasks) > MOST_TASKS,
        "has_export": workflow.json_export is not None,
        "versions": _versions(scope, workflow),
        "jobs": _jobs(scope, workflow) if may(request.user, "jobs.view_jobrun") else None,
    }


def _versions(scope: Scope, workflow: Workflow) -> list[Any]:
    """Each with the one before it as `earlier`; None for the first of all."""
    found: list[Any] = list(versions_of(scope, workflow)[: MOST_VERSIONS + 1])
    for version, earlier in zip_longest(found, found[1:]):
        version.earlier = earlier
    return found[:MOST_VERSIONS]


def _jobs(scope: Scope, workflow: Workflow) -> QuerySet[JobRun]:
    """The latest syncs of its customer since the workflow is known: each has read it."""
    return with_requester(syncs_since(scope, workflow.customer_id, workflow.created_at), scope)[
        :MOST_JOBS
    ]
