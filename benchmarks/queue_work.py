"""The measurements of the queue; each runs in a separate process, see `benchmarks.worker`."""

import asyncio
import time
from datetime import timedelta
from typing import Any, cast
from unittest.mock import patch

from benchmarks.statements import counting

Job = dict[str, Any]

SECONDS_BETWEEN_LOOKS = 0.5


class EmptySync:
    """In place of the sync service: a sync that does nothing, and went well."""

    seconds_waited = 0.0

    def __init__(self, **_: Any) -> None:
        pass

    @property
    def stats(self) -> dict[str, Any]:
        from workflow_mirror.sync.stats import Tally

        return cast("dict[str, Any]", Tally().stats(requests=0, seconds=0.0))

    def sync_customer_workflows(self, _customer: Any, **_options: Any) -> dict[str, Any]:
        return self.stats


def our_layer(job: Job) -> Job:
    """Seconds from asking for the syncs until a worker has done them all."""
    from workflow_mirror.jobs import worker
    from workflow_mirror.jobs.models import JobRun
    from workflow_mirror.sync import handler, requests

    customers = _customers(job["jobs"])
    with patch.object(handler, "WorkflowSyncService", EmptySync):
        started, cpu = time.perf_counter(), time.process_time()
        requests.request_syncs(customers, requested_by="benchmark")
        worker.work(concurrency=job["concurrency"], one_shot=True)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    done = JobRun.objects.filter(
        kind="sync", status=JobRun.Status.SUCCEEDED, attempts__outcome="succeeded"
    )
    assert done.count() == job["jobs"]
    _clean_up()
    return {"seconds": seconds, "cpu_seconds": cpu}


def bare(job: Job) -> Job:
    """The same of as many jobs that the engine alone runs, with the options that our worker has."""
    from procrastinate.contrib.django import app
    from procrastinate.jobs import DeleteJobCondition

    done = list[int]()

    # No coroutine: a sync cannot be one, so that its job needs a thread, too.
    @app.task(name="benchmark", pass_context=False)
    def empty(*, number: int) -> None:
        done.append(number)

    connector = cast("Any", app.connector).get_worker_connector()

    async def work() -> None:
        with app.replace_connector(connector):
            async with app.open_async():
                await app.run_worker_async(
                    queues=["benchmark"],
                    concurrency=job["concurrency"],
                    wait=False,
                    delete_jobs=DeleteJobCondition.ALWAYS.value,
                    install_signal_handlers=False,
                )

    started, cpu = time.perf_counter(), time.process_time()
    app.job_manager.batch_defer_jobs(
        [
            empty.configure(queue="benchmark", lock=f"customer-{number}").job.evolve(
                task_kwargs={"number": number}
            )
            for number in range(job["jobs"])
        ]
    )
    asyncio.run(work())
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    assert len(done) == job["jobs"]
    return {"seconds": seconds, "cpu_seconds": cpu}


def queueing(job: Job) -> Job:
    """SQL statements of asking for so many syncs at once."""
    from workflow_mirror.sync import requests

    customers = _customers(job["customers"])
    with counting() as statements:
        requests.request_syncs(customers, requested_by="benchmark")
    _clean_up()
    return {"statements": sum(statements.values())}


def many_customers(job: Job) -> Job:
    """Syncs of all tenants by the workers that are there, from asking until the last has ended."""
    from django.db.models import Count, Max, Min

    from workflow_mirror.customers.models import Customer
    from workflow_mirror.jobs import queries
    from workflow_mirror.jobs.models import JobRun
    from workflow_mirror.sync import requests

    customers = Customer.objects.bulk_create(
        Customer(
            name=tenant["name"],
            zuora_base_url=job["base_url"],
            zuora_client_id=tenant["client_id"],
            zuora_client_secret=tenant["client_secret"],
        )
        for tenant in job["tenants"]
    )
    while len(queries.alive_workers()) < job["workers"]:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    requests.request_syncs(customers, requested_by="benchmark")
    while JobRun.objects.exclude(status__in=JobRun.ENDED).exists():
        time.sleep(SECONDS_BETWEEN_LOOKS)
    times = JobRun.objects.filter(kind="sync").aggregate(
        begin=Min("queued_at"), end=Max("finished_at")
    )
    return {
        "seconds": (times["end"] - times["begin"]) / timedelta(seconds=1),
        "outcomes": dict(
            JobRun.objects.filter(kind="sync").values_list("status").annotate(Count("pk"))
        ),
    }


def _customers(number: int) -> list[Any]:
    """Customers of no tenant: nobody asks Zuora for anything."""
    from workflow_mirror.customers.models import Customer

    return Customer.objects.bulk_create(
        Customer(
            name=f"customer {place}",
            zuora_base_url="http://127.0.0.1:1",
            zuora_client_id=f"id-{place}",
            zuora_client_secret="secret",
            needs_attention="no tenant",  # so that no token is fetched ahead
        )
        for place in range(number)
    )


def _clean_up() -> None:
    from django.db import connection

    from workflow_mirror.customers.models import Customer

    Customer.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
        cursor.execute("VACUUM job_manager, job_attempts, customers")
