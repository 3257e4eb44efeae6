"""The kind of job that compares two customers. Registered at every start, so it loads little."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from workflow_mirror.jobs.kinds import Kind
from workflow_mirror.jobs.work import Work


def _compare(work: Work) -> None:
    from workflow_mirror.compare.handler import compare

    compare(work, **work.run.arguments)


COMPARE = Kind(
    name="compare",
    title="compare customers",
    label=_("compare customers"),
    handler=_compare,
    tries=lambda: 3,
    backoff=lambda: timedelta(minutes=1),
)
