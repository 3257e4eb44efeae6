"""The page that compares two stored versions, and the page that finds the other workflow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import ngettext

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.compare.customers import agreed_between
from workflow_mirror.compare.expected import judge
from workflow_mirror.compare.rules import Rule
from workflow_mirror.history.diff import Diff, diff, pieces, sentence
from workflow_mirror.history.overlay import overlay
from workflow_mirror.history.versions import by_number, stored_version, workflow_of
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.workflows.compare.changes import shown
from workflow_mirror.web.workflows.compare.expected import shown_expected
from workflow_mirror.web.workflows.graph import GraphPicture, LegendEntry
from workflow_mirror.workflows.export_warnings import warning_text
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.queries import search_workflows, versions_of, workflows_in
from workflow_mirror.workflows.secrets import masked

MOST_VERSIONS = 100
MOST_WARNINGS = 20
MOST_FOUND = 20
LITTLE_IN_COMMON = 0.1
"""Share of tasks that are in both below which the page says so."""


@dataclass(frozen=True)
class Side:
    """One of the two versions; `workflow` is None where its row is gone."""

    name: str
    export: WorkflowExport
    workflow: Workflow | None
    versions: list[Any]
    since: datetime
    until: datetime
    warnings: list[str]

    @property
    def is_unlisted(self) -> bool:
        return all(version.pk != self.export.pk for version in self.versions)


def comparison(request: HttpRequest) -> dict[str, Any]:
    """Of the exports `a` and `b`, by key; empty if none is asked for. 404 outside of the scope."""
    scope = scope_of(request.user)
    keys = [request.GET.get(name, "") for name in ("a", "b")]
    if not any(keys):
        return {}
    before, after = (_export(scope, key) for key in keys)
    try:
        judged = judge(diff(before.document, after.document), _rules(scope, before, after))
    except RecursionError:
        return {"is_too_deep": True}
    found = judged.different
    return {
        **_what_differs(found),
        "expected": shown_expected(judged.expected),
        "rules_url": _rules_url(before, after) if judged.expected else "",
        "sides": [
            _side(scope, "a", before, _warnings(found, "before")),
            _side(scope, "b", after, _warnings(found, "after")),
        ],
        "picture": _picture(before, after, found),
    }


def _rules(scope: Scope, before: WorkflowExport, after: WorkflowExport) -> tuple[Rule, ...]:
    """What users expect to differ between the two customers."""
    return agreed_between(scope, before.customer_id, after.customer_id).rules


def _rules_url(before: WorkflowExport, after: WorkflowExport) -> str:
    query = urlencode({"source": before.customer_id, "target": after.customer_id})
    return f"{reverse('compare_rules')}?{query}"


def other_workflows(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    """Workflows to compare with, found by `q` and `customer`; without `q`, those of this name."""
    scope = scope_of(request.user)
    words = request.GET.get("q", masked(workflow.name)[:100]).strip()
    customer = row_id(request.GET.get("customer", ""))
    found = workflows_in(scope).exclude(pk=workflow.pk)
    if customer is not None:
        found = found.filter(customer=customer)
    with_names = search_workflows(found, words).select_related("customer")
    matching = list(
        with_names.only("name", "zuora_id", "customer__name", "customer__environment")[
            : MOST_FOUND + 1
        ]
    )
    return {
        "workflow": workflow,
        "words": words,
        "customer": customer,
        "customers": customers_in(scope).order_by("name").only("name", "environment"),
        "found": matching[:MOST_FOUND],
        "more": len(matching) > MOST_FOUND,
    }


def latest_of(scope: Scope, pk: str) -> WorkflowExport | None:
    """The last export of a workflow; 404 for a workflow outside of the scope."""
    key = row_id(pk)
    workflow = workflows_in(scope).filter(pk=key).first() if key is not None else None
    if workflow is None:
        raise Http404
    return versions_of(scope, workflow).first()


def _export(scope: Scope, key: str) -> WorkflowExport:
    pk = row_id(key)
    found = stored_version(scope, pk) if pk is not None else None
    if found is None:
        raise Http404
    return found


def _what_differs(found: Diff) -> dict[str, Any]:
    counts = found.counts
    known = counts.added + counts.removed + len(found.matches)
    return {
        "sentence": sentence(pieces(found), ngettext),
        "is_equal": found.equal(layout=True),
        "moved": counts.moved,
        "changes": shown(found),
        "matched": len(found.matches),
        "all_tasks": known,
        "has_little_in_common": len(found.matches) < LITTLE_IN_COMMON * known,
    }


def _side(scope: Scope, name: str, export: WorkflowExport, warnings: list[str]) -> Side:
    workflow = workflow_of(scope, export)
    versions = by_number(scope, workflow)[:MOST_VERSIONS] if workflow else []
    listed: Any = next((one for one in versions if one.pk == export.pk), None)
    return Side(
        name,
        export,
        workflow,
        versions,
        listed.since if listed else export.first_seen_at,
        listed.until if listed else export.last_seen_at,
        warnings,
    )


def _warnings(found: Diff, side: str) -> list[str]:
    return [warning_text(warned) for place, warned in found.warnings if place == side][
        :MOST_WARNINGS
    ]


def _picture(before: WorkflowExport, after: WorkflowExport, found: Diff) -> GraphPicture:
    """The details of a task cannot be asked for: they are those of the last export."""
    legend: list[LegendEntry] = []
    name = slugify(found.after.name)[:80] or f"workflow-{after.workflow_zuora_id}"
    return GraphPicture(
        overlay(before.document, after.document, found),
        legend,
        warnings=[],
        detail_url="",
        file_name=f"{slugify(name)}-compared",
        has_changes=True,
    )
