"""The timeline of one workflow: its changes, by the sync that saw them."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.safestring import SafeString

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.history.errors import UnknownChangeError
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.queries import timeline_page
from workflow_mirror.history.words import told
from workflow_mirror.jobs.scoped import jobs_in
from workflow_mirror.web.changes.entries import badge, comparison_of
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.workflows.models import Workflow

ON_A_PAGE = 20


@dataclass(frozen=True)
class Shown:
    """`comparison` is "" where there are not two exports to compare."""

    entry: WorkflowChange
    badge: SafeString
    text: str
    comparison: str


@dataclass(frozen=True)
class Seen:
    """What one sync saw; `job` is its key if the user may look at it."""

    at: datetime
    job: int | None
    entries: list[Shown]


def shown(entry: WorkflowChange) -> Shown:
    return Shown(entry, badge(entry.kind), told(entry), comparison_of(entry))


def timeline_context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    """For `web/changes/timeline.html`: a page of entries, those before `?before=`, an entry's key.

    404 if there is no such entry.
    """
    before = row_id(request.GET.get("before", ""))
    if before is None and "before" in request.GET:
        raise Http404
    try:
        entries, older = timeline_page(
            scope_of(request.user), workflow, limit=ON_A_PAGE, before=before
        )
    except UnknownChangeError as error:
        raise Http404 from error
    return {"syncs": _by_sync(request, entries), "older": older, "is_continued": before is not None}


def _by_sync(request: HttpRequest, entries: list[WorkflowChange]) -> list[Seen]:
    jobs = _visible_jobs(request, entries)
    return [
        Seen(at, run if run in jobs else None, [shown(entry) for entry in of_sync])
        for (at, run), of_sync in groupby(entries, lambda entry: (entry.seen_at, entry.job_run_id))
    ]


def _visible_jobs(request: HttpRequest, entries: list[WorkflowChange]) -> set[int]:
    """Jobs are deleted after some time, and the entries stay."""
    if not may(request.user, "jobs.view_jobrun"):
        return set()
    runs = {entry.job_run_id for entry in entries if entry.job_run_id}
    found = jobs_in(scope_of(request.user)).filter(pk__in=runs)
    return set(found.values_list("pk", flat=True))
