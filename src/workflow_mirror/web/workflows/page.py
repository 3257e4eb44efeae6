"""The content of a workflow's page: what all tabs show, and the tab that is open."""

from collections.abc import Callable
from itertools import zip_longest
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.history.versions import by_number
from workflow_mirror.jobs.scoped import jobs_since
from workflow_mirror.schedules.requested_by import with_requester
from workflow_mirror.sync.kinds import SYNC_KINDS
from workflow_mirror.web.changes.timeline import timeline_context
from workflow_mirror.web.kit.job_table import job_rows
from workflow_mirror.web.kit.reveal import may_reveal
from workflow_mirror.web.tasks.parameters import read_parameters
from workflow_mirror.web.uses.context import used_by, uses_context
from workflow_mirror.web.workflows import tabs
from workflow_mirror.web.workflows.graph import graph_picture
from workflow_mirror.web.workflows.rows import triggers_of
from workflow_mirror.web.workflows.schedule_words import next_runs_of, schedule_of
from workflow_mirror.web.workflows.shown_version import chosen_export, draft_of, shown_version
from workflow_mirror.web.workflows.task_rows import MOST_TASKS, task_rows
from workflow_mirror.workflows.export_warnings import warning_text
from workflow_mirror.workflows.masking import masked_value
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.queries import has_export
from workflow_mirror.zuora.definitions import id_of, read_definition

MOST_VERSIONS = 100
MOST_JOBS = 10


class _Asked(NamedTuple):
    """`export` is the stored version that is asked for; None for the last export."""

    request: HttpRequest
    scope: Scope
    workflow: Workflow
    export: WorkflowExport | None


class _Content(NamedTuple):
    """Of a tab. `fields` are columns that only this tab reads."""

    read: Callable[[_Asked], dict[str, Any]]
    fields: tuple[str, ...] = ()
    reads_version: bool = False


def page_context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    """Reads only what the open tab shows."""
    scope = scope_of(request.user)
    tab = tabs.shown_tab(request)
    content = _CONTENTS[tab]
    export = chosen_export(request, workflow, with_document=content.reads_version)
    # In one statement what a row of the list leaves out.
    workflow.refresh_from_db(fields=("export_hash", *(() if export else content.fields)))
    return {
        "workflow": workflow,
        "tab": tab,
        "tabs": tabs.tabs_of(request, export.pk if export else None),
        "version": shown_version(scope, workflow, export) if export else None,
        "draft": draft_of(scope, workflow),
        **content.read(_Asked(request, scope, workflow, export)),
    }


def _overview(asked: _Asked) -> dict[str, Any]:
    if asked.export:
        return _version_facts(asked.export)
    workflow = asked.workflow
    return {
        "schedule": schedule_of(workflow),
        "next_runs": next_runs_of(workflow),
        "triggers": triggers_of(workflow),
        "lacks_active_version": _lacks_active_version(workflow),
        "warnings": [warning_text(warned) for warned in workflow.oddities],
        "used_by": used_by(asked.scope, workflow),
        **uses_context(asked.request, workflow),
    }


def _lacks_active_version(workflow: Workflow) -> bool:
    """Nothing starts such a workflow, whatever its status says: that is of the definition alone."""
    row = workflow.list_row
    return bool(id_of(row)) and not read_definition(row).has_active_version


def _version_facts(export: WorkflowExport) -> dict[str, Any]:
    document = export.document if isinstance(export.document, dict) else {}
    tasks, links = document.get("tasks"), document.get("linkages")
    return {
        "parameters": read_parameters(masked_value(document.get("workflow"))),
        "task_count": len(tasks) if isinstance(tasks, list) else 0,
        "link_count": len(links) if isinstance(links, list) else 0,
    }


def _graph(asked: _Asked) -> dict[str, Any]:
    details = reverse("admin:workflows_workflow_task", args=[asked.workflow.pk])
    if asked.export:
        details = f"{details}?version={asked.export.pk}"
    return {"picture": graph_picture(asked.workflow, details, asked.export)}


def _tasks(asked: _Asked) -> dict[str, Any]:
    rows = task_rows(asked.scope, asked.workflow, asked.export)
    return {"rows": rows[:MOST_TASKS], "more_tasks": len(rows) > MOST_TASKS}


def _json(asked: _Asked) -> dict[str, Any]:
    if asked.export:
        keys = (asked.workflow.pk, asked.export.pk)
        url = reverse("admin:workflows_workflow_export", args=keys)
    elif has_export(asked.scope, asked.workflow):
        url = reverse("admin:workflows_workflow_json", args=(asked.workflow.pk,))
    else:
        url = ""
    return {"json_url": url, "may_reveal": may_reveal(asked.request)}


def _history(asked: _Asked) -> dict[str, Any]:
    return {
        "versions": _versions(asked.scope, asked.workflow),
        **timeline_context(asked.request, asked.workflow),
    }


def _jobs(asked: _Asked) -> dict[str, Any]:
    """The latest syncs of its customer since the workflow is known: each has read it."""
    workflow = asked.workflow
    syncs = jobs_since(asked.scope, SYNC_KINDS, workflow.customer_id, workflow.created_at)
    return {"jobs": job_rows(with_requester(syncs, asked.scope)[:MOST_JOBS])}


_CONTENTS = {
    tabs.OVERVIEW: _Content(_overview, ("oddities", "list_row"), reads_version=True),
    tabs.GRAPH: _Content(_graph, ("json_export",), reads_version=True),
    tabs.TASKS: _Content(_tasks, reads_version=True),
    tabs.JSON: _Content(_json),
    tabs.HISTORY: _Content(_history),
    tabs.JOBS: _Content(_jobs),
}


def _versions(scope: Scope, workflow: Workflow) -> list[Any]:
    """Each with the one before it as `earlier`; None for the first of all."""
    found: list[Any] = by_number(scope, workflow)[: MOST_VERSIONS + 1]
    for version, earlier in zip_longest(found, found[1:]):
        version.earlier = earlier
    return found[:MOST_VERSIONS]
