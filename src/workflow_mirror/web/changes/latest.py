"""Changes in the tables of the dashboard and of the pages of customers and jobs."""

from collections.abc import Iterable
from dataclasses import dataclass

from workflow_mirror.access.scope import Scope
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.queries import latest_changes
from workflow_mirror.history.words import told
from workflow_mirror.web.changes.entries import badge, name_of, page_of, timeline_of
from workflow_mirror.web.kit.time_formats import ago

NUMBER = 6


@dataclass(frozen=True)
class Latest:
    """`link` leads to the comparison where there is one, `timeline` to the workflow."""

    entry: WorkflowChange
    seen: str | None
    badge: str
    text: str
    link: str
    workflow: str
    timeline: str


def latest(scope: Scope, customer_id: int | None = None) -> list[Latest]:
    """Of all customers, or of one."""
    return as_shown(latest_changes(scope, NUMBER, customer_id))


def as_shown(entries: Iterable[WorkflowChange]) -> list[Latest]:
    return [
        Latest(
            entry,
            ago(entry.seen_at),
            badge(entry.kind),
            told(entry),
            page_of(entry),
            name_of(entry),
            timeline_of(entry),
        )
        for entry in entries
    ]
