"""Measures the index of the search compared with a sync; runs in a separate process."""

import time
from typing import Any

Job = dict[str, Any]


def request_index(_job: Job) -> Job:
    """What a first sync does for the index: it looks for exports without one, and queues a job."""
    from workflow_mirror.sync.reindex_requests import request_if_needed

    started = time.perf_counter()
    request_if_needed()
    return {"seconds": time.perf_counter() - started}


def build_index(_job: Job) -> Job:
    """What the job does: index all that is not indexed."""
    from workflow_mirror.references.index_again import index_again, stale_workflows

    started = time.perf_counter()
    pks = list(stale_workflows().order_by("pk").values_list("pk", flat=True))
    references = index_again(pks)
    return {
        "seconds": time.perf_counter() - started,
        "workflows": len(pks),
        "references": references,
    }


def index_size(_job: Job) -> Job:
    from benchmarks.search_data import sizes

    return {"bytes_a_task": sizes()}
