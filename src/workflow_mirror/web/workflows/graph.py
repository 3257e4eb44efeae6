"""The context of the graph's template, and the details of one task, requested by URL."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from workflow_mirror.access.scope import scope_of
from workflow_mirror.web.tasks.parameters import task_context
from workflow_mirror.web.tasks.preview import preview_url
from workflow_mirror.web.workflows.shown_version import chosen_export
from workflow_mirror.workflows.export_warnings import Warned, warning_text
from workflow_mirror.workflows.extraction import extract_tasks
from workflow_mirror.workflows.graph import Graph, Kind, read_graph
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.workflows.queries import find_task

KIND_LABELS: dict[Kind, Promise] = {
    "flow": _("Flow"),
    "logic": _("Logic and scripts"),
    "read": _("Reading data"),
    "write": _("Changing data"),
    "billing": _("Billing and subscriptions"),
    "callout": _("Calls to other systems"),
    "message": _("Messages"),
    "file": _("Files"),
    "page": _("Pages"),
    "usage": _("Usage"),
}


@dataclass(frozen=True)
class LegendEntry:
    kind: str
    label: Promise
    families: str


@dataclass(frozen=True)
class GraphPicture:
    """All that `web/graph/graph.html` asks for, as `picture`.

    With `has_changes` the graph is that of `history.overlay`, and the legend tells its marks.
    """

    graph: Graph
    legend: list[LegendEntry]
    warnings: list[str]
    detail_url: str
    file_name: str
    has_changes: bool = False


def graph_picture(
    workflow: Workflow, detail_url: str, export: WorkflowExport | None = None
) -> GraphPicture:
    """Of a stored export, or of the last one. At `detail_url`, `task_details` has to answer."""
    graph = read_graph(export.document if export else workflow.json_export)
    return GraphPicture(
        graph=graph,
        legend=[
            LegendEntry(
                kind=family["kind"] or "unknown",
                label=KIND_LABELS[family["kind"]] if family["kind"] else _("Unknown"),
                families=", ".join(name or "?" for name in family["names"]),
            )
            for family in graph["families"]
        ],
        warnings=[
            warning_text(Warned(code=code, facts={"n": times}))
            for code, times in graph["warnings"].items()
        ],
        detail_url=detail_url,
        # The name comes from outside, and the browser makes a file of it.
        file_name=slugify(workflow.name)[:80] or f"workflow-{workflow.pk}",
    )


def task_details(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """The panel for `?task=` and its Zuora ID, which may hold any character; of the last export, or
    of the stored one `?version=`.

    The caller has made sure that the user may see the workflow.
    """
    return render(request, "web/graph/panel.html", asked_task(request, workflow))


def asked_task(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    """The context of the task `?task=`; 404 if the version has no such task."""
    zuora_id = request.GET.get("task", "")
    if export := chosen_export(request, workflow):
        context = _task_in(export.document, zuora_id)
    else:
        task = find_task(scope_of(request.user), workflow, zuora_id)
        context = task_context(task, task.data) if task else None
    if context is None:
        raise Http404
    version = export.pk if export else None
    return {**context, "preview_url": preview_url(workflow.pk, zuora_id, version)}


def _task_in(document: Any, zuora_id: str) -> dict[str, Any] | None:
    """Of an export whose tasks are in no table."""
    for task in extract_tasks(document) or []:
        if task.zuora_id == zuora_id:
            entry = document["tasks"][task.position - 1]
            data = entry.get("parameters") if isinstance(entry, dict) else None
            return task_context(Task(**task.columns), data)
    return None
