"""The scheduler: starts due schedules, within a worker or as a separate process."""

import signal
import threading
from typing import Final

import structlog

from workflow_mirror.database import DatabaseUnusableError
from workflow_mirror.jobs.lease import beat_interval
from workflow_mirror.jobs.maintenance import Maintenance, MaintenanceTask
from workflow_mirror.jobs.upgrade import UpgradeWatch
from workflow_mirror.schedules.service import run_due

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_LOOKS: Final = 1.0
TASK: Final = MaintenanceTask(run_due, SECONDS_BETWEEN_LOOKS)


def work() -> None:
    """Start due schedules until a signal to stop.

    Raises DatabaseUnusableError if a newer version migrates the database meanwhile.
    """
    upgrade = UpgradeWatch()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores one
            signal.signal(number, lambda *_: stopped.set())
    with Maintenance(TASK, MaintenanceTask(upgrade.look, beat_interval())):
        log.info("Scheduler started")
        while not (stopped.wait(SECONDS_BETWEEN_LOOKS) or upgrade.refusal):
            pass
    log.info("Scheduler stopped")
    if upgrade.refusal:
        raise DatabaseUnusableError(upgrade.refusal)
