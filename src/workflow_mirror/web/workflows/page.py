"""What the page of one workflow shows."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.kit.access import AnyUser, may
from workflow_mirror.web.kit.requested_by import with_requester
from workflow_mirror.web.workflows.graph import graph_picture
from workflow_mirror.web.workflows.rows import triggers_of
from workflow_mirror.web.workflows.schedule_words import next_runs_of, schedule_of
from workflow_mirror.workflows.columns import TASKS, stored
from workflow_mirror.workflows.export_warnings import warning_text
from workflow_mirror.workflows.models import Task, Workflow
from workflow_mirror.workflows.queries import versions_of

MOST_TASKS = 1000
MOST_VERSIONS = 100
MOST_JOBS = 10


def page_context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    tasks = list(tasks_of(workflow)[: MOST_TASKS + 1])
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
        "versions": versions_of(workflow)[:MOST_VERSIONS],
        "jobs": jobs_of(workflow, request.user) if may(request.user, "jobs.view_jobrun") else None,
    }


def tasks_of(workflow: Workflow) -> QuerySet[Task]:
    """As the export has them, without their parameters."""
    found = Task.objects.filter(workflow=workflow).order_by("pk")
    return found.only(*stored(TASKS))


def jobs_of(workflow: Workflow, user: AnyUser) -> QuerySet[JobRun]:
    """The latest syncs of its customer since the workflow is known: each has looked at it."""
    runs = JobRun.objects.filter(
        customer=workflow.customer_id, finished_at__gte=workflow.created_at
    ).exclude(status=JobRun.Status.CANCELLED)
    shown = runs.only("status", "queued_at", "started_at", "finished_at", "error")
    return with_requester(shown, user).order_by("-finished_at")[:MOST_JOBS]
