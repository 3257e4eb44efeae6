"""What a worker does besides its jobs, whether it stays or cron starts it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflow_mirror.jobs.maintenance import MaintenanceTask


def maintenance() -> "tuple[MaintenanceTask, ...]":
    """Besides the worker's own tasks."""
    from workflow_mirror.notifications import dispatching
    from workflow_mirror.schedules import good_runs
    from workflow_mirror.sync import reindex_requests

    return reindex_requests.TASK, good_runs.TASK, *dispatching.IN_WORKERS
