"""The queue on the command line: what is asked for, done, shown, retried and forgotten."""

from collections.abc import Callable

from tests.acceptance.processes import Mirror
from tests.acceptance.queueing import QUICK, Queue
from workflow_mirror.fake_zuora import FakeZuora, Tenant

type AddCustomer = Callable[..., Tenant]


def test_all_customers_are_queued_in_a_batch_and_one_shot_does_them(
    mirror: Mirror, queue: Queue, customer: AddCustomer
) -> None:
    first, second = customer(3), customer(2)
    asked = mirror.json("sync-workflows", "--all")
    assert list(asked) == ["jobs", "batch"]
    assert isinstance(asked["batch"], int)
    assert [(job["customer"], job["joined"]) for job in asked["jobs"]] == [
        (first.name, False),
        (second.name, False),
    ]
    again = mirror.run("sync-workflows", "--customer", first.name)
    assert again.out == f"{first.name}: joined job {asked['jobs'][0]['id']}\n"
    assert (
        again.complaint
        == "Follow the progress with zwm queue monitor; start a worker with zwm queue work"
    )

    waiting = mirror.json("queue", "monitor")
    assert (waiting["waiting"], waiting["running"], waiting["workers"]) == (2, 0, [])
    assert [(job["number"], job["starts_at"]) for job in waiting["jobs"]] == [(1, None), (2, None)]
    mirror.run("queue", "monitor", "--max", "1", "--json", code=1)
    mirror.run("queue", "monitor", "--max", "2")

    queue.work()
    assert (mirror.mirrored(first.name), mirror.mirrored(second.name)) == (3, 2)
    assert (queue.status(first), queue.status(second)) == ("succeeded", "succeeded")
    done = mirror.json("queue", "monitor", "--kind", "sync")
    assert (done["jobs"], done["counts"]) == ([], {"succeeded": 2})
    assert (queue.engine_jobs(), queue.workers()) == (0, 0)


def test_a_failed_job_is_shown_retried_and_forgotten(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenant = customer(2)
    zuora.fail("bad_credentials", tenant=tenant, times=None)
    [job] = queue.request(tenant)["jobs"]
    failed_at_once = queue.work()
    assert "Workflow sync failed" in failed_at_once.err
    page = mirror.json("queue", "failed", "--limit", "1", code=1)
    [failed] = page["jobs"]
    assert (page["total"], page["next"]) == (1, None)
    assert mirror.json("queue", "failed", "--after", str(job["id"]), code=1)["jobs"] == []
    mirror.refused("queue", "failed", "--limit", "0", code=2)
    mirror.refused("queue", "failed", "--after", "0")
    assert (failed["id"], failed["customer"], failed["status"]) == (
        job["id"],
        tenant.name,
        "failed",
    )
    assert failed["error"].startswith("Invalid credentials")
    assert "InvalidCredentialsError" in failed["exception"]
    assert len(failed["attempts"]) == 1
    assert failed["error"] in mirror.run("queue", "failed", code=1).out
    [rejected, jobs] = mirror.json("queue", "monitor", code=1)["alarms"]
    assert (rejected["code"], rejected["names"]) == ("credentials_rejected", [tenant.name])
    assert (jobs["code"], jobs["count"]) == ("jobs_failed", 1)
    from_cron = mirror.run("schedule", "run", code=1)
    assert "Alarm: 1 job failed and did not succeed later: see zwm queue failed" in from_cron.err

    assert mirror.json("queue", "retry", "all") == {"queued": [job["id"]], "refused": []}
    said = mirror.refused("queue", "retry", str(job["id"]))
    assert said == f"Job {job['id']} is waiting: there is nothing to retry"
    queue.work()
    zuora.clear_faults()
    mirror.run("queue", "retry", str(job["id"]))
    queue.work()
    assert (queue.status(tenant), mirror.mirrored(tenant.name)) == ("succeeded", 2)
    assert mirror.json("queue", "failed") == {"jobs": [], "total": 0, "next": None}
    assert mirror.json("queue", "monitor")["alarms"] == []

    assert mirror.json("queue", "forget", str(job["id"])) == {"forgotten": job["id"]}
    assert mirror.refused("queue", "forget", str(job["id"])).startswith("There is no job ")


def test_waiting_jobs_are_cancelled_one_or_all_and_failed_ones_flushed(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    tenants = [customer(1) for _ in range(3)]
    ids = [job["id"] for job in mirror.json("sync-workflows", "--all")["jobs"]]
    assert mirror.json("queue", "cancel", str(ids[0])) == {
        "cancelled": ids[0],
        "outcome": "cancelled",
    }
    assert mirror.refused("queue", "cancel", str(ids[0])) == f"Job {ids[0]} has ended already"
    assert mirror.refused("queue", "forget", str(ids[1])).endswith("cancel it first")
    assert mirror.json("queue", "clear") == {"cancelled": 2}
    queue.work()
    assert [queue.status(tenant) for tenant in tenants] == ["cancelled"] * 3
    assert queue.engine_jobs() == 0

    zuora.fail("bad_credentials", tenant=tenants[0], times=None)
    queue.request(tenants[0])
    queue.work()
    assert mirror.run("queue", "flush").out == "1 failed jobs forgotten\n"
    assert mirror.json("queue", "flush") == {"forgotten": 0}


def test_wrong_use_is_one_line_and_code_2(mirror: Mirror, queue: Queue) -> None:
    said = mirror.refused("queue", "retry", "first", code=2)
    assert said == "Invalid job ID 'first': give job IDs, or all"
    said = mirror.refused("sync-workflows", "--all", "--sync", "--wait", code=2)
    assert said == "Use --sync or --wait, not both"
    assert queue.engine_jobs() == 0


def test_an_empty_queue_ends_one_shot_at_once(queue: Queue) -> None:
    done = queue.work()
    assert done.out == ""
    assert "Worker stopped" in done.err


def test_wait_follows_the_jobs_and_exits_by_their_outcome(
    mirror: Mirror, queue: Queue, zuora: FakeZuora, customer: AddCustomer
) -> None:
    fine, broken, refused = customer(2), customer(2), customer(2)
    queue.worker()
    wait = ("sync-workflows", "--wait", "--customer")
    [result] = mirror.json(*wait, fine.name, environ=QUICK)["results"]
    assert (result["customer"], result["status"], result["error"]) == (fine.name, "succeeded", None)
    assert result["stats"]["created"] == 2
    assert list(result["stats"])[:5] == ["created", "updated", "deleted", "total", "errors"]

    workflow = next(iter(broken.definitions))
    zuora.fail("not_found", on="export", tenant=broken, workflow_id=workflow, times=None)
    done = mirror.run(*wait, broken.name, code=3, environ=QUICK)
    assert "completed with errors" in done.out

    zuora.fail("bad_credentials", tenant=refused, times=None)
    both = mirror.run(
        *wait, refused.name, "--customer", fine.name, "--json", code=1, environ=QUICK
    ).json["results"]
    assert {one["customer"]: one["status"] for one in both} == {
        refused.name: "failed",
        fine.name: "succeeded",
    }
