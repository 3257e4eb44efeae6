"""Which runs of schedules were good, so that their heartbeat URLs are called.

A monitor such as healthchecks.io raises an alarm when the call does not come in time. A run is
good if it queued at least one sync and all of its syncs succeeded; a sync that completed with
errors, failed or was cancelled makes the run a bad one, also if it is repeated by hand later.
"""

from typing import Final

from django.db import transaction

from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.maintenance import MaintenanceTask
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.requests import Wanted, request
from workflow_mirror.schedules.kinds import HEARTBEAT
from workflow_mirror.schedules.models import Schedule, ScheduleRun

SECONDS_BETWEEN_LOOKS = 2.0


def expect(schedule: Schedule, job_ids: list[int]) -> None:
    """Remember a run that has begun. Call it in the transaction that queues its jobs.

    A run of the same jobs as an earlier one, which still wait for a worker, is that run.
    """
    if schedule.has_heartbeat and job_ids:
        ScheduleRun.objects.get_or_create(schedule=schedule, job_ids=sorted(job_ids))


def request_calls() -> int:
    """Queue the calls for the good runs that are over; how many. Any worker may do this."""
    with transaction.atomic():
        runs = ScheduleRun.objects.select_for_update(skip_locked=True, of=("self",))
        return sum(_settle(run) for run in runs.select_related("schedule"))


def _settle(run: ScheduleRun) -> bool:
    jobs = JobRun.objects.filter(pk__in=run.job_ids)
    states = list(jobs.values_list("status", flat=True))
    if not set(states) <= set(JobRun.ENDED):
        return False
    run.delete()
    # A job that is missing was deleted, with its customer or by hand.
    is_good = states == [JobRun.Status.SUCCEEDED] * len(run.job_ids)
    if is_good:
        request(
            HEARTBEAT,
            [Wanted(f"heartbeat-{run.schedule_id}")],
            requested_by=f"schedule {run.schedule}",
            priority=Priority.PEOPLE,  # a late call is a false alarm
            arguments={"schedule": run.schedule_id},
        )
    return is_good


TASK: Final = MaintenanceTask(request_calls, SECONDS_BETWEEN_LOOKS)
