"""The kind of job that indexes stored exports again. It is registered at every start, so it loads
little.
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from workflow_mirror.jobs.kinds import Kind
from workflow_mirror.jobs.work import Work


def _reindex(work: Work) -> None:
    from workflow_mirror.sync.reindexing import reindex

    reindex(work)


REINDEX = Kind(
    name="reindex",
    title="index references again",
    label=_("index references again"),
    handler=_reindex,
    tries=lambda: 3,
    backoff=lambda: timedelta(minutes=1),
)
