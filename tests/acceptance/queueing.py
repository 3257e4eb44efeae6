"""Workers as real processes, and what the tests ask about the queue."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.processes import Done, Mirror, end, eventually
from workflow_mirror.fake_zuora import FakeZuora, Fault, Tenant

QUICK = {
    "ZWM_STALLED_AFTER": "2",
    "ZWM_SYNC_BACKOFF": "0.2",
    "ZWM_EARLIER_VERSIONS_PER_DAY": "0",
}
PICTURE = """
SELECT md5(coalesce(string_agg(row::text, '' ORDER BY row::text), '')) FROM (
    SELECT workflows::text FROM workflows
    UNION ALL SELECT tasks::text FROM tasks
    UNION ALL SELECT workflow_exports::text FROM workflow_exports
    UNION ALL SELECT job_manager::text FROM job_manager
    UNION ALL SELECT job_attempts::text FROM job_attempts
    UNION ALL SELECT procrastinate_jobs::text FROM procrastinate_jobs
) AS everything(row)
"""
LATEST_JOB = """
SELECT (SELECT to_jsonb(job) ->> %s FROM job_manager AS job
    WHERE customer_id = customers.id ORDER BY id DESC LIMIT 1)
FROM customers WHERE name = %s
"""
WAITING_CALLS = """
SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND (args ->> 'run_id')::bigint
    NOT IN (SELECT id FROM job_manager WHERE kind = 'reindex')
"""
CLEAR = """
WITH attempts AS (DELETE FROM job_attempts), runs AS (DELETE FROM job_manager),
    batches AS (DELETE FROM job_batches), workers AS (DELETE FROM job_workers),
    jobs AS (DELETE FROM procrastinate_jobs)
SELECT 1
"""


@dataclass
class Queue:
    """The queue of the shared mirror; nobody else's jobs are in it."""

    mirror: Mirror
    processes: list[Any] = field(default_factory=list)

    def request(self, *tenants: Tenant, options: tuple[str, ...] = ()) -> Any:
        chosen = [word for tenant in tenants for word in ("--customer", tenant.name)]
        return self.mirror.json("sync-workflows", *chosen, *options)

    def worker(self, *options: str, ready: bool = True, **environ: str) -> Any:
        """A worker process; `ready`: wait until it is on the list."""
        process = self.mirror.start("queue", "work", *options, environ=QUICK | environ)
        self.processes.append(process)
        if ready:
            listed = "SELECT count(*) FROM job_workers WHERE pid = %s"
            # Their number tells nothing: the new worker may take a lost one off the list.
            eventually(lambda: self.mirror.ask(listed, process.pid) or process.poll() is not None)
        return process

    def work(self, *options: str, **more: Any) -> Done:
        """Work the queue until it is empty."""
        return self.mirror.run("queue", "work", "--one-shot", *options, environ=QUICK, **more)

    def workers(self) -> int:
        return int(self.mirror.ask("SELECT count(*) FROM job_workers"))

    def status(self, tenant: Tenant) -> str:
        return str(self.column("status", tenant))

    def column(self, name: str, tenant: Tenant) -> Any:
        """As text, of the customer's latest job."""
        return self.mirror.ask(LATEST_JOB, name, tenant.name)

    def outcomes(self, tenant: Tenant) -> list[str]:
        """Of each attempt at the customer's latest job."""
        return list(
            self.mirror.ask(
                "SELECT array_agg(outcome ORDER BY id) FROM job_attempts WHERE job_run_id = %s",
                self.column("id", tenant),
            )
            or []
        )

    def engine_jobs(self) -> int:
        """Calls that no worker has taken yet; without those to index references, which follow."""
        return int(self.mirror.ask(WAITING_CALLS))

    def picture(self) -> str:
        """Of everything that a worker writes about customers and jobs."""
        return str(self.mirror.ask(PICTURE))

    def wait(self, tenant: Tenant, status: str = "succeeded", seconds: float = 30) -> None:
        try:
            eventually(lambda: self.status(tenant) == status, seconds)
        except AssertionError:
            error = self.column("error", tenant)
            raise AssertionError(f"{self.status(tenant)}, not {status}: {error}") from None

    def stop(self, process: Any, number: int = signal.SIGTERM, code: int | None = 0) -> float:
        """Send a signal; the seconds until the process has ended."""
        began = time.monotonic()
        process.send_signal(number)
        self.mirror.finish(process, code=code)
        return time.monotonic() - began

    def clear(self) -> None:
        for process in self.processes:
            end(process)
        self.mirror.ask(CLEAR)


@contextmanager
def only_new_customers(mirror: Mirror) -> Iterator[None]:
    """`--all` means those that the test adds."""
    active = mirror.ask("SELECT coalesce(array_agg(id), '{}') FROM customers WHERE is_active")
    mirror.ask("UPDATE customers SET is_active = false RETURNING 1")
    try:
        yield
    finally:
        mirror.ask("UPDATE customers SET is_active = id = ANY(%s) RETURNING 1", active)


def stuck(zuora: FakeZuora, tenant: Tenant, after: int = 3, seconds: float = 60) -> Fault:
    """Zuora does not answer any more after some exports."""
    return zuora.fail("slow", on="export", tenant=tenant, times=None, after=after, seconds=seconds)


def syncs_of(zuora: FakeZuora, tenant: Tenant) -> dict[str, tuple[float, float]]:
    """When each sync of a tenant began and ended, by the id that it gives itself."""
    found: dict[str, tuple[float, float]] = {}
    for record in zuora.requests.snapshot():
        if record.tenant == tenant.name and record.operation != "token":
            sync = record.headers["zuora-track-id"]
            began, ended = found.get(sync, (record.started, record.finished))
            found[sync] = (min(began, record.started), max(ended, record.finished))
    return dict(sorted(found.items(), key=lambda sync: sync[1]))


def first_begun(zuora: FakeZuora, sync: str) -> float:
    return min(_begun(zuora, sync))


def last_begun(zuora: FakeZuora, sync: str) -> float:
    return max(_begun(zuora, sync))


def _begun(zuora: FakeZuora, sync: str) -> list[float]:
    records = zuora.requests.snapshot()
    return [one.started for one in records if one.headers.get("zuora-track-id") == sync]
