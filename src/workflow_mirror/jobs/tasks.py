"""The tasks that the engine knows. Imported by the engine alone."""

from datetime import timedelta

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from workflow_mirror.jobs import engine, runner


class _AgainError(Exception):
    """Tells the engine to keep the job and run it again later."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"again in {after.total_seconds():.0f} s")
        self.after = after


class _AsToldRetry(BaseRetryStrategy):
    """The runner has decided already."""

    def get_retry_decision(
        self,
        *,
        exception: BaseException,
        job: Job,  # noqa: ARG002 - the engine passes it
    ) -> RetryDecision | None:
        if not isinstance(exception, _AgainError):
            return None
        return RetryDecision(retry_in={"seconds": int(exception.after.total_seconds())})


@app.task(name=engine.SYNC_TASK, pass_context=True, retry=_AsToldRetry())
def sync_customer(context: JobContext, *, run_id: int) -> None:
    lease = context.additional_context["lease"]
    again_in = runner.perform(run_id, lease, context.should_abort)
    if again_in is not None:
        raise _AgainError(again_in)
