"""Schedules by real processes: with a worker, from cron, alone; each slot once."""

import signal
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.processes import Mirror, eventually, side_by_side
from tests.acceptance.queueing import QUICK, Queue, stuck
from tests.receiver import running_receiver
from workflow_mirror.fake_zuora import FakeZuora, Tenant

type AddCustomer = Callable[..., Tenant]

NAME = "sync-customer-workflows"
MAKE_DUE = """
UPDATE schedules SET next_run_at = now() - interval '3 hours' WHERE name = %s RETURNING 1
"""
BECOME_STALE = """
WITH older AS (
    UPDATE workflow_reference_state SET extractor_version = 0 WHERE workflow_id IN (
        SELECT workflows.id FROM workflows JOIN customers ON customers.id = customer_id
        WHERE customers.name = %s)
    RETURNING 1
)
SELECT count(*) FROM older
"""
STALE = "SELECT count(*) FROM workflow_reference_state WHERE extractor_version = 0"


@pytest.fixture
def hourly(mirror: Mirror, queue: Queue) -> Iterator[Callable[[], None]]:
    """The schedule that is there from the start, switched on; call it to make it due."""
    mirror.run("schedule", "enable", NAME)
    yield lambda: mirror.ask(MAKE_DUE, NAME)
    mirror.run("schedule", "disable", NAME)


def jobs(mirror: Mirror) -> int:
    return int(mirror.ask("SELECT count(*) FROM job_manager WHERE kind = 'sync'"))


def test_one_schedule_is_there_from_the_start_and_off(own: Mirror) -> None:
    [schedule] = own.json("schedule", "list")["schedules"]
    runs = schedule.pop("next_runs")
    assert len(runs) == 3
    assert all(run.endswith(":00:00+00:00") for run in runs)
    assert schedule == {
        "name": NAME,
        "cron": "0 * * * *",
        "timezone": "UTC",
        "words": "Every hour",
        "customers": None,
        "full": False,
        "enabled": False,
        "last_run_at": None,
        "next_run_at": None,
        "error": None,
        "heartbeat": None,
    }


def test_a_schedule_is_added_changed_switched_and_removed(
    mirror: Mirror, customer: AddCustomer
) -> None:
    tenant = customer(1)
    added = mirror.json(
        "schedule", "add", "nightly", "--cron", "0 2 * * *", "--timezone", "Europe/Rome",
        "--customer", tenant.name, "--full",
    )["schedule"]  # fmt: skip
    assert (added["enabled"], added["full"], added["customers"]) == (True, True, [tenant.name])
    changed = mirror.run("schedule", "set", "nightly", "--cron", "30 4 * * 1", "--all")
    assert changed.out.startswith("nightly: At 04:30, only on Monday (Europe/Rome), next at ")
    listed = {one["name"]: one for one in mirror.json("schedule", "list")["schedules"]}
    assert listed["nightly"]["customers"] is None
    assert "off" in mirror.run("schedule", "disable", "nightly").out
    assert mirror.refused("schedule", "set", "nightly", "--cron", "often", code=2) == (
        "Invalid cron expression 'often': it needs five fields"
        " (minute, hour, day of the month, month, day of the week)"
    )
    mirror.refused("schedule", "set", "nightly", code=2)
    mirror.refused("schedule", "set", "nightly", "--all", "--customer", tenant.name, code=2)
    mirror.refused("schedule", "add", "nightly", "--cron", "0 2 * * *")
    mirror.refused("schedule", "remove", "nightly", code=2)  # there is no terminal to ask
    assert mirror.json("schedule", "remove", "nightly", "--yes") == {"removed": "nightly"}
    assert mirror.refused("schedule", "enable", "nightly") == (
        "There is no schedule 'nightly'; see zwm schedule list"
    )


def test_what_is_accepted_is_listed_and_what_is_refused_is_not_saved(mirror: Mirror) -> None:
    accepted = ["0 0 LW * *", "0 0 * * 5L", "0 5 1 * 1-5", "0 0 */2 * 1", "0 0 15,L * *"]
    refused = ["0 0 15W * *", "0 0 ? * 1", "0 0 31 2 *", "0 0 * * 1" + ",1" * 100, "* * * * * *"]
    for cron in accepted:
        added = mirror.json("schedule", "add", cron, "--cron", cron)["schedule"]
        assert (added["words"], len(added["next_runs"])) == (cron, 3)
    for cron in refused:
        assert "Invalid cron expression" in mirror.refused(
            "schedule", "add", cron[:20], "--cron", cron, code=2
        )
    mirror.refused("schedule", "add", "n" * 201, "--cron", "0 5 * * *", code=2)
    assert mirror.ask(
        "UPDATE schedules SET cron = 'often' WHERE name = %s RETURNING 1", accepted[0]
    )
    table = mirror.run("schedule", "list").out
    assert "Invalid cron expression 'often'" in table
    listed = {one["name"]: one for one in mirror.json("schedule", "list")["schedules"]}
    assert set(listed) == {NAME, *accepted}
    for cron in accepted[1:]:
        first = listed[cron]["next_runs"][0][:16].replace("T", " ")
        assert f"at {first}, " in table
    for cron in accepted:
        assert mirror.run("schedule", "disable", cron).out.endswith("off\n")
        mirror.run("schedule", "remove", cron, "--yes")


def test_a_worker_starts_what_is_due(
    mirror: Mirror, queue: Queue, customer: AddCustomer, hourly: Callable[[], None]
) -> None:
    tenant = customer(2)
    queue.worker()
    hourly()
    eventually(lambda: jobs(mirror) == 1)
    queue.wait(tenant)
    assert queue.column("requested_by", tenant) == f"schedule {NAME}"


def test_two_workers_start_a_missed_slot_once(
    mirror: Mirror, queue: Queue, customer: AddCustomer, hourly: Callable[[], None]
) -> None:
    tenant = customer(1)
    first, second = queue.worker(), queue.worker()
    hourly()
    queue.wait(tenant)
    queue.stop(first)
    queue.stop(second)
    assert jobs(mirror) == 1


def test_cron_alone_syncs_what_is_due_and_ends(
    mirror: Mirror, queue: Queue, customer: AddCustomer, hourly: Callable[[], None]
) -> None:
    tenants = [customer(2), customer(3)]
    hourly()
    mirror.run("schedule", "run", environ=QUICK)
    assert [queue.status(tenant) for tenant in tenants] == ["succeeded", "succeeded"]
    mirror.run("schedule", "run", environ=QUICK)
    assert (jobs(mirror), queue.workers(), queue.engine_jobs()) == (2, 0, 0)


def test_cron_alone_indexes_what_is_stale_after_an_update(
    mirror: Mirror, queue: Queue, customer: AddCustomer
) -> None:
    tenant = customer(2)
    mirror.sync(tenant.name)
    mirror.run("schedule", "run", environ=QUICK)
    assert int(mirror.ask(BECOME_STALE, tenant.name)) == 2
    mirror.run("schedule", "run", environ=QUICK)
    assert int(mirror.ask(STALE)) == 0


def test_overlapping_calls_from_cron_do_not_collide(
    mirror: Mirror, queue: Queue, customer: AddCustomer, hourly: Callable[[], None]
) -> None:
    tenants = [customer(4) for _ in range(3)]
    hourly()
    side_by_side(lambda _: mirror.run("schedule", "run", environ=QUICK), range(2))
    assert {queue.status(tenant) for tenant in tenants} == {"succeeded"}
    assert {tuple(queue.outcomes(tenant)) for tenant in tenants} == {("succeeded",)}


def test_the_next_call_from_cron_takes_over_from_one_that_was_killed(
    mirror: Mirror,
    queue: Queue,
    zuora: FakeZuora,
    customer: AddCustomer,
    hourly: Callable[[], None],
) -> None:
    tenant = customer(5)
    stuck(zuora, tenant)
    hourly()
    killed = mirror.start("schedule", "run", environ=QUICK)
    queue.processes.append(killed)
    queue.wait(tenant, "running")
    killed.kill()
    killed.wait()
    zuora.clear_faults()

    def taken_over() -> bool:
        mirror.run("schedule", "run", environ=QUICK)
        return queue.status(tenant) == "succeeded"

    eventually(taken_over, seconds=30)
    assert queue.outcomes(tenant) == ["worker lost", "succeeded"]
    assert queue.column("attempt", tenant) == "1"


def test_the_scheduler_alone_queues_and_works_nothing(
    mirror: Mirror, queue: Queue, customer: AddCustomer, hourly: Callable[[], None]
) -> None:
    tenant = customer(1)
    scheduler = mirror.start("schedule", "work", environ=QUICK)
    queue.processes.append(scheduler)
    hourly()
    eventually(lambda: jobs(mirror) == 1)
    assert queue.status(tenant) == "waiting"
    assert queue.stop(scheduler, signal.SIGTERM, code=0) < 5


def test_a_schedule_that_nobody_starts_is_an_alarm(
    mirror: Mirror, queue: Queue, customer: AddCustomer, hourly: Callable[[], None]
) -> None:
    tenant = customer(1)
    hourly()
    mirror.run("schedule", "run", environ=QUICK)
    assert mirror.json("queue", "monitor", "--max", "0")["alarms"] == []
    mirror.ask(
        "UPDATE schedules SET next_run_at = now() - interval '3 days' WHERE is_enabled RETURNING 1"
    )
    mirror.ask("UPDATE job_manager SET finished_at = finished_at - interval '3 days' RETURNING 1")
    mirror.ask(
        "UPDATE workflows SET last_synced_at = last_synced_at - interval '3 days' RETURNING 1"
    )
    mirror.ask("UPDATE customers SET created_at = created_at - interval '3 days' RETURNING 1")
    alarms = mirror.json("queue", "monitor", "--max", "0", code=1)["alarms"]
    assert [one["code"] for one in alarms] == ["no_worker", "schedules_overdue", "customers_stale"]
    assert alarms[2]["names"] == [tenant.name]
    said = mirror.run("queue", "monitor", code=1).err
    assert "Alarm: No worker is running: start zwm up or zwm queue work" in said
    mirror.run("schedule", "run", environ=QUICK)
    assert mirror.json("queue", "monitor")["alarms"] == []


def test_cron_calls_the_heartbeat_url_of_a_good_run_once(
    mirror: Mirror, customer: AddCustomer, hourly: Callable[[], None]
) -> None:
    customer(1)
    environ = QUICK | {"ZWM_WEBHOOK_NETWORKS": "127.0.0.1/32"}
    mirror.secrets.add("of-the-receiver")
    with running_receiver() as receiver:
        set_url = ("schedule", "set", NAME, "--heartbeat-url-stdin")
        mirror.run(*set_url, input=f"{receiver.url}\n", environ=environ)
        hourly()
        mirror.run("schedule", "run", environ=environ)
        mirror.run("schedule", "run", environ=environ)
        assert [one.path for one in receiver.requests] == ["/hook?token=of-the-receiver"]
    listed = {one["name"]: one for one in mirror.json("schedule", "list")["schedules"]}
    assert listed[NAME]["heartbeat"]["host"] == "127.0.0.1"
    assert listed[NAME]["heartbeat"]["last_sent_at"]
    assert "127.0.0.1" in mirror.run("schedule", "list").out
    assert "private" in mirror.refused(*set_url, input="https://10.0.0.1/x", code=2)
    mirror.refused(*set_url, "--no-heartbeat", input=receiver.url, code=2)
    mirror.run("schedule", "set", NAME, "--no-heartbeat")
