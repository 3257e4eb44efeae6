"""The first page: everything at a glance, and what needs attention before the rest."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import running_jobs
from workflow_mirror.overview.counts import Estimate, count_tasks
from workflow_mirror.overview.health import (
    Condition,
    Health,
    condition_of,
    customers_with_condition,
)
from workflow_mirror.schedules.alarms import Code, find_alarms
from workflow_mirror.sync.kinds import SYNC_KINDS
from workflow_mirror.web.changes.latest import latest
from workflow_mirror.web.compare.template_state import add_template_states, template_cell
from workflow_mirror.web.customers.links import exports_of, list_of, page_of, problem_of
from workflow_mirror.web.dashboard.chart import (
    CHART_DAYS,
    CHART_OPTIONS,
    recent_syncs,
)
from workflow_mirror.web.kit import navigation
from workflow_mirror.web.kit.no_worker import NO_WORKER
from workflow_mirror.web.kit.table_cells import HEALTH_VARIANTS
from workflow_mirror.web.kit.time_formats import ago

SHOWN = 20  # customers; the list has them all


@dataclass(frozen=True)
class Row:
    """A customer in the table; `percent` of its running sync, None while there is none."""

    customer: Customer
    condition: Condition
    running: JobRun | None

    @property
    def link(self) -> str:
        return page_of(self.customer)

    @property
    def problem(self) -> str:
        """Where the customer's page shows what is wrong and how to mend it."""
        return problem_of(self.customer, self.condition.health)

    @property
    def template(self) -> str | None:
        """How it stands against its template."""
        return template_cell(self.customer)

    @property
    def workflows(self) -> str:
        return list_of(self.customer.pk, "workflows_workflow")

    @property
    def exports(self) -> str:
        return exports_of(self.customer)

    @property
    def variant(self) -> str:
        return HEALTH_VARIANTS[self.condition.health]

    @property
    def last_good(self) -> str | None:
        return ago(self.condition.last_good_at)

    @property
    def percent(self) -> int | None:
        if self.running is None:
            return None
        done, total = self.running.progress_done, self.running.progress_total
        return min(100, 100 * done // total) if total else 0


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold calls this for the site's first page, and shows the result."""
    return context | _content(request)


def _content(request: HttpRequest) -> dict[str, Any]:
    """`may_look` alone for users without permission to view customers."""
    user, scope = request.user, scope_of(request.user)
    if not may(user, "customers.view_customer"):
        return {"title": _("Dashboard"), "may_look": False}
    rows = sorted(_rows(scope), key=lambda row: (row.condition.health, row.customer.name))
    chart = recent_syncs(scope)
    add_template_states(request, (row.customer for row in rows[:SHOWN]))
    alarms = list(_alarms(scope))
    return {
        "title": _("Dashboard"),
        "may_look": True,
        "figures": list(_figures(request, rows)),
        "alarms": alarms,
        # The alarm waits some minutes for the next call of cron.
        "may_lack_worker": str(NO_WORKER) not in alarms,
        "attention": [row for row in rows if row.condition.health <= Health.WITH_ERRORS],
        "rows": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
        "has_templates": any(row.template for row in rows[:SHOWN]),
        "chart": json.dumps(chart) if chart else "",
        "chart_options": json.dumps(CHART_OPTIONS),
        "chart_days": CHART_DAYS,
        "may_search": (may_search := may(user, "workflows.view_workflow")),
        "changes": latest(scope) if may_search else [],
        "may_add": may(user, "customers.add_customer"),
        "may_schedule": may(user, "schedules.add_schedule"),
        "may_sync": may(user, "customers.sync_customer"),
        "never_synced": bool(rows) and all(row.condition.last_good_at is None for row in rows),
    }


def _alarms(scope: Scope) -> Iterator[str]:
    """What no single customer shows."""
    for alarm in find_alarms(scope, {Code.NO_WORKER, Code.SCHEDULES_OVERDUE}):
        match alarm.code:
            case Code.NO_WORKER:
                yield str(NO_WORKER)
            case Code.SCHEDULES_OVERDUE:
                yield _("Overdue schedules: %(names)s") % {"names": ", ".join(alarm.names)}


def _rows(scope: Scope) -> Iterator[Row]:
    running = {run.customer_id: run for run in running_jobs(scope, SYNC_KINDS)}
    for customer in customers_with_condition(scope):
        yield Row(
            customer,
            condition_of(customer),
            running.get(customer.pk),
        )


def _figures(request: HttpRequest, rows: list[Row]) -> Iterator[dict[str, Any]]:
    workflows = sum(row.condition.workflows for row in rows)
    tasks = count_tasks(scope_of(request.user))
    yield _figure(_("Customers"), len(rows), "apartment", "admin:customers_customer_changelist")
    yield _figure(
        _("Workflows"),
        number_format(workflows, force_grouping=True),
        "account_tree",
        "admin:workflows_workflow_changelist",
    )
    yield _figure(_("Tasks"), str(tasks.present), "task_alt", "admin:workflows_task_changelist") | {
        "apart": _of_deleted(tasks.deleted)
    }
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


def _of_deleted(tasks: Estimate) -> str:
    if not tasks.number:
        return ""
    return _("+ %(number)s of deleted workflows") % {"number": tasks}


def _figure(title: str, value: Any, icon: str, url_name: str) -> dict[str, Any]:
    return {"title": title, "value": value, "icon": icon, "link": reverse(url_name)}
