"""The history of the pretend tenants that `zwm demo` shows.

A few days of changes, each followed by a sync, so that every page has content: versions,
tombstones, failed exports, and at the end a customer whose credentials are rejected. Each day
always brings the same changes.
"""

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from django.db.models import F

from workflow_mirror.jobs import worker
from workflow_mirror.jobs.models import JobAttempt, JobBatch, JobRun
from workflow_mirror.sync.requests import request_syncs
from workflow_mirror.workflows.models import Workflow, WorkflowExport

if TYPE_CHECKING:
    from workflow_mirror.customers.models import Customer
    from workflow_mirror.fake_zuora import FakeZuora, Tenant

DAYS = 6
CHANGES_A_DAY = 4
CONCURRENCY = 3
TROUBLED = "Brenta Energia"
REFUSED = "Cadore Software"

_TIMES = {
    JobRun: ("queued_at", "due_at", "started_at", "finished_at"),
    JobAttempt: ("started_at", "finished_at"),
    JobBatch: ("created_at",),
    WorkflowExport: ("first_seen_at", "last_seen_at"),
    Workflow: ("last_synced_at", "exported_at", "deleted_at", "created_at"),
}


def live_through(fake: "FakeZuora", customers: list["Customer"]) -> None:
    """Simulate the days, with a sync of every customer on each. Raises KeyboardInterrupt."""
    for day in range(DAYS):
        if day:
            _age_a_day()
            _change(fake, day)
        if day == 1:
            let_exports_fail(fake)
        if day == DAYS - 1:
            let_refuse(fake)
        request_syncs(customers, requested_by="demo")
        if worker.work(concurrency=CONCURRENCY, one_shot=True).stopped:
            raise KeyboardInterrupt


def catch_up(fake: "FakeZuora") -> None:
    """Bring new pretend tenants to the final state of the earlier ones."""
    for day in range(1, DAYS):
        _change(fake, day)
    let_exports_fail(fake)
    let_refuse(fake)


def let_exports_fail(fake: "FakeZuora") -> None:
    tenant = fake.tenants[TROUBLED]
    first, second, *_ = list(tenant.definitions)
    fake.fail("not_found", on="export", tenant=tenant, workflow_id=first, times=None)
    fake.fail("forbidden", on="export", tenant=tenant, workflow_id=second, times=None)


def let_refuse(fake: "FakeZuora") -> None:
    tenant = fake.tenants[REFUSED]
    fake.fail("bad_credentials", on="token", tenant=tenant, times=None)
    fake.expire_tokens(tenant)


def _change(fake: "FakeZuora", day: int) -> None:
    for tenant in fake.tenants.values():
        _change_tenant(tenant, day)


def _change_tenant(tenant: "Tenant", day: int) -> None:
    """The changes that the tenant's users make on this day."""
    random = Random(f"{tenant.name} {day}")  # noqa: S311 - made-up data
    chosen = random.sample(list(tenant.definitions.values())[2:], CHANGES_A_DAY)
    for definition in chosen[:-1]:
        tenant.add_version(definition.id)
        tenant.edit_task(definition.id)
    tenant.add_workflow(f"New in week {day}", tasks=8 + day)
    if day % 2:
        tenant.delete(chosen[-1].id)


def _age_a_day() -> None:
    """Move all earlier events back by one day."""
    a_day = timedelta(days=1)
    for model, columns in _TIMES.items():
        model._default_manager.update(**{column: F(column) - a_day for column in columns})  # noqa: SLF001 - Django's name for it
