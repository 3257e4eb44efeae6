"""The interface of a job's handler: the job run, progress reports, and the request to stop."""

import time
from collections.abc import Callable

from workflow_mirror.jobs import queries, runs
from workflow_mirror.jobs.errors import CancelledError, GiveBackError
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.report import Report

SECONDS_BETWEEN_NOTES = 1.0
SECONDS_OF_A_TURN = 5.0


class Work:
    """One attempt at a job run. `must_stop()` is true when the worker wants to end."""

    def __init__(
        self, run: JobRun, lease: Lease, must_stop: Callable[[], bool] = lambda: False
    ) -> None:
        self.run = run
        self.report: Callable[[], Report] = Report
        self._lease = lease
        self._must_stop = must_stop
        self._began = self._noted_at = time.monotonic()

    def note(self) -> None:
        """At each step, and once a second while something is waited for.

        Raises a StoppedError when the job has to stop; the handler lets it through.
        """
        self.check()
        if self._must_stop():
            raise GiveBackError
        if time.monotonic() - self._noted_at < SECONDS_BETWEEN_NOTES:
            return
        self._noted_at = time.monotonic()
        if runs.note_progress(self.run, self.report()):
            raise CancelledError

    @property
    def seconds(self) -> float:
        """Since the attempt began."""
        return time.monotonic() - self._began

    def give_way(self) -> None:
        """Between the steps of background work: lets a job of higher priority have this worker.

        Raises GiveBackError if one waits, but not in the first seconds: a job that for some reason
        does not start must not keep all others from their work.
        """
        has_had_its_turn = self.seconds > SECONDS_OF_A_TURN
        if has_had_its_turn and queries.is_one_ahead_of(self.run):
            raise GiveBackError

    def check(self) -> None:
        """Before anything is written: ends the process of a worker that has expired."""
        self._lease.check()
