"""The content of a customer's page."""

from typing import Any

from django.db.models import F
from django.http import HttpRequest

from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import latest_of_customer, unresolved_of_customer
from workflow_mirror.overview.health import Condition, condition_of
from workflow_mirror.schedules.requested_by import with_requester
from workflow_mirror.schedules.scoped import schedules_of
from workflow_mirror.web.changes.latest import latest
from workflow_mirror.web.customers.links import list_of
from workflow_mirror.web.customers.problems import RETRY_EXPORTS, offered, problems_of
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.job_table import job_rows
from workflow_mirror.web.kit.live import running_cell
from workflow_mirror.web.kit.table_cells import HEALTH_VARIANTS
from workflow_mirror.web.kit.time_formats import ago
from workflow_mirror.workflows.queries import counts_of_customer, workflows_in

MOST_JOBS = 10
MOST_EXPORTS = 20
MOST_WORKFLOWS = 5
MOST_SCHEDULES = 20

Status = JobRun.Status


def page_context(request: HttpRequest, customer: Any) -> dict[str, Any]:
    """Of a customer that came through `customers_with_condition`.

    A part is None where the user may not see what it shows.
    """
    scope, condition = scope_of(request.user), condition_of(customer)
    jobs = _jobs(scope, customer) if may(request.user, "jobs.view_jobrun") else None
    return {
        "customer": customer,
        "condition": condition,
        "health": table_cells.label(condition.label, HEALTH_VARIANTS[condition.health]),
        "last_good": ago(condition.last_good_at),
        "checked": ago(customer.credentials_checked_at),
        "running": running_cell(next(iter(customer.running_syncs), None)),
        "problems": problems_of(request, customer, condition, _in_trouble(scope, customer, jobs)),
        "jobs": None if jobs is None else job_rows(jobs),
        # Queued jobs are the first, and a customer has few: others join them.
        "is_waiting": any(run.status in JobRun.QUEUED for run in jobs or ()),
        "all_jobs": list_of(customer.pk, "jobs_jobrun"),
        "failed_jobs": list_of(customer.pk, "web_failedjob"),
        **_of_workflows(request, customer, condition),
        **_of_schedules(request, customer),
    }


def _jobs(scope: Scope, customer: Customer) -> list[Any]:
    return list(with_requester(latest_of_customer(scope, customer.pk), scope)[:MOST_JOBS])


def _in_trouble(scope: Scope, customer: Customer, jobs: list[Any] | None) -> list[JobRun]:
    """Failed jobs, and those that failed and are tried again."""
    if jobs is None:
        return []
    retrying = [run for run in jobs if run.status == Status.RETRYING and run.error]
    return [*unresolved_of_customer(scope, customer.pk), *retrying]


def _of_workflows(request: HttpRequest, customer: Customer, condition: Condition) -> dict[str, Any]:
    if not may(request.user, "workflows.view_workflow"):
        return {"workflows": None}
    own = workflows_in(scope_of(request.user)).filter(customer=customer)
    present = own.filter(deleted_at=None)
    failed = present.exclude(export_error="").order_by("name", "pk")
    changed = present.order_by(F("updated_on").desc(nulls_last=True), "pk")
    return {
        "workflows": changed.only("name", "zuora_id", "state", "version", "updated_on")[
            :MOST_WORKFLOWS
        ],
        "all_tasks": list_of(customer.pk, "workflows_task"),
        "deleted_tasks_list": list_of(customer.pk, "workflows_task", vanished="yes"),
        "may_view_tasks": may(request.user, "workflows.view_task"),
        "all_workflows": list_of(customer.pk, "workflows_workflow"),
        **counts_of_customer(scope_of(request.user), customer.pk),
        "deleted_workflows": list_of(customer.pk, "workflows_workflow", vanished="yes"),
        "failed_exports": failed.only(
            "name", "zuora_id", "export_error", "export_error_details", "exported_at"
        )[:MOST_EXPORTS],
        "more_exports": max(0, condition.in_trouble - MOST_EXPORTS),
        "all_exports": list_of(customer.pk, "workflows_workflow", export="failed"),
        "retry_exports": offered(request, customer.pk, RETRY_EXPORTS),
        "changes": latest(scope_of(request.user), customer.pk),
        "all_changes": list_of(customer.pk, "history_workflowchange"),
    }


def _of_schedules(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    if not may(request.user, "schedules.view_schedule"):
        return {"schedules": None}
    return {"schedules": schedules_of(scope_of(request.user), customer.pk)[:MOST_SCHEDULES]}
