"""Promise 2: one sync of a customer at a time; what ends a sync leaves nothing half-written."""

import threading
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.sync.errors import AlreadySyncingError, LostLockError
from workflow_mirror.sync.lock import customer_lock
from workflow_mirror.sync.service import Progress, WorkflowSyncService
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.errors import ZuoraError

from .conftest import Mirror, exported_tasks, tasks_of


@pytest.fixture
def held_elsewhere(customer: Customer) -> Iterator[None]:
    """Another connection, as of another process, syncs the customer."""
    ready, done = threading.Event(), threading.Event()

    def hold() -> None:
        with customer_lock(customer):
            ready.set()
            done.wait()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    ready.wait()
    yield
    done.set()
    thread.join()


def test_a_second_sync_at_the_same_time_is_refused_before_any_request(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora, held_elsewhere: None
) -> None:
    with pytest.raises(AlreadySyncingError, match=r"Rossi S\.p\.A\."):
        service.sync_customer_workflows(customer)

    assert list(fake.requests) == []


def test_another_customer_is_synced_meanwhile(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora, held_elsewhere: None
) -> None:
    tenant = fake.add_tenant("bianchi")
    other = Customer.objects.create(
        name="Bianchi",
        zuora_base_url=customer.zuora_base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )

    assert service.sync_customer_workflows(other)["total"] == 0


def test_the_lock_is_free_after_a_sync_and_after_a_failed_one(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora
) -> None:
    service.sync_customer_workflows(customer)
    fake.fail("html", on="list", times=None)
    with pytest.raises(Exception, match="Zuora"):
        service.sync_customer_workflows(customer)
    fake.clear_faults()

    assert service.sync_customer_workflows(customer)["failed"] == 0


def kill_own_connection() -> None:
    """As a restart of the server does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    killer = connection.copy()
    with killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 1000)", [pid])
    killer.close()


def test_a_sync_whose_connection_broke_writes_nothing_more(
    customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    tenant.generate(120, tasks=2)

    def break_connection(progress: Progress) -> None:
        if progress.done == 0 and progress.listed == 50:
            kill_own_connection()

    service = WorkflowSyncService(on_progress=break_connection)
    with pytest.raises(DatabaseError):
        service.sync_customer_workflows(customer)
    connection.close()

    assert Workflow.objects.count() == 0
    WorkflowSyncService().sync_customer_workflows(customer)
    assert_mirrored(customer, tenant)


def test_a_sync_that_silently_got_a_new_connection_writes_nothing_more(
    customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(60, tasks=2)

    def reconnect(_progress: Progress) -> None:
        kill_own_connection()
        connection.close()
        connection.ensure_connection()

    with pytest.raises(LostLockError):
        WorkflowSyncService(on_progress=reconnect).sync_customer_workflows(customer)

    assert Workflow.objects.count() == 0


def test_what_was_stored_before_an_interrupt_is_whole(
    customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    tenant.generate(120, tasks=3)

    def interrupt(progress: Progress) -> None:
        if progress.done > 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        WorkflowSyncService(on_progress=interrupt).sync_customer_workflows(customer)

    stored = list(Workflow.objects.all())
    assert 30 < len(stored) < 120
    assert all(tasks_of(workflow) == exported_tasks(workflow) for workflow in stored)
    WorkflowSyncService().sync_customer_workflows(customer)
    assert_mirrored(customer, tenant)


def advisory_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        [count] = cursor.fetchone()
    return int(count)


def test_a_connection_that_lives_on_keeps_no_lock_however_the_sync_ended(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(3, tasks=1)
    service.sync_customer_workflows(customer)
    assert advisory_locks() == 0

    fake.fail("html", on="list", times=None)
    with pytest.raises(ZuoraError):
        service.sync_customer_workflows(customer)
    assert advisory_locks() == 0

    def interrupt(_progress: Progress) -> None:
        raise KeyboardInterrupt

    fake.clear_faults()
    with pytest.raises(KeyboardInterrupt):
        WorkflowSyncService(on_progress=interrupt).sync_customer_workflows(customer)
    assert advisory_locks() == 0


@pytest.mark.parametrize("listed", [50, 60])
def test_without_its_lock_a_sync_neither_touches_nor_buries(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, listed: int
) -> None:
    tenant.generate(61, tasks=1)
    service.sync_customer_workflows(customer)
    tenant.delete(min(tenant.definitions))
    before = set(Workflow.objects.values_list("zuora_id", "last_synced_at"))

    def reconnect(progress: Progress) -> None:
        if progress.listed == listed:
            connection.close()
            connection.ensure_connection()

    with pytest.raises(LostLockError):
        WorkflowSyncService(on_progress=reconnect).sync_customer_workflows(customer)

    after = set(Workflow.objects.values_list("zuora_id", "last_synced_at"))
    assert len(after - before) == listed
    assert not Workflow.objects.exclude(deleted_at=None).exists()


def test_progress_grows_until_all_is_done(customer: Customer, tenant: Tenant) -> None:
    tenant.generate(120, tasks=1)
    WorkflowSyncService().sync_customer_workflows(customer)
    seen: list[Progress] = []

    WorkflowSyncService(on_progress=seen.append).sync_customer_workflows(customer, full=True)

    assert [one.listed for one in seen if not one.listing_complete][:2] == [50, 100]
    assert (seen[-1].done, seen[-1].listed, seen[-1].listing_complete) == (120, 120, True)
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[-1].requests >= 123


def synchronous_commit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


@pytest.fixture(params=["on", "local", "off", "remote_apply"])
def configured(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[str]:
    """What the operator has set for the database."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit TO {request.param}")
    connection.close()
    yield request.param
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} RESET synchronous_commit")
    connection.close()


def test_only_the_sync_itself_does_not_wait_for_the_disk(
    configured: str, customer: Customer
) -> None:
    with customer_lock(customer):
        assert synchronous_commit() == "off"
    assert synchronous_commit() == configured


def test_a_sync_that_is_refused_leaves_commits_as_they_were(
    configured: str, customer: Customer, held_elsewhere: None
) -> None:
    with pytest.raises(AlreadySyncingError), customer_lock(customer):
        pass
    assert synchronous_commit() == configured
