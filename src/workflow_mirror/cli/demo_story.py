"""The history of the pretend tenants that `zwm demo` shows.

A few days of changes, each followed by a sync, so that every page has content: versions,
tombstones, failed exports, and at the end a customer whose credentials are rejected. Named people
edit workflows, prepare a draft, deactivate a workflow, and return to an older version. Each day
always brings the same changes.
"""

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from django.db.models import F

from workflow_mirror.cli.demo_pair import ENVIRONMENTS
from workflow_mirror.history.earlier.models import EarlierVersion
from workflow_mirror.history.models import WorkflowChange
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
GIULIA, LUCA, MARTA = (
    f"{name}@example.com" for name in ("giulia.conti", "luca.moro", "marta.ricci")
)
PEOPLE = (GIULIA, LUCA, MARTA)
# By the place of their workflow among those of the tenant. The first two of a tenant have failed
# exports, those after the scenes change at random.
EDITED, RETURNED, DRAFTED, STOPPED = 2, 3, 4, 5
FIRST_AT_RANDOM = 6

_TIMES = {
    JobRun: ("queued_at", "due_at", "started_at", "finished_at"),
    JobAttempt: ("started_at", "finished_at"),
    JobBatch: ("created_at",),
    WorkflowChange: ("seen_at", "changed_at"),
    WorkflowExport: ("first_seen_at", "last_seen_at"),
    EarlierVersion: ("fetched_at",),
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
    """At all tenants but those that are there to be compared."""
    for tenant in fake.tenants.values():
        if tenant.name not in ENVIRONMENTS:
            _change_tenant(tenant, day)


def _change_tenant(tenant: "Tenant", day: int) -> None:
    """The changes that the tenant's users make on this day."""
    random = Random(f"{tenant.name} {day}")  # noqa: S311 - made-up data
    workflows = list(tenant.definitions)
    _play_scene(tenant, workflows, day)
    chosen = random.sample(workflows[FIRST_AT_RANDOM:], CHANGES_A_DAY)
    for workflow in chosen[:-1]:
        person = random.choice(PEOPLE)
        tenant.add_version(workflow, by=person)
        _narrow(tenant, workflow, f"AND Balance > {random.randrange(5, 100, 5)}", by=person)
    tenant.add_workflow(f"New in week {day}", tasks=8 + day, by=random.choice(PEOPLE))
    if day % 2:
        tenant.delete(chosen[-1])


def _play_scene(tenant: "Tenant", workflows: list[int], day: int) -> None:
    """What happens to certain workflows, one step a day."""
    edited, returned, drafted, stopped = (
        workflows[place] for place in (EDITED, RETURNED, DRAFTED, STOPPED)
    )
    match day:
        case 1:
            _narrow(tenant, edited, "AND Balance > 25", by=GIULIA)
            tenant.add_version(returned, by=LUCA)
            _narrow(tenant, returned, "AND Status <> 'Canceled'", by=LUCA)
        case 2:
            tenant.add_version(drafted, activate=False, by=MARTA)
            _narrow(tenant, drafted, "AND AutoPay = true", by=MARTA, version="latest")
            tenant.change_schedule(stopped, "0 6 * * MON-FRI", timezone="Rome", by=LUCA)
        case 3:
            tenant.activate(returned, "0.0.1", by=GIULIA)
            tenant.rename(edited, f"{tenant.definition(edited).name} (EUR)")
        case 4:
            tenant.deactivate(stopped, by=LUCA)
            tenant.set_status(stopped, "Inactive")
            _narrow(tenant, edited, "AND Currency = 'EUR'", by=MARTA)
            _start_at_the_end(tenant, returned, edited, by=GIULIA)
        case 5:
            _narrow(tenant, returned, "AND Balance > {{ GlobalConstants.MIN_BALANCE }}", by=LUCA)
            _narrow(tenant, drafted, "AND Balance > 0", by=MARTA, version="latest")


def _narrow(
    tenant: "Tenant", workflow: int, condition: str, *, by: str, version: str | None = None
) -> None:
    """Add a line to the SQL or ZOQL of the first task, which reads data in every workflow."""
    [task, *_] = tenant.export(workflow, version)["tasks"]
    name = "where_clause" if "where_clause" in task["parameters"] else "query"
    longer = f"{task['parameters'][name]}\r\n{condition}"
    changes = {"parameters": {name: longer}}
    tenant.edit_task(workflow, task["id"], version=version, changes=changes, by=by)


def _start_at_the_end(tenant: "Tenant", workflow: int, started: int, *, by: str) -> None:
    """The last task starts another workflow instead of what it did."""
    name = tenant.definition(started).name
    changes = {
        "name": f"Start {name}",
        "action_type": "Execute::WorkflowTask",
        "parameters": {"workflow_id": str(started), "workflow_name": name},
    }
    *_, task = tenant.export(workflow)["tasks"]
    tenant.edit_task(workflow, task["id"], changes=changes, by=by)


def _age_a_day() -> None:
    """Move all earlier events back by one day."""
    a_day = timedelta(days=1)
    for model, columns in _TIMES.items():
        model._default_manager.update(**{column: F(column) - a_day for column in columns})  # noqa: SLF001 - Django's name for it
