"""Errors about jobs. Every message is one line for the user."""

from typing import Any

from workflow_mirror.errors import SafeError, Translate
from workflow_mirror.errors import gettext_noop as _


class JobError(SafeError):
    """Base of all."""


class StoppedError(JobError):
    """Raised through a handler to stop a job; data it has stored stays."""


class NotOursError(StoppedError):
    """The job was given to another worker meanwhile, or is at its end."""


class GiveBackError(StoppedError):
    """The worker has to stop: the job goes back into the queue, as if never begun."""


class CancelledError(StoppedError):
    """Somebody asked to cancel the job while it ran."""


class UnknownJobError(JobError):
    code = "unknown_job"
    template = _("There is no job %(id)s; see zwm queue monitor")

    def __init__(self, run_id: int) -> None:
        super().__init__(id=run_id)


class EndedAlreadyError(JobError):
    code = "job_ended_already"
    template = _("Job %(id)s has ended already")


class NothingToRetryError(JobError):
    """`status` is the label of the job's status."""

    code = "nothing_to_retry"
    template = _("Job %(id)s is %(status)s: there is nothing to retry")
    translated = ("status",)


class NotEndedError(JobError):
    """`status` is the label of the job's status."""

    code = "job_not_ended"
    template = _("Job %(id)s is %(status)s: cancel it first")
    translated = ("status",)


class NoRetryError(JobError):
    """`kind` is the label of the job's kind."""

    code = "no_retry"
    template = _("A job of the kind “%(kind)s” cannot be retried by hand")
    translated = ("kind",)


class QueuedAlreadyError(JobError):
    """Another job with the same key waits; `customer` is the customer's name, or the job's."""

    code = "queued_already"
    template = _("%(customer)s: the same work is already queued")


class WorkerLostError(JobError):
    """The process that ran the job was killed, ran out of memory or was frozen."""

    code = "worker_lost"
    template = _(
        "Worker lost: the process that ran this job was killed or frozen %(often)s. It is not"
        " retried automatically; to try again, retry the job"
    )

    def __init__(self, times: int) -> None:
        super().__init__(times=times)

    @classmethod
    def text_from(cls, facts: dict[str, Any], translate: Translate = str) -> str:
        often = _("once") if facts["times"] <= 1 else _("%(times)s times in a row")
        return super().text_from({"often": translate(often) % facts}, translate)


class BugError(JobError):
    """What became of the job could not be written when it happened."""

    code = "bug"
    template = _("A bug ended this job; the log has its trace")


class EngineError(JobError):
    """The engine cannot do what it was asked: no database, or the job is not as it should be."""

    code = "engine_failed"
    template = _("The job engine failed. %(reason)s")


class EngineUnavailableError(EngineError):
    """The database does not answer now; a later try can succeed."""

    code = "engine_failed.unavailable"
