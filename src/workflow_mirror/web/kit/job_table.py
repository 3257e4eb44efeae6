"""The table of jobs on the pages of customers, workflows and batches (web/job_table.html)."""

from collections.abc import Iterable
from typing import Any

from workflow_mirror.jobs.kinds import label_of
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.time_formats import ago


def job_rows(runs: Iterable[JobRun]) -> list[dict[str, Any]]:
    return [_row(run) for run in runs]


def _row(run: JobRun) -> dict[str, Any]:
    return {
        "run": run,
        "kind": label_of(run.kind),
        "state": table_cells.state(run),
        "progress": table_cells.progress(run),
        "stats": table_cells.stats(run),
        "duration": table_cells.duration(run),
        "finished": ago(run.finished_at),
    }
