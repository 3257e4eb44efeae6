"""Reading the change log; every query takes the user's scope."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from workflow_mirror.access.scope import Scope
from workflow_mirror.history.errors import UnknownChangeError
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.summaries import summarise
from workflow_mirror.history.words import told
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.queries import search_workflows, workflows_in

CLOCKS_DIFFER = timedelta(minutes=5)


def changes_in(scope: Scope) -> QuerySet[WorkflowChange]:
    """With what a list shows of each: its customer, its workflow and its two versions."""
    found = scope.limit(WorkflowChange.objects.all())
    return found.select_related(
        "customer", "workflow", "export_before", "export_after"
    ).defer(
        "customer__zuora_client_secret",
        "workflow__json_export",
        "workflow__list_row",
        "export_before__document",
        "export_after__document",
    )  # fmt: skip


def timeline(scope: Scope, workflow: Workflow) -> QuerySet[WorkflowChange]:
    """The entries of one workflow, newest first, including those from before it was restored."""
    found = changes_in(scope).filter(
        customer=workflow.customer_id, workflow_zuora_id=workflow.zuora_id
    )
    return found.order_by("-seen_at", "-pk")


def timeline_page(
    scope: Scope, workflow: Workflow, *, limit: int, before: int | None = None
) -> tuple[list[WorkflowChange], int | None]:
    """The entries before that one, with their diffs in words, and the `before` of the next page.

    Raises UnknownChangeError where `before` is no entry of this workflow.
    """
    return _page(timeline(scope, workflow), limit, before)


def latest_changes(
    scope: Scope, number: int, customer_id: int | None = None
) -> list[WorkflowChange]:
    """With `customer_id`, those of one customer."""
    found = changes_in(scope)
    return _page(found if customer_id is None else found.filter(customer=customer_id), number)[0]


def changes_of_job(scope: Scope, run: JobRun, number: int) -> tuple[list[WorkflowChange], bool]:
    """What a job saw change, latest first, and whether there is more.

    Read by customer and time, which have an index. The clocks of hosts may differ a little.
    """
    found = changes_in(scope).filter(
        job_run=run.pk,
        customer=run.customer_id,
        seen_at__gte=run.queued_at - CLOCKS_DIFFER,
        seen_at__lte=(run.finished_at or timezone.now()) + CLOCKS_DIFFER,
    )
    entries, following = _page(found, number)
    return entries, following is not None


def search_changes(
    changes: QuerySet[WorkflowChange], scope: Scope, text: str
) -> QuerySet[WorkflowChange]:
    """The changes of workflows with every term in the name as it is now, or as Zuora ID."""
    found = search_workflows(workflows_in(scope), text, ("name",))
    return changes.filter(workflow__in=found.values("pk"))


def list_changes(  # noqa: PLR0913 - all by keyword
    scope: Scope,
    *,
    workflow: Workflow | None = None,
    customers: list[int] | None = None,
    since: datetime | None = None,
    kinds: list[str] | None = None,
    limit: int = 100,
    after: int | None = None,
) -> dict[str, Any]:
    """A page of entries as data, newest first.

    `next` is the `after` of the next page, None on the last. Raises UnknownChangeError where
    `after` is no entry.
    """
    found = timeline(scope, workflow) if workflow else changes_in(scope)
    if customers is not None:
        found = found.filter(customer__in=customers)
    if since is not None:
        found = found.filter(seen_at__gte=since)
    if kinds:
        found = found.filter(kind__in=kinds)
    page, following = _page(found, limit, after)
    return {"changes": [describe(entry) for entry in page], "next": following}


def describe(entry: WorkflowChange) -> dict[str, Any]:
    workflow = entry.workflow
    return {
        "id": entry.pk,
        "customer": entry.customer.name,
        "workflow_id": workflow.pk if workflow else None,
        "workflow_zuora_id": entry.workflow_zuora_id,
        "workflow": workflow.name if workflow else "",
        "seen_at": entry.seen_at,
        "kind": entry.kind,
        "text": told(entry),
        "fields": entry.fields,
        "before": _version(entry.export_before),
        "after": _version(entry.export_after),
        "changed_by": entry.changed_by,
        "changed_at": entry.changed_at,
        "job_id": entry.job_run_id,
    }


def _page(
    found: QuerySet[WorkflowChange], limit: int, after: int | None = None
) -> tuple[list[WorkflowChange], int | None]:
    """Newest first; with the `after` of the next page, None on the last."""
    found = found.order_by("-seen_at", "-pk")
    if after is not None:
        found = _older_than(found, after)
    page = list(found[: limit + 1])
    page, more = page[:limit], page[limit:]
    summarise(page)
    return page, page[-1].pk if more else None


def _version(export: WorkflowExport | None) -> dict[str, str] | None:
    if export is None:
        return None
    return {"version": export.zuora_version, "hash": export.content_hash}


def _older_than(found: QuerySet[WorkflowChange], pk: int) -> QuerySet[WorkflowChange]:
    last = found.filter(pk=pk).values_list("seen_at").first()
    if last is None:
        raise UnknownChangeError(pk)
    # Written so that the index on seen_at is used.
    return found.filter(seen_at__lte=last[0]).exclude(seen_at=last[0], pk__gte=pk)
