"""Signals to a worker: running jobs end in time, or are given back without costing a try."""

import signal
import time
from collections.abc import Callable

import pytest

from tests.acceptance.processes import Mirror, eventually
from tests.acceptance.queueing import Queue, stuck
from workflow_mirror.fake_zuora import FakeZuora, Tenant

type AddCustomer = Callable[..., Tenant]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_a_running_job_end(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer, number: int
) -> None:
    tenant, later = customer(8), customer(1)
    fault = stuck(zuora, tenant, after=4, seconds=2)
    queue.request(tenant)
    queue.request(later)
    worker = queue.worker("--concurrency", "1")
    eventually(lambda: fault.used)
    assert queue.stop(worker, number) < 10
    assert queue.outcomes(tenant) == ["succeeded"]
    assert (queue.status(tenant), queue.status(later)) == ("succeeded", "waiting")
    assert mirror.mirrored(tenant.name) == 8
    assert (queue.engine_jobs(), queue.workers()) == (1, 0)


def test_a_job_that_waits_for_zuora_is_given_back_when_the_patience_is_over(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(12)
    fault = stuck(zuora, tenant, after=4)
    queue.request(tenant)
    worker = queue.worker("--patience", "1", ZWM_STALLED_AFTER="60")
    eventually(lambda: fault.used)
    assert queue.stop(worker) < 8
    assert (queue.status(tenant), queue.column("attempt", tenant)) == ("waiting", "0")
    assert (queue.engine_jobs(), queue.workers()) == (1, 0)

    zuora.clear_faults()
    queue.work()
    assert (queue.status(tenant), queue.column("attempt", tenant)) == ("succeeded", "1")
    assert (mirror.mirrored(tenant.name), mirror.half_written()) == (12, 0)


def test_a_job_that_goes_on_is_given_back_at_its_next_step(
    queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(100, 1)
    fault = stuck(zuora, tenant, after=2, seconds=0.5)
    queue.request(tenant)
    worker = queue.worker("--patience", "0", ZWM_STALLED_AFTER="60")
    eventually(lambda: fault.used)
    assert queue.stop(worker) < 8
    assert queue.outcomes(tenant) == ["given back"]
    assert (queue.status(tenant), queue.column("attempt", tenant)) == ("waiting", "0")
    assert queue.engine_jobs() == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_stops_at_once(
    queue: Queue, zuora: FakeZuora, customer: AddCustomer, number: int
) -> None:
    tenant = customer(8)
    fault = stuck(zuora, tenant, after=2)
    queue.request(tenant)
    worker = queue.worker(ZWM_STALLED_AFTER="60")
    eventually(lambda: fault.used)
    worker.send_signal(number)
    time.sleep(0.5)
    assert worker.poll() is None
    assert queue.stop(worker, number, code=128 + number) < 5
    assert (queue.status(tenant), queue.column("attempt", tenant)) == ("waiting", "0")
    assert (queue.engine_jobs(), queue.workers()) == (1, 0)


def test_an_idle_worker_stops_at_once(queue: Queue) -> None:
    assert queue.stop(queue.worker()) < 5
