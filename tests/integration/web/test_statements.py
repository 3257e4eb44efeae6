"""The dashboard and the list of customers ask the database the same, whatever is wrong."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from workflow_mirror.access.groups import ADMINISTRATORS, OPERATORS
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.overview import counts as figures
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.workflows.models import Task, Workflow

from .conftest import make_customer
from .made_jobs import make_failed, make_job

DASHBOARD = "/admin/"
CUSTOMERS = "/admin/customers/customer/"
MOST = 20  # statements of a page, as the README promises
LONG_AGO = timedelta(days=9)

Status = JobRun.Status
type MakeUser = Callable[..., User]
type ClientOf = Callable[[User], Client]


def a_mirror_without_trouble() -> list[Customer]:
    customers = [make_customer(f"Rossi {number}") for number in range(6)]
    for customer in customers:
        make_job(customer, Status.SUCCEEDED, output={"created": 1})
        workflow = Workflow.objects.create(
            customer=customer, zuora_id="1", last_synced_at=timezone.now()
        )
        Task.objects.create(workflow=workflow, customer=customer, zuora_id="1")
    worker(silent=timedelta())
    return customers


def every_kind_of_trouble(customers: list[Customer]) -> None:
    """A customer of each kind of health, each alarm, and more tasks than are counted."""
    rejected, failing, stale, incomplete, idle, fresh = customers
    change(rejected, needs_attention="Invalid credentials")
    change(idle, is_active=False)
    make_failed(failing)
    JobRun.objects.filter(customer=stale).update(finished_at=timezone.now() - LONG_AGO)
    Workflow.objects.filter(customer=stale).update(last_synced_at=timezone.now() - LONG_AGO)
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)
    Workflow.objects.filter(customer=incomplete).update(export_error="HTTP 500")
    make_job(fresh, Status.RUNNING, progress_done=1, progress_total=2)
    for customer, status in ((fresh, Status.WAITING), (failing, Status.RETRYING)):
        make_job(customer, status, due_at=timezone.now() - LONG_AGO)
    WorkerProcess.objects.all().delete()
    worker(silent=LONG_AGO)
    for name, cron, chosen in (
        ("of all", "0 * * * *", []),
        ("of two", "0 0 * * *", customers[:2]),
        ("of one", "*/5 * * * *", customers[2:3]),
        ("invalid", "61 * * * *", customers),
    ):
        overdue = Schedule.objects.create(
            name=name, cron=cron, is_enabled=True, all_customers=not chosen,
            next_run_at=timezone.now() - LONG_AGO,
        )  # fmt: skip
        overdue.customers.set(chosen)


def change(customer: Customer, **columns: object) -> None:
    Customer.objects.filter(pk=customer.pk).update(**columns)


def worker(silent: timedelta) -> None:
    seen = timezone.now() - silent
    WorkerProcess.objects.create(
        id=uuid4(), host="h", pid=1, application_name="a", concurrency=1,
        started_at=seen, heartbeat_at=seen,
    )  # fmt: skip


@pytest.mark.parametrize("address", [DASHBOARD, CUSTOMERS])
@pytest.mark.parametrize("is_limited", [False, True])
def test_trouble_takes_no_more_statements(
    make_user: MakeUser,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    is_limited: bool,  # noqa: FBT001 - a parameter
) -> None:
    customers = a_mirror_without_trouble()
    of_all = make_user("ada", ADMINISTRATORS)
    browser = client_of(make_user("livia", OPERATORS, only=customers) if is_limited else of_all)
    calm = statements(browser, address)
    every_kind_of_trouble(customers)
    monkeypatch.setattr(figures, "EXACT", 3)
    troubled = statements(browser, address)
    assert troubled == calm
    assert len(calm) <= MOST


def test_the_trouble_is_every_kind_of_trouble(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above would compare a calm mirror with a calm one."""
    every_kind_of_trouble(a_mirror_without_trouble())
    monkeypatch.setattr(figures, "EXACT", 3)
    page = administrator.get(DASHBOARD).context
    found = {row.customer.name: row.condition.health.name for row in page["rows"]}
    assert found == {
        "Rossi 0": "REFUSED",
        "Rossi 1": "FAILED",
        "Rossi 2": "STALE",
        "Rossi 3": "WITH_ERRORS",
        "Rossi 4": "SWITCHED_OFF",
        "Rossi 5": "GOOD",
    }
    assert len(page["alarms"]) == 2
    [tasks] = [one["value"] for one in page["figures"] if one["title"] == "Tasks"]
    assert tasks.startswith("≈ ")


def statements(browser: Client, address: str) -> list[str]:
    """What each one begins with, up to its conditions."""
    browser.get(address)  # what is asked once in a process, such as content types
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address).status_code == 200
    return [one["sql"].partition(" FROM ")[0][:60] for one in asked]
