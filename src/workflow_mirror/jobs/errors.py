"""What can be wrong about a job. Every message is one line for the user."""


class JobError(Exception):
    """Base of all."""


class UnknownJobError(JobError):
    def __init__(self, run_id: int) -> None:
        super().__init__(f"There is no job {run_id}; see zwm queue monitor")


class EngineError(JobError):
    """The engine cannot do what it was asked: no database, or the job is not as it should be."""
