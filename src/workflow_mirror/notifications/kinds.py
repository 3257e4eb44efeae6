"""The kind of job that sends one message. It is registered at every start, so it loads little."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from workflow_mirror.jobs.kinds import Kind, Priority
from workflow_mirror.jobs.report import Report
from workflow_mirror.jobs.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterable


def key_of(delivery_id: int) -> str:
    return f"notify-{delivery_id}"


def request_deliveries(ids: "Iterable[int]") -> None:
    """Queue a job for each message, ahead of scheduled syncs."""
    from workflow_mirror.jobs.requests import Wanted, request

    for pk in ids:
        request(
            NOTIFY,
            [Wanted(key_of(pk))],
            requested_by="notifications",
            priority=Priority.PEOPLE,
            arguments={"delivery": pk},
        )


def _send(work: Work) -> None:
    """A message that is not accepted is no failed job: the delivery log has its error."""
    from workflow_mirror.notifications.delivering import deliver

    state = deliver(work.run.arguments["delivery"])
    output = {"delivery": work.run.arguments["delivery"], "state": state}
    work.report = lambda: Report(output=output, done=1, total=1, with_errors=state == "failed")


NOTIFY = Kind(
    name="notify",
    title="send notification",
    label=_("send notification"),
    handler=_send,
    tries=lambda: 3,
    backoff=lambda: timedelta(minutes=1),
    people_may_retry=False,  # the delivery log resends
)
