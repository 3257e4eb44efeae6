"""The work of the job that compares two customers."""

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.compare import cache
from workflow_mirror.compare.service import compare_missing, comparison
from workflow_mirror.compare.summaries import store_summary
from workflow_mirror.jobs.report import Report
from workflow_mirror.jobs.work import Work


def compare(work: Work, first: int, second: int) -> None:
    """Each pair is cached when it is compared: another try continues with the rest."""
    found = comparison(EVERYTHING, first, second)
    total, done = len(found.missing()), 0
    work.report = lambda: Report(output={"total": done}, done=done, total=total)

    def note(so_far: int) -> None:
        nonlocal done
        done = so_far
        work.note()

    compare_missing(EVERYTHING, found, on_step=note)
    store_summary(found)
    cache.prune()
