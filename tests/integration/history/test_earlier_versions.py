"""Versions that Zuora's list names and the mirror lacks are fetched in the background."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.conftest import NO_WAIT
from tests.integration.jobs.conftest import other_worker
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.history.earlier import budget, fetch
from workflow_mirror.history.earlier.missing import find_missing
from workflow_mirror.history.earlier.models import EarlierVersion, Spending
from workflow_mirror.history.earlier.notes import ListedVersion
from workflow_mirror.history.earlier.store import Answered, store
from workflow_mirror.jobs import control, engine, worker
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync import handler
from workflow_mirror.sync.requests import request_syncs
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.exports import read_export
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.queries import versions_of

type Sync = Callable[[], JobRun | None]

Status = JobRun.Status


@pytest.fixture(autouse=True)
def patience(transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tries, the second at once; requests are tried again without a wait."""
    settings.ZWM_SYNC_TRIES, settings.ZWM_SYNC_BACKOFF = 2, 0
    impatient = partial(open_client, retry=NO_WAIT)
    syncing = partial(WorkflowSyncService, client_opener=impatient)
    monkeypatch.setattr(handler, "WorkflowSyncService", syncing)
    monkeypatch.setattr(fetch, "open_client", impatient)
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


def work() -> None:
    worker.work(concurrency=2, one_shot=True)


@pytest.fixture
def sync(customer: Customer) -> Sync:
    """Sync the customer, and do what the sync requests; the job that fetched versions, if any."""

    def do() -> JobRun | None:
        jobs = JobRun.objects.filter(kind="earlier_versions").order_by("pk")
        before = jobs.count()
        request_syncs([customer], requested_by="test")
        work()
        assert jobs.count() - before <= 1
        return jobs.last() if jobs.count() > before else None

    return do


def add(tenant: Tenant, versions: int, workflows: int = 1) -> list[int]:
    """Workflows with this many versions, each of another content; the last one is active."""
    made = [tenant.add_workflow(tasks=2).id for _ in range(workflows)]
    for number in range(2, versions + 1):
        for key in made:
            tenant.add_version(key)
            tenant.edit_task(key, changes={"name": f"in {number}"})
    return made


def exported(fake: FakeZuora) -> list[str]:
    """The versions that were requested by their number; several at once come in any order."""
    return [r.query["version"] for r in fake.requests.of("export") if "version" in r.query]


def stored(key: int) -> dict[str, Any]:
    rows = WorkflowExport.objects.filter(workflow_zuora_id=str(key))
    return dict(rows.values_list("zuora_version", "document"))


@pytest.mark.parametrize("dialect", ["documented", "newer"])
def test_all_listed_versions_are_there_after_the_first_sync(
    sync: Sync, tenant: Tenant, fake: FakeZuora, dialect: Any
) -> None:
    tenant.options.dialect = dialect
    [key] = add(tenant, 5)

    job = sync()

    assert job is not None
    assert (job.status, job.priority, job.requested_by) == (Status.SUCCEEDED, 0, "sync")
    assert job.output == {
        "fetched": 4, "unavailable": 0, "failed": 0, "remaining": 0, "requests": 4,
    }  # fmt: skip
    assert (job.progress_done, job.progress_total, job.requests) == (4, 4, 4)
    assert sorted(exported(fake)) == ["0.0.1", "0.0.2", "0.0.3", "0.0.4"]
    numbers = [f"0.0.{number}" for number in range(1, 6)]
    assert stored(key) == {number: tenant.export(key, number) for number in numbers}


def test_an_earlier_version_is_not_the_last_export(
    sync: Sync, tenant: Tenant, customer: Customer
) -> None:
    [key] = add(tenant, 3)
    before = timezone.now()

    sync()

    workflow = Workflow.objects.get()
    assert workflow.json_export == tenant.export(key)
    assert workflow.version == "0.0.3"
    assert versions_of(EVERYTHING, workflow)[0].content_hash == workflow.export_hash
    first = WorkflowExport.objects.get(zuora_version="0.0.1")
    version = tenant.definition(key).versions[0]
    assert first.zuora_version_id == str(version.id)
    assert first.workflow_id == workflow.pk
    assert first.first_seen_at == first.last_seen_at > before
    assert first.listed_updated_on is not None
    assert abs(first.listed_updated_on - version.updated_at) < timedelta(milliseconds=1)


def test_versions_that_are_there_are_not_fetched_again(
    sync: Sync, tenant: Tenant, fake: FakeZuora
) -> None:
    add(tenant, 3, workflows=2)
    sync()
    fake.requests.clear()

    assert sync() is None
    assert exported(fake) == []


def test_a_version_that_a_sync_has_stored_is_not_fetched(
    sync: Sync, tenant: Tenant, fake: FakeZuora
) -> None:
    [key] = add(tenant, 1)
    sync()
    tenant.add_version(key)

    assert sync() is None
    assert exported(fake) == []
    assert EarlierVersion.objects.get().export == WorkflowExport.objects.get(zuora_version="0.0.1")


def test_a_workflow_without_inactive_versions_needs_no_job(sync: Sync, tenant: Tenant) -> None:
    add(tenant, 1)

    assert sync() is None


def test_a_version_that_was_edited_after_it_was_seen_is_fetched_again(
    sync: Sync, tenant: Tenant, fake: FakeZuora
) -> None:
    [key] = add(tenant, 3)
    sync()
    fake.requests.clear()
    tenant.edit_task(key, version="0.0.1", changes={"name": "repaired"})

    job = sync()

    assert job is not None
    assert exported(fake) == ["0.0.1"]
    old, new = WorkflowExport.objects.filter(zuora_version="0.0.1").order_by("pk")
    assert old.document["tasks"][0]["name"] != new.document["tasks"][0]["name"] == "repaired"
    assert sync() is None


def test_the_active_version_that_was_edited_and_replaced_between_two_syncs_is_fetched(
    sync: Sync, tenant: Tenant
) -> None:
    [key] = add(tenant, 1)
    sync()
    tenant.edit_task(key, changes={"name": "never seen active"})
    tenant.add_version(key)

    sync()

    documents = WorkflowExport.objects.filter(zuora_version="0.0.1").values_list("document")
    assert "never seen active" in [document["tasks"][0]["name"] for (document,) in documents]


def test_newer_versions_of_all_workflows_come_first(
    sync: Sync, tenant: Tenant, fake: FakeZuora, settings: Settings
) -> None:
    settings.ZWM_EARLIER_VERSIONS_PER_DAY = 4
    add(tenant, 3, workflows=4)

    sync()

    assert exported(fake) == ["0.0.2"] * 4


def test_the_budget_of_a_day_is_one_for_all_jobs(
    sync: Sync, tenant: Tenant, fake: FakeZuora, settings: Settings
) -> None:
    settings.ZWM_EARLIER_VERSIONS_PER_DAY = 5
    [key] = add(tenant, 9)

    first = sync()
    nothing = sync()
    Spending.objects.update(day=timezone.now().date() - timedelta(days=1))
    second = sync()

    assert first is not None
    assert second is not None
    assert nothing is None
    assert (first.status, first.output) == (
        Status.SUCCEEDED,
        {"fetched": 5, "unavailable": 0, "failed": 0, "remaining": 3, "requests": 5},
    )
    assert (second.output or {})["fetched"] == 3
    assert Spending.objects.get().requests == 3
    requested = exported(fake)
    assert sorted(requested[:5]) == [f"0.0.{number}" for number in range(4, 9)]
    assert sorted(requested[5:]) == ["0.0.1", "0.0.2", "0.0.3"]
    assert len(stored(key)) == 9


def test_a_job_that_finds_the_budget_spent_goes_on_with_the_rest(
    sync: Sync, tenant: Tenant, settings: Settings
) -> None:
    settings.ZWM_EARLIER_VERSIONS_PER_DAY = 5
    add(tenant, 9)
    job = sync()
    assert job is not None
    JobRun.objects.filter(pk=job.pk).update(status=Status.FAILED)
    settings.ZWM_EARLIER_VERSIONS_PER_DAY = 7

    control.retry(job.pk)
    work()

    job.refresh_from_db()
    assert (job.output or {})["fetched"] == 2
    assert (job.output or {})["remaining"] == 1


def test_zero_turns_it_off(sync: Sync, tenant: Tenant, fake: FakeZuora, settings: Settings) -> None:
    settings.ZWM_EARLIER_VERSIONS_PER_DAY = 0
    add(tenant, 3)

    assert sync() is None
    assert exported(fake) == []


def test_retries_count(sync: Sync, tenant: Tenant, fake: FakeZuora) -> None:
    add(tenant, 3)
    fake.fail("server_error", on="export", times=2, after=1)

    job = sync()

    assert job is not None
    assert job.requests == Spending.objects.get().requests == 4


def test_a_version_that_zuora_does_not_have_is_noted_and_not_asked_for_again(
    sync: Sync, tenant: Tenant, fake: FakeZuora
) -> None:
    [key] = add(tenant, 4)
    tenant.forget_version(key, "0.0.2", listed=True)

    job = sync()

    assert job is not None
    assert job.status == Status.SUCCEEDED
    assert job.output == {
        "fetched": 2, "unavailable": 1, "failed": 0, "remaining": 0, "requests": 3,
    }  # fmt: skip
    note = EarlierVersion.objects.get(version="0.0.2")
    assert note.export is None
    assert note.error.startswith("Zuora does not know this workflow or version")
    assert (note.error_details or {})["code"] == "not_found"
    assert sync() is None

    tenant.definition(key).versions[1].is_gone = False
    tenant.edit_task(key, version="0.0.2")
    assert sync() is not None
    assert len(stored(key)) == 4
    assert not EarlierVersion.objects.exclude(error="").exists()


def test_a_version_that_is_not_an_export_is_left_to_the_next_job(
    sync: Sync, tenant: Tenant, fake: FakeZuora
) -> None:
    [key] = add(tenant, 4)
    tenant.set_export(key, b"[]", version="0.0.2")

    job = sync()

    assert job is not None
    assert job.status == Status.COMPLETED_WITH_ERRORS
    assert (job.output or {})["fetched"] == 2
    assert (job.output or {})["failed"] == (job.output or {})["remaining"] == 1
    assert set(stored(key)) == {"0.0.4", "0.0.3", "0.0.1"}
    assert sync() is not None


def test_two_versions_with_the_same_content_are_one_export_and_are_not_fetched_again(
    sync: Sync, tenant: Tenant, fake: FakeZuora
) -> None:
    [key] = add(tenant, 4)
    for version in ("0.0.1", "0.0.2"):
        tenant.set_export(key, tenant.export(key), version=version)

    job = sync()

    assert (job.output or {})["fetched"] == 3 if job else False
    assert WorkflowExport.objects.count() == 2
    notes = EarlierVersion.objects.order_by("version")
    active = WorkflowExport.objects.get(content_hash=Workflow.objects.get().export_hash)
    assert [note.export_id == active.pk for note in notes] == [True, True, False]
    assert sync() is None


@pytest.mark.parametrize("fault", ["forbidden", "bad_credentials"])
def test_a_refusal_ends_the_job_at_once(
    sync: Sync, tenant: Tenant, fake: FakeZuora, fault: str, customer: Customer
) -> None:
    add(tenant, 11, workflows=4)
    if fault == "forbidden":
        fake.fail(fault, on="export", times=None, after=5)
    else:
        fake.fail("expired_token", on="export", after=5)
        fake.fail(fault, on="token", times=None, after=1)

    job = sync()

    assert job is not None
    assert (job.status, job.attempt) == (Status.FAILED, 1)
    assert len(exported(fake)) <= fetch.SLICE * (1 if fault == "forbidden" else 2)
    customer.refresh_from_db()
    assert bool(customer.needs_attention) is (fault == "bad_credentials")
    assert not Workflow.objects.exclude(export_error="").exists()


def test_a_rate_limit_postpones_the_job_which_then_goes_on(
    sync: Sync, tenant: Tenant, fake: FakeZuora, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered at the same time is stored, and is not fetched again."""
    monkeypatch.setattr(fetch, "SECONDS_TO_GATHER", 30)
    [key] = add(tenant, 6)
    fake.fail("rate_limited", on="export", times=1, after=3, retry_after=3000)

    job = sync()

    assert job is not None
    assert job.status == Status.RETRYING
    assert job.due_at > timezone.now() + timedelta(seconds=2900)
    fetched_before, stored_before = len(exported(fake)), len(stored(key))
    # The active version, and all but the one that was refused.
    assert stored_before == 1 + fetched_before - 1

    control.retry(job.pk)
    work()

    assert len(stored(key)) == 6
    assert len(exported(fake)) - fetched_before == 6 - stored_before
    assert JobRun.objects.get(pk=job.pk).status == Status.SUCCEEDED


def test_many_failures_in_a_row_end_the_job(sync: Sync, tenant: Tenant, fake: FakeZuora) -> None:
    add(tenant, 11, workflows=5)
    fake.fail("server_error", on="export", times=None, after=5)

    job = sync()

    assert job is not None
    assert (job.status, job.attempt) == (Status.FAILED, 2)
    # Each failure is four requests; eight in a row and the rest of their slice, in two tries.
    assert len(exported(fake)) <= 2 * 4 * 2 * fetch.SLICE


def test_a_cancelled_job_keeps_what_it_has_stored_and_the_next_one_fetches_the_rest(
    sync: Sync, tenant: Tenant, fake: FakeZuora, monkeypatch: pytest.MonkeyPatch
) -> None:
    [key] = add(tenant, 9)
    monkeypatch.setattr(fetch, "SLICE", 3)
    take = budget.take

    def cancel(customer: Customer, wanted: int) -> int:
        """After the first slice, as a user does."""
        if WorkflowExport.objects.count() > 1:
            job = JobRun.objects.get(kind="earlier_versions", status=Status.RUNNING)
            control.cancel(job.pk)
        return take(customer, wanted)

    with monkeypatch.context() as patched:
        patched.setattr("workflow_mirror.jobs.work.SECONDS_BETWEEN_NOTES", 0)
        patched.setattr(budget, "take", cancel)
        cancelled = sync()
    assert cancelled is not None
    assert cancelled.status == Status.CANCELLED
    assert 4 <= len(stored(key)) < 9
    assert Spending.objects.get().requests == len(exported(fake))

    sync()

    assert len(stored(key)) == 9
    assert len(exported(fake)) == 8


def test_another_job_of_the_customer_postpones_it(
    customer: Customer, sync: Sync, tenant: Tenant, fake: FakeZuora, monkeypatch: Any
) -> None:
    monkeypatch.setattr(fetch, "SECONDS_FOR_A_SYNC_TO_END", 0.5)
    add(tenant, 3)
    now = timezone.now()
    columns = {"requested_by": "x", "queued_at": now, "due_at": now, "worker": other_worker()}
    other = JobRun.objects.create(
        kind="sync", unique_key="other", customer=customer, status=Status.RUNNING, **columns
    )

    job = sync()

    assert job is not None
    assert (job.status, job.attempt) == (Status.WAITING, 0)
    assert job.due_at > timezone.now() + timedelta(seconds=30)
    assert exported(fake) == []

    other.delete()
    JobRun.objects.update(due_at=now)
    engine.wake([(job.pk, now, job.priority)])
    work()

    job.refresh_from_db()
    assert (job.status, len(exported(fake))) == (Status.SUCCEEDED, 2)


def test_a_sync_that_begins_meanwhile_makes_it_stop(
    customer: Customer, sync: Sync, tenant: Tenant, fake: FakeZuora, monkeypatch: Any
) -> None:
    add(tenant, 3)
    fake.fail("slow", on="export", times=None, after=1, seconds=60)
    begin = budget.take

    def begin_another(customer: Customer, wanted: int) -> int:
        now = timezone.now()
        columns = {"requested_by": "x", "queued_at": now, "due_at": now, "worker": other_worker()}
        JobRun.objects.create(
            kind="sync", unique_key="other", customer=customer, status=Status.RUNNING, **columns
        )
        return begin(customer, wanted)

    monkeypatch.setattr(budget, "take", begin_another)
    request_syncs([customer], requested_by="test")
    work()

    job = JobRun.objects.get(kind="earlier_versions")
    assert (job.status, job.attempt) == (Status.WAITING, 0)
    assert Spending.objects.get().requests == 2
    # It postponed itself in the middle of its only attempt.
    assert job.attempts.count() == 1
    assert job.due_at > timezone.now() + timedelta(seconds=20)
    assert not EarlierVersion.objects.exists()


def test_a_job_of_higher_priority_gets_the_worker(
    sync: Sync, tenant: Tenant, make_customers: Callable[[int], list[Customer]], monkeypatch: Any
) -> None:
    monkeypatch.setattr(fetch, "SLICE", 2)
    monkeypatch.setattr("workflow_mirror.jobs.work.SECONDS_OF_A_TURN", 0)
    [key] = add(tenant, 6)
    [other] = make_customers(1)
    take, order = budget.take, list[str]()

    def hurry(customer: Customer, wanted: int) -> int:
        order.append("versions")
        if len(order) == 1:
            request_syncs([other], requested_by="anna")
        return take(customer, wanted)

    monkeypatch.setattr(budget, "take", hurry)
    request = request_syncs([Customer.objects.exclude(pk=other.pk).get()], requested_by="test")
    worker.work(concurrency=1, one_shot=True)

    assert request.jobs
    versions = JobRun.objects.get(kind="earlier_versions")
    urgent = JobRun.objects.get(customer=other)
    assert urgent.finished_at is not None
    assert versions.finished_at is not None
    assert urgent.finished_at < versions.finished_at
    outcomes = list(versions.attempts.values_list("outcome", flat=True))
    assert outcomes == ["given back", "succeeded"]
    assert len(stored(key)) == 6


def test_entries_that_are_no_versions_are_left_alone(
    sync: Sync, tenant: Tenant, fake: FakeZuora
) -> None:
    [key] = add(tenant, 2)
    odd: list[Any] = [
        None, 5, "0.0.1", [], {}, {"version": None}, {"version": "latest"}, {"version": "1\n"},
        {"version": "../1"}, {"version": 3, "id": "x"}, {"version": "0.0.1", "updatedAt": 7},
        {"version": "0.0.1", "id": 9, "updatedAt": "yesterday"},
    ]  # fmt: skip
    tenant.set_row(key, {"latest_inactive_versions": odd, "latest_inactive_verisons": {"a": 1}})

    job = sync()

    assert job is not None
    # The sync itself requests version 3, which is above the active one: a draft.
    assert sorted(exported(fake)) == ["0.0.1", "3", "3"]
    assert (job.output or {})["unavailable"] == 1
    assert sync() is None


def test_deleted_workflows_are_left_out(sync: Sync, tenant: Tenant, settings: Settings) -> None:
    settings.ZWM_EARLIER_VERSIONS_PER_DAY = 0
    add(tenant, 3)
    sync()
    customer = Customer.objects.get()
    assert len(find_missing(customer)) == 2

    Workflow.objects.update(deleted_at=timezone.now())

    assert find_missing(customer) == []


def test_a_version_that_the_database_cannot_hold_is_noted_and_the_others_are_stored(
    sync: Sync, tenant: Tenant, customer: Customer
) -> None:
    [key] = add(tenant, 1)
    sync()
    good = tenant.export(key)
    batch = [
        Answered(
            ListedVersion(str(key), version, "7", ""),
            read_export(good | {"tasks": [], "extra": version, "workflow": {"id": identifier}}),
        )
        for version, identifier in (("0.1", 7), ("0.2", 7), ("0.3", 7))
    ]
    bad = Answered(ListedVersion(str(key), "0.9", "7", ""), read_export({"workflow": {}}))
    assert bad.export is not None
    object.__setattr__(bad.export, "json", b'{"a": "\\u0000"}')

    results = store(customer, [*batch[:2], bad, *batch[2:]])

    assert [one.error is None for one in results] == [True, True, False, True]
    assert EarlierVersion.objects.get(version="0.9").error.startswith("The database cannot hold")
    assert EarlierVersion.objects.filter(export__isnull=False).count() == 3


def statements(customer: Customer, batch: list[Answered]) -> int:
    with CaptureQueriesContext(connection) as captured:
        store(customer, batch)
    return len(captured)


def test_the_number_of_statements_does_not_depend_on_the_batch(
    sync: Sync, tenant: Tenant, customer: Customer
) -> None:
    keys = add(tenant, 1, workflows=6)
    sync()
    batch = [
        Answered(
            ListedVersion(str(key), "0.0.9", "1", ""), read_export({"workflow": {"id": number}})
        )
        for number, key in enumerate(keys)
    ]

    assert statements(customer, batch[:1]) == statements(customer, batch[1:])
    assert EarlierVersion.objects.count() == 6


@pytest.fixture
def migrated_again(transactional_db: None) -> Any:
    yield
    call_command("migrate", verbosity=0)


def test_the_migration_can_be_rolled_back_and_its_exports_stay(
    sync: Sync, tenant: Tenant, migrated_again: None
) -> None:
    [key] = add(tenant, 3)
    sync()

    MigrationExecutor(connection).migrate([("earlier_versions", None)])

    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(kind) FROM job_manager WHERE kind <> 'reindex'")
        assert cursor.fetchone() == (["sync"],)
    assert len(stored(key)) == 3
    call_command("migrate", verbosity=0)
    assert sync() is None
    assert EarlierVersion.objects.count() == 2
