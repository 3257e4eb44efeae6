"""What can be wrong about a job. Every message is one line for the user."""

from workflow_mirror.errors import SafeError


class JobError(SafeError):
    """Base of all."""


class UnknownJobError(JobError):
    def __init__(self, run_id: int) -> None:
        super().__init__(f"There is no job {run_id}; see zwm queue monitor")


class WorkerLostError(JobError):
    """The process that ran the job was killed, ran out of memory or was frozen."""

    def __init__(self, times: int) -> None:
        often = f"{times} times in a row" if times > 1 else "once"
        super().__init__(
            f"Worker lost: the process that ran this job was killed or frozen {often}. The job is"
            " not tried again by itself; to try again, retry it"
        )


class EngineError(JobError):
    """The engine cannot do what it was asked: no database, or the job is not as it should be."""


class EngineUnavailableError(EngineError):
    """The database does not answer now; a later try can succeed."""
