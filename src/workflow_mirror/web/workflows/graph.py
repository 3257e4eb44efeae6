"""The context of the graph's template, and the details of one task, requested by URL."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from workflow_mirror.access.scope import scope_of
from workflow_mirror.audit.actions import Action
from workflow_mirror.web.kit.reveal import check_reveal, name_of_task, reveal_context
from workflow_mirror.web.tasks.parameters import task_context
from workflow_mirror.web.tasks.preview import preview, preview_url
from workflow_mirror.web.workflows.shown_version import chosen_export
from workflow_mirror.workflows.export_warnings import Warned, warning_text
from workflow_mirror.workflows.extraction import extract_tasks
from workflow_mirror.workflows.graph import Graph, Kind, read_graph
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.workflows.queries import find_task
from workflow_mirror.workflows.secrets import masked

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
        file_name=slugify(masked(workflow.name))[:80] or f"workflow-{workflow.pk}",
    )


def task_details(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """The panel for `?task=` and its Zuora ID, which may hold any character; of the last export, or
    of the stored one `?version=`. By POST with its secrets.

    The caller has made sure that the user may see the workflow.
    """
    answer = render(request, "web/graph/panel.html", _panel_context(request, workflow))
    add_never_cache_headers(answer)
    return answer


def task_preview(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """HTML of the parameter `?at=` of the task `?task=`, without secrets. The rest is as above."""
    task, data, _version = _asked_task(request, workflow)
    return preview(task_context(task, data), request.GET.get("at", ""))


def _panel_context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    task, data, version = _asked_task(request, workflow)
    revealed = request.method == "POST"
    if revealed:
        check_reveal(request, Action.SECRETS_REVEALED, workflow, name_of_task(task))
    context = task_context(task, data, revealed=revealed)
    hides, url = context["hides_secrets"], request.get_full_path()
    return {
        **context,
        **reveal_context(request, url, hides_secrets=hides, revealed=revealed),
        "preview_url": preview_url(workflow.pk, task.zuora_id, version),
    }


def _asked_task(request: HttpRequest, workflow: Workflow) -> tuple[Task, Any, int | None]:
    """The task, its parameters, and the key of the stored version. 404 if there is no such task."""
    zuora_id = request.GET.get("task", "")
    if export := chosen_export(request, workflow):
        found = _task_in(export.document, zuora_id)
    else:
        task = find_task(scope_of(request.user), workflow, zuora_id)
        found = (task, task.data) if task else None
    if found is None:
        raise Http404
    return (*found, export.pk if export else None)


def _task_in(document: Any, zuora_id: str) -> tuple[Task, Any] | None:
    """Of an export whose tasks are in no table."""
    for task in extract_tasks(document) or []:
        if task.zuora_id == zuora_id:
            entry = document["tasks"][task.position - 1]
            data = entry.get("parameters") if isinstance(entry, dict) else None
            return Task(**task.columns), data
    return None
