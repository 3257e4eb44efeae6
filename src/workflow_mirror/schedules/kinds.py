"""The kind of job that sends a heartbeat. It is registered at every start, so it loads little."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from workflow_mirror.jobs.kinds import Kind
from workflow_mirror.jobs.report import Report
from workflow_mirror.jobs.work import Work
from workflow_mirror.outgoing.errors import SendingError

TRIES = 4


def _send(work: Work) -> None:
    """A call that fails is no failed job: the schedule shows its error."""
    from workflow_mirror.schedules.heartbeats import call

    error = call(work.run.arguments["schedule"])
    if isinstance(error, SendingError) and error.is_temporary and work.run.attempt < TRIES:
        raise error
    work.report = lambda: Report(output={}, done=1, total=1, with_errors=error is not None)


HEARTBEAT = Kind(
    name="heartbeat",
    title="send heartbeat",
    label=_("send heartbeat"),
    handler=_send,
    tries=lambda: TRIES,
    backoff=lambda: timedelta(minutes=1),
    temporary=(SendingError,),
    people_may_retry=False,  # a later run may have been a bad one
)
