"""Earlier versions are fetched by real workers, which die in the middle."""

import signal
from collections.abc import Callable

from tests.acceptance.processes import Mirror, eventually
from tests.acceptance.queueing import Queue, stuck
from workflow_mirror.fake_zuora import FakeZuora, Tenant

VERSIONS = 20
BUDGET = "500"
STORED = """
SELECT coalesce(array_agg(zuora_version ORDER BY zuora_version), '{}') FROM workflow_exports
JOIN customers ON customers.id = customer_id WHERE name = %s
"""


def add_versions(tenant: Tenant) -> list[str]:
    """To its only workflow; the numbers of all versions."""
    [key] = tenant.definitions
    for _ in range(VERSIONS):
        tenant.add_version(key)
    # Zuora's list names ten inactive ones.
    return sorted(version.number for version in tenant.definition(key).versions[-11:])


def requested(zuora: FakeZuora, tenant: Tenant) -> list[str]:
    records = [one for one in zuora.requests.of("export") if one.tenant == tenant.name]
    return [one.query["version"] for one in records if "version" in one.query]


def test_what_a_killed_worker_has_stored_is_not_fetched_again(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: Callable[..., Tenant]
) -> None:
    tenant = customer(1)
    numbers = add_versions(tenant)
    # The sync's own export, the first eight versions, and one of the others.
    fault = stuck(zuora, tenant, after=10)
    queue.request(tenant)
    victim = queue.worker(ZWM_EARLIER_VERSIONS_PER_DAY=BUDGET)
    eventually(lambda: fault.used)
    victim.kill()
    mirror.finish(victim, code=-signal.SIGKILL)
    zuora.clear_faults()
    stored, before = mirror.ask(STORED, tenant.name), len(requested(zuora, tenant))
    assert 9 <= len(stored) < 11

    heir = queue.worker(ZWM_EARLIER_VERSIONS_PER_DAY=BUDGET)
    queue.wait(tenant)

    assert queue.column("kind", tenant) == "earlier_versions"
    assert queue.outcomes(tenant) == ["worker lost", "succeeded"]
    assert mirror.ask(STORED, tenant.name) == numbers
    assert not set(requested(zuora, tenant)[before:]) & set(stored)
    queue.stop(heir)
    assert queue.engine_jobs() == 0


def test_commands_show_the_job_and_a_sync_by_hand_does_not_wait_for_it(
    mirror: Mirror, queue: Queue, customer: Callable[..., Tenant]
) -> None:
    tenant = customer(1)
    add_versions(tenant)
    mirror.sync(tenant.name)

    # No worker is running, and for background work none has to.
    [job] = mirror.json("queue", "monitor", "--kind", "earlier_versions")["jobs"]
    assert (job["name"], job["customer"]) == ("fetch earlier versions", tenant.name)
    assert (job["status"], job["requested_by"]) == ("waiting", "sync")
    assert mirror.json("queue", "monitor")["alarms"] == []

    mirror.run("queue", "work", "--one-shot")
    assert queue.status(tenant) == "succeeded"
    assert mirror.run("queue", "monitor", "--kind", "earlier_versions").code == 0
