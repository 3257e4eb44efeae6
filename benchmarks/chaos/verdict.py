"""The conditions that must hold after a chaos run; each function reports violations.

*Nothing is lost*: each request became a job that ended, and was fulfilled by a sync that started
after the request. *Nothing ran twice at once*: no two attempts at a customer overlap in the table
of attempts, and the fake's log confirms this from outside. Each request of a sync identifies the
sync in a header. A sync starts no request after its successor's first, with one harmless exception:
a worker that lost the job may continue to read for the moment that its process takes to end. It
must never write, which `witness.py` checks.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import pairwise

from benchmarks.chaos.crew import End
from benchmarks.chaos.traffic import Request
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import RequestLog, Tenant
from workflow_mirror.jobs.models import JobAttempt, JobRun
from workflow_mirror.jobs.runs import MOST_WORKERS_LOST
from workflow_mirror.sync.kinds import SYNC_KINDS
from workflow_mirror.workflows.models import Task, Workflow

# From the moment when a worker's job may be another's to the end of its process.
SECONDS_TO_END = 1.0
# A worker looks at the clock, then takes the job; a request may join it in between.
CLOCK_IS_READ = timedelta(seconds=0.5)
LOST = ("worker lost", "given back")
# What an error is that Zuora's faults or the restarts of the database cause.
CAUSED = ("workflow_mirror.zuora.errors.", "workflow_mirror.sync.errors.", "django.db.utils.")


def unfinished() -> list[str]:
    """What waits or runs. What is left with the engine are calls that would find nothing to do."""
    runs = JobRun.objects.exclude(status__in=JobRun.ENDED)
    found = [f"job {run.pk} of {run.customer} is {run.status}" for run in runs]
    open_attempts = JobAttempt.objects.filter(finished_at=None)
    return found + [f"{attempt} has no end" for attempt in open_attempts]


def lost_requests(requests: list[Request], unanswered: set[str]) -> Iterator[str]:
    """Each job asked for is there, and has begun after the last one who asked; no other is."""
    latest = {job.id: request.at for request in requests for job in request.jobs}
    asked = JobRun.objects.filter(kind__in=SYNC_KINDS).prefetch_related("attempts")
    runs = {run.pk: run for run in asked}
    for run_id, asked_at in latest.items():
        if run_id not in runs:
            yield f"job {run_id} has vanished"
            continue
        begun = max((one.started_at for one in runs[run_id].attempts.all()), default=None)
        if begun is None or begun < asked_at - CLOCK_IS_READ:
            yield f"job {run_id} was asked for at {asked_at}, and last begun at {begun}"
    for run in runs.values():
        if run.pk not in latest and run.requested_by not in unanswered:
            yield f"nobody has asked for job {run.pk}"


def unexplained_failures() -> Iterator[str]:
    for run in JobRun.objects.filter(status=JobRun.Status.FAILED):
        outcomes = list(run.attempts.values_list("outcome", flat=True))
        if run.workers_lost == MOST_WORKERS_LOST and outcomes[-3:] == ["worker lost"] * 3:
            continue  # what the blows at its workers must lead to
        if not any(line.startswith(CAUSED) for line in run.exception.splitlines()):
            yield f"job {run.pk} failed by {run.exception or run.error}"


def not_succeeded(customer: Customer) -> Iterator[str]:
    """The last word on a customer must be a success."""
    last = JobRun.objects.filter(customer=customer).latest("finished_at")
    if last.status != JobRun.Status.SUCCEEDED:
        yield f"{customer}: {last} is {last.status}: {last.error or last.output}"


def strange_ends(ends: Iterable[End]) -> Iterator[str]:
    for end in ends:
        if not end.is_explained:
            done = ", ".join(end.blows) or "nothing"
            yield f"worker {end.pid} ended with {end.code} after {done}: {end.said[-300:]}"
        if "Traceback" in end.said:
            yield f"worker {end.pid} shows a trace, see {end.log.name}"


def doubled_attempts() -> Iterator[str]:
    """Attempts at one customer, one of which began before the other had ended."""
    attempts = defaultdict[str, list[JobAttempt]](list)
    for attempt in JobAttempt.objects.select_related("job_run").order_by("started_at"):
        attempts[attempt.job_run.unique_key].append(attempt)
    for key, of_one in attempts.items():
        for elder, younger in pairwise(of_one):
            if elder.finished_at is None or younger.started_at < elder.finished_at - CLOCK_IS_READ:
                yield f"{key}: {younger} began before {elder} had ended"


class Listener:
    """Reads the fake's log; `strays` counts the requests of workers that had lost their job."""

    def __init__(self, log: RequestLog, ends: Iterable[End]) -> None:
        self.strays = 0
        self.syncs = 0
        self._requests = defaultdict[str, dict[str, list[float]]](lambda: defaultdict(list))
        for record in log.snapshot():
            if record.tenant is not None and record.operation != "token":
                sync = record.headers["zuora-track-id"]
                self._requests[record.tenant][sync].append(record.started)
        self._ended_at = {str(end.pid): end.at for end in ends}

    def doubled_syncs(self, customer: Customer, tenant: Tenant) -> Iterator[str]:
        requests = self._requests[tenant.name]
        self.syncs += len(requests)
        last_moments = self._last_moments(customer)
        for sync, begun in requests.items():
            if others := [times for other, times in requests.items() if other != sync]:
                late = [at for at in begun if _successor_has_begun(at, min(begun), others)]
                if unexcused := [at for at in late if not _within(at, last_moments)]:
                    yield f"{customer}: {sync} made {len(unexcused)} requests during its successor"
                self.strays += len(late)

    def _last_moments(self, customer: Customer) -> list[float]:
        """When the processes ended that had lost a job of this customer."""
        lost = JobAttempt.objects.filter(job_run__customer=customer, outcome__in=LOST)
        pids = {worker.rpartition(":")[2] for worker in lost.values_list("worker", flat=True)}
        return [self._ended_at[pid] for pid in pids]


def _successor_has_begun(at: float, own_begin: float, others: list[list[float]]) -> bool:
    return any(own_begin < min(other) <= at for other in others)


def _within(at: float, ends: list[float]) -> bool:
    return any(end - SECONDS_TO_END <= at <= end for end in ends)


def differences(customer: Customer, tenant: Tenant, removed: set[str]) -> Iterator[str]:
    """Where the mirror is not what Zuora has now."""
    mirrored = {found.zuora_id: found for found in Workflow.objects.filter(customer=customer)}
    alive = {zuora_id for zuora_id, found in mirrored.items() if found.deleted_at is None}
    present = {str(definition_id) for definition_id in tenant.definitions}
    if alive != present:
        yield f"{customer} has {sorted(alive)}, and Zuora {sorted(present)}"
    if unknown := set(mirrored) - present - removed:
        yield f"{customer} has {sorted(unknown)}, which Zuora has never had"
    for zuora_id in alive & present:
        wrong = _wrong_fields(mirrored[zuora_id], tenant)
        if wrong:
            yield f"{customer}, workflow {zuora_id}: {', '.join(wrong)}"


def _wrong_fields(workflow: Workflow, tenant: Tenant) -> list[str]:
    row, export = tenant.row(int(workflow.zuora_id)), tenant.export(int(workflow.zuora_id))
    tasks = Task.objects.filter(workflow=workflow).values_list("zuora_id", "workflow_task_json")
    pairs = {
        "name": (workflow.name, row["name"]),
        "state": (workflow.state, row["status"]),
        "list row": (workflow.list_row, row),
        "export": (workflow.json_export, export),
        "tasks": (dict(tasks), {str(task["id"]): task for task in export["tasks"]}),
        "export error": (workflow.export_error, ""),
        "history": (workflow.exports.filter(content_hash=workflow.export_hash).count(), 1),
    }
    return [field for field, (mirrored, there) in pairs.items() if mirrored != there]
