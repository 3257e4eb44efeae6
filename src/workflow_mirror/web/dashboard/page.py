"""The first page: everything at a glance, and what needs attention before the rest."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.schedules.alarms import Code, find_alarms
from workflow_mirror.web.customers.health import Condition, Health, condition_of, with_condition
from workflow_mirror.web.dashboard.counts import (
    CHART_DAYS,
    CHART_OPTIONS,
    quick_count,
    recent_syncs,
)
from workflow_mirror.web.kit import navigation
from workflow_mirror.web.kit.access import AnyUser, is_limited, limited, may, visible_customers
from workflow_mirror.workflows.models import Task, Workflow

SHOWN = 20  # customers; the list has them all


@dataclass(frozen=True)
class Row:
    """A customer in the table; `percent` of its running sync, None while there is none."""

    customer: Customer
    condition: Condition
    link: str
    running: JobRun | None

    @property
    def percent(self) -> int | None:
        if self.running is None:
            return None
        done, total = self.running.progress_done, self.running.progress_total
        return min(100, 100 * done // total) if total else 0


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold calls this for the site's first page, and shows what it returns."""
    return context | _content(request)


def _content(request: HttpRequest) -> dict[str, Any]:
    """`may_look` alone for users without permission to view customers."""
    user = request.user
    if not may(user, "customers.view_customer"):
        return {"title": _("Dashboard"), "may_look": False}
    rows = sorted(_rows(user), key=lambda row: (row.condition.health, row.customer.name))
    chart = recent_syncs(user)
    return {
        "title": _("Dashboard"),
        "may_look": True,
        "figures": list(_figures(request, len(rows))),
        "alarms": [*_alarms(user)],
        "attention": [row for row in rows if row.condition.health <= Health.WITH_ERRORS],
        "rows": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
        "chart": json.dumps(chart) if chart else "",
        "chart_options": json.dumps(CHART_OPTIONS),
        "chart_days": CHART_DAYS,
        "may_add": may(user, "customers.add_customer"),
        "may_sync": may(user, "customers.sync_customer"),
        "never_synced": bool(rows) and all(row.condition.last_good_at is None for row in rows),
    }


def _alarms(user: AnyUser) -> Iterator[str]:
    """What no single customer shows."""
    for alarm in find_alarms(visible_customers(user) if is_limited(user) else None):
        match alarm.code:
            case Code.NO_WORKER:
                yield _("No worker is running. Queued jobs start when one does.")
            case Code.SCHEDULES_OVERDUE:
                yield _("Overdue schedules: %(names)s") % {"names": ", ".join(alarm.names)}


def _rows(user: AnyUser) -> Iterator[Row]:
    running = {
        run.customer_id: run
        for run in limited(JobRun.objects.filter(status=JobRun.Status.RUNNING), user).only(
            "customer_id", "progress_done", "progress_total"
        )
    }
    for customer in with_condition(visible_customers(user)):
        yield Row(
            customer,
            condition_of(customer),
            reverse("admin:customers_customer_change", args=(customer.pk,)),
            running.get(customer.pk),
        )


def _figures(request: HttpRequest, customers: int) -> Iterator[dict[str, Any]]:
    user = request.user
    present = limited(Workflow.objects.filter(deleted_at=None), user)
    tasks = limited(Task.objects.all(), user)
    yield _figure(_("Customers"), customers, "apartment", "admin:customers_customer_changelist")
    yield _figure(
        _("Workflows"), quick_count(present), "account_tree", "admin:workflows_workflow_changelist"
    )
    yield _figure(_("Tasks"), quick_count(tasks), "task_alt", "admin:workflows_task_changelist")
    yield _figure(
        _("Running jobs"), navigation.running_jobs(request), "sync", "admin:jobs_jobrun_changelist"
    )
    yield _figure(
        _("Waiting jobs"),
        navigation.queued_jobs(request),
        "hourglass_empty",
        "admin:web_waitingjob_changelist",
    )
    yield _figure(
        _("Failed jobs"), navigation.failed_jobs(request), "error", "admin:web_failedjob_changelist"
    )


def _figure(title: str, value: Any, icon: str, url_name: str) -> dict[str, Any]:
    return {"title": title, "value": value, "icon": icon, "link": reverse(url_name)}
