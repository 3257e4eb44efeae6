"""Workers that die, freeze or lose their database in the middle of a sync."""

import signal
import time
from collections.abc import Callable
from functools import partial

from tests.acceptance.processes import Mirror, eventually
from tests.acceptance.queueing import Queue, first_begun, last_begun, stuck, syncs_of
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import FakeZuora, Tenant

type AddCustomer = Callable[..., Tenant]

FROZEN = 75
CUT_ALL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE application_name LIKE 'zwm %%' AND pid <> pg_backend_pid() AND %s
"""
GIVE_UP = """
WITH engine AS (UPDATE procrastinate_jobs SET status = 'todo' WHERE status = 'doing')
UPDATE job_manager SET status = 'waiting', attempt = attempt - 1, worker_id = NULL
WHERE status = 'running' RETURNING 1
"""


def test_the_job_of_a_killed_worker_is_taken_over_and_costs_no_try(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(20)
    fault = stuck(zuora, tenant, after=8)
    queue.request(tenant)
    victim = queue.worker()
    eventually(lambda: fault.used)
    victim.kill()
    mirror.finish(victim, code=-signal.SIGKILL)
    zuora.clear_faults()

    heir = queue.worker()
    queue.wait(tenant, seconds=10)
    assert queue.column("attempt", tenant) == "1"
    assert queue.outcomes(tenant) == ["worker lost", "succeeded"]
    assert (mirror.mirrored(tenant.name), mirror.half_written()) == (20, 0)
    dead, successor = syncs_of(zuora, tenant)
    assert dead != successor
    assert last_begun(zuora, dead) < first_begun(zuora, successor)
    queue.stop(heir)
    assert queue.engine_jobs() == 0


def test_a_frozen_worker_that_wakes_up_writes_nothing_and_ends(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(20)
    # The answers come while it is frozen, so that it has something to write when it wakes up.
    fault = stuck(zuora, tenant, after=8, seconds=1)
    queue.request(tenant)
    frozen = queue.worker()
    eventually(lambda: fault.used)
    frozen.send_signal(signal.SIGSTOP)
    zuora.clear_faults()

    heir = queue.worker()
    queue.wait(tenant, seconds=15)
    assert queue.outcomes(tenant) == ["worker lost", "succeeded"]
    assert (queue.column("attempt", tenant), mirror.mirrored(tenant.name)) == ("1", 20)
    queue.stop(heir)
    before = queue.picture()

    frozen.send_signal(signal.SIGCONT)
    done = mirror.finish(frozen, code=FROZEN)
    assert "This worker has expired and ends" in done.err
    assert queue.picture() == before
    assert (queue.engine_jobs(), mirror.half_written()) == (0, 0)


def test_a_frozen_worker_never_ends_the_job_that_its_successor_has_begun(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(12)
    fault = stuck(zuora, tenant, after=4, seconds=6)
    queue.request(tenant)
    frozen = queue.worker()
    eventually(lambda: fault.used)
    frozen.send_signal(signal.SIGSTOP)
    queue.worker()
    eventually(lambda: len(queue.outcomes(tenant)) == 2, 15)
    frozen.send_signal(signal.SIGCONT)
    mirror.finish(frozen, code=FROZEN)
    assert queue.status(tenant) == "running"
    zuora.clear_faults()
    queue.wait(tenant)
    assert mirror.mirrored(tenant.name) == 12


def test_no_job_is_lost_when_all_connections_of_a_worker_are_cut(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    first, second = customer(12), customer(3)
    fault = stuck(zuora, first, after=4, seconds=1)
    queue.request(first)
    worker = queue.worker(ZWM_STALLED_AFTER="10")
    eventually(lambda: fault.used)
    assert mirror.ask(CUT_ALL, True) > 0
    zuora.clear_faults()
    queue.request(second)
    queue.wait(first)
    queue.wait(second)
    assert worker.poll() is None
    assert (mirror.mirrored(first.name), mirror.mirrored(second.name)) == (12, 3)
    queue.stop(worker)
    assert queue.engine_jobs() == 0


def test_two_workers_sync_each_customer_once(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenants = [customer(3) for _ in range(6)]
    workers = [queue.worker("--concurrency", "2", ready=False) for _ in range(2)]
    eventually(lambda: queue.workers() == 2)
    queue.request(*tenants)
    for tenant in tenants:
        queue.wait(tenant)
        assert len(syncs_of(zuora, tenant)) == 1
        assert queue.outcomes(tenant) == ["succeeded"]
        assert mirror.mirrored(tenant.name) == 3
    for worker in workers:
        queue.stop(worker)


def test_one_sync_of_a_customer_at_a_time_also_with_two_jobs_and_two_workers(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(8)
    fault = stuck(zuora, tenant, after=4, seconds=1)
    queue.request(tenant)
    for _ in range(2):
        queue.worker(ready=False)
    eventually(lambda: fault.used)
    [second] = queue.request(tenant, options=("--full",))["jobs"]
    assert second["joined"] is False  # the first has begun, and may have missed what is new
    zuora.clear_faults()
    queue.wait(tenant)
    (_, first_end), (second_begin, _) = sorted(syncs_of(zuora, tenant).values())
    assert first_end <= second_begin
    assert mirror.mirrored(tenant.name) == 8


def test_a_worker_survives_a_restart_of_the_database(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    first, second = customer(12), customer(2)
    fault = stuck(zuora, first, after=4, seconds=1)
    queue.request(first, second)
    worker = queue.worker("--concurrency", "1", ZWM_STALLED_AFTER="20")
    eventually(lambda: fault.used)
    zuora.clear_faults()
    EmbeddedPostgres(mirror.home)._stop()
    time.sleep(3)
    assert worker.poll() is None
    mirror.run("queue", "monitor")  # any command starts it again
    queue.wait(first)
    queue.wait(second)
    assert queue.column("attempt", first) in {"1", "2"}
    assert (mirror.mirrored(first.name), mirror.mirrored(second.name)) == (12, 2)
    queue.stop(worker)
    assert queue.engine_jobs() == 0


def test_a_worker_without_its_database_ends_and_the_next_one_goes_on(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(8)
    fault = stuck(zuora, tenant, after=4, seconds=30)
    queue.request(tenant)
    worker = queue.worker()
    eventually(lambda: fault.used)
    zuora.clear_faults()
    EmbeddedPostgres(mirror.home)._stop()
    mirror.finish(worker, code=FROZEN)
    mirror.run("queue", "monitor")  # starts it again
    queue.worker()
    queue.wait(tenant, seconds=20)
    assert queue.outcomes(tenant) == ["worker lost", "succeeded"]
    assert mirror.mirrored(tenant.name) == 8


def test_a_worker_that_was_given_up_by_mistake_leaves_the_job_to_its_successor(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(12)
    fault = stuck(zuora, tenant, after=4, seconds=2)
    queue.request(tenant)
    worker = queue.worker("--concurrency", "1", ZWM_STALLED_AFTER="60")
    eventually(lambda: fault.used)
    mirror.ask(GIVE_UP)  # as another host does whose clock is ahead
    zuora.clear_faults()
    queue.wait(tenant)
    assert mirror.mirrored(tenant.name) == 12
    worker.send_signal(signal.SIGTERM)
    done = mirror.finish(worker)
    assert "This job went to another worker meanwhile" in done.err
    assert "the engine had lost" not in done.err
    assert queue.engine_jobs() == 0


def has_begun(queue: Queue, tenant: Tenant, times: int) -> bool:
    return len(queue.outcomes(tenant)) == times


def test_a_job_that_kills_its_workers_fails_with_the_third(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(8)
    stuck(zuora, tenant, after=0)
    queue.request(tenant)
    for number in range(1, 4):
        victim = queue.worker(ready=False)
        eventually(partial(has_begun, queue, tenant, number), 20)
        victim.kill()
        mirror.finish(victim, code=-signal.SIGKILL)

    heir = queue.worker()
    queue.wait(tenant, "failed", seconds=20)
    assert queue.outcomes(tenant) == ["worker lost"] * 3
    assert "Worker lost" in queue.column("error", tenant)
    eventually(lambda: queue.engine_jobs() == 0, 20)
    queue.stop(heir)


def test_a_running_sync_that_zuora_tells_to_wait_is_cancelled_soon(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(4)
    zuora.fail("rate_limited", on="list", tenant=tenant, times=None, retry_after=200)
    [job] = queue.request(tenant)["jobs"]
    worker = queue.worker()
    eventually(lambda: queue.column("waiting_until", tenant), 20)
    assert "waiting for Zuora until" in mirror.run("queue", "monitor").out

    mirror.run("queue", "cancel", str(job["id"]))

    queue.wait(tenant, "cancelled", seconds=15)
    queue.stop(worker)
