"""Small responses for live pages (static/web/js/live.js).

A page sends the IDs that it shows, and receives their current cells:

    jobs, batches, customers    IDs on the page, comma separated; only visible ones are returned
    workers                     given: whether the warning that no worker is running still holds
    list                        the list on the page: `newest` then tells the ids at its top

`rows` tells the state of each job by its ID, or of each batch in their list. If a row of a list
was made for another state, live.js replaces the row (web/kit/live_rows.py).

A cell is identified by `data-live="KIND-ID-PART"`, such as `job-17-progress`:

    job        state, progress, duration, stats, place, start
    batch      progress, waiting, running, done, failed, cancelled
    customer   running
    workers    all-missing: the warning that no worker is running
"""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import (
    BatchCounts,
    count_jobs,
    listed_jobs,
    newest,
    places_in,
    running_jobs,
)
from workflow_mirror.sync.kinds import SYNC_KINDS
from workflow_mirror.web.kit import navigation, table_cells
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.no_worker import no_worker_warning
from workflow_mirror.web.kit.paginator import ROWS_ON_A_PAGE

MOST_IDS = 500

type Parts = Iterator[tuple[str, Any]]


@require_GET
def live(request: HttpRequest) -> JsonResponse:
    """Within the scope of the user. 403 without permission to view jobs."""
    if not may(request.user, "jobs.view_jobrun"):
        return JsonResponse({}, status=403)
    runs = _jobs(request)
    counts = _batches(request)
    batches = {pk: batch_state(one) for pk, one in counts.items()}
    parts = {
        **dict(_job_parts(runs, request)),
        **dict(_batch_parts(counts)),
        **dict(_customer_parts(request)),
        **dict(_worker_parts(request)),
    }
    return JsonResponse(
        {
            "active": bool(navigation.running_jobs(request) or navigation.queued_jobs(request)),
            "badges": _badges(request),
            "parts": parts,
            "jobs": {run.pk: _told(run) for run in runs},
            "rows": batches or {run.pk: run.status for run in runs},
            "newest": newest(scope_of(request.user), request.GET.get("list", ""), ROWS_ON_A_PAGE),
        }
    )


def batch_cells(counts: BatchCounts) -> dict[str, Any]:
    words = f"{counts.ended} / {counts.total}"
    percent = 100 * counts.ended // counts.total if counts.total else 100
    numbers = {name: value or table_cells.NOTHING for name, value in vars(counts).items()}
    return {"progress": table_cells.bar(percent, words), **numbers}


def batch_state(counts: BatchCounts) -> str:
    """What decides which actions the row of a batch has."""
    return "ended" if counts.ended == counts.total else "alive"


def running_cell(run: JobRun | None) -> str:
    return table_cells.NOTHING if run is None else table_cells.progress(run)


def _jobs(request: HttpRequest) -> list[JobRun]:
    ids = row_ids(request, "jobs")
    return listed_jobs(scope_of(request.user), ids) if ids else []


def _job_parts(runs: list[JobRun], request: HttpRequest) -> Parts:
    waiting = request.GET.get("list") == "waiting"
    places = places_in(scope_of(request.user), [run.pk for run in runs]) if waiting else {}
    for run in runs:
        yield f"job-{run.pk}-state", table_cells.state(run)
        yield f"job-{run.pk}-progress", table_cells.progress(run)
        yield f"job-{run.pk}-duration", table_cells.duration(run)
        yield f"job-{run.pk}-stats", table_cells.stats(run)
        if waiting:
            place = places.get(run.pk)
            yield f"job-{run.pk}-place", place.number if place else table_cells.NOTHING
            yield f"job-{run.pk}-start", table_cells.until(place.starts_at if place else None)


def _batches(request: HttpRequest) -> dict[int, BatchCounts]:
    ids = row_ids(request, "batches")
    if not ids or not may(request.user, "jobs.view_jobbatch"):
        return {}
    return count_jobs(scope_of(request.user), ids)


def _batch_parts(batches: dict[int, BatchCounts]) -> Parts:
    for pk, counts in batches.items():
        for part, html in batch_cells(counts).items():
            yield f"batch-{pk}-{part}", html


def _customer_parts(request: HttpRequest) -> Parts:
    ids = row_ids(request, "customers")
    if not ids:
        return
    running = running_jobs(scope_of(request.user), SYNC_KINDS).filter(customer__in=ids)
    runs = {run.customer_id: run for run in running}
    for pk in ids:
        yield f"customer-{pk}-running", running_cell(runs.get(pk))


def _worker_parts(request: HttpRequest) -> Parts:
    if "workers" in request.GET:
        yield "workers-all-missing", no_worker_warning(request)


def _told(run: JobRun) -> dict[str, str]:
    """`said` is the text for screen readers when the status changes."""
    return {
        "status": run.status,
        "said": f"{run.customer or run.name}: {table_cells.state_words(run)}",
    }


def _badges(request: HttpRequest) -> dict[str, str]:
    """The numbers in the menu, by the URL of their entry; empty for none."""
    return {
        reverse(page.url_name): table_cells.badge(page.badge(request), page.badge_variant)
        for page in navigation.pages(request)
        if page.badge
    }


def row_ids(request: HttpRequest, name: str) -> list[int]:
    texts = [text for text in request.GET.get(name, "").split(",") if text]
    if len(texts) > MOST_IDS or not all(text.isascii() and text.isdigit() for text in texts):
        raise BadRequest
    return [pk for text in texts if (pk := row_id(text)) is not None]
