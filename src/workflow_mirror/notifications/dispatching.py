"""The way of events to messages, step by step, in every process that does background work.

With a worker, messages are jobs. Without one, the web process and the scheduler notice what a
worker would, and send the messages themselves.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from workflow_mirror.jobs.maintenance import MaintenanceTask
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.notifications import conditions
from workflow_mirror.notifications.delivering import deliver, due
from workflow_mirror.notifications.kinds import request_deliveries
from workflow_mirror.notifications.models import NotificationDelivery, NotificationEvent
from workflow_mirror.notifications.packing import pack_all
from workflow_mirror.notifications.sorting import sort_all

SECONDS_BETWEEN_DISPATCHES = 2.0
SECONDS_BETWEEN_CHECKS = 60.0
SECONDS_BETWEEN_PRUNINGS = 3600.0
MOST_AT_ONCE = 50


def dispatch() -> None:
    """Make messages of what has happened, and queue a job for each that is due."""
    _make_messages()
    active = JobRun.objects.filter(
        status__in=(*JobRun.QUEUED, JobRun.Status.RUNNING),
        unique_key=Concat(Value("notify-"), Cast(OuterRef("pk"), TextField())),
    )
    waiting = due(timezone.now()).filter(~Exists(active)).order_by("due_at")
    request_deliveries(waiting.values_list("pk", flat=True)[:MOST_AT_ONCE])


def stand_in() -> None:
    """What workers do about notifications, while none is running."""
    if alive_workers():
        return
    conditions.check()
    _make_messages()
    for pk in due(timezone.now()).order_by("due_at").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        deliver(pk)


def prune() -> None:
    """Delete messages and events that are as old as the failed jobs that are deleted."""
    before = timezone.now() - timedelta(days=settings.ZWM_KEEP_FAILED_RUNS_DAYS)
    NotificationDelivery.objects.filter(ended_at__lt=before).delete()
    untold = NotificationEvent.objects.filter(is_sorted=True, items=None, created_at__lt=before)
    untold.delete()


def _make_messages() -> None:
    sort_all()
    pack_all(timezone.now())


IN_WORKERS: Final = (
    MaintenanceTask(conditions.check, SECONDS_BETWEEN_CHECKS),
    MaintenanceTask(dispatch, SECONDS_BETWEEN_DISPATCHES),
    MaintenanceTask(prune, SECONDS_BETWEEN_PRUNINGS),
)
WITHOUT_WORKER: Final = MaintenanceTask(stand_in, SECONDS_BETWEEN_CHECKS)
