"""The work of the job that indexes stored exports again."""

from workflow_mirror.jobs.report import Report
from workflow_mirror.jobs.work import Work
from workflow_mirror.references.index_again import INDEXED_AT_ONCE, index_again, stale_workflows


def reindex(work: Work) -> None:
    """In slices. Each is noted in the index itself, so that another try continues with the rest."""
    stale = stale_workflows().order_by("pk")
    done, total, last, references = 0, stale.count(), 0, 0
    work.report = lambda: Report(
        output={"workflows": done, "references": references}, done=done, total=total
    )
    while pks := list(stale.filter(pk__gt=last).values_list("pk", flat=True)[:INDEXED_AT_ONCE]):
        work.note()
        references += index_again(pks)
        done, last = done + len(pks), pks[-1]
