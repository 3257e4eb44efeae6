"""Numbers of rows, found in a time that does not grow with the tables."""

import json
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.formats import number_format

from workflow_mirror.access.scope import Scope
from workflow_mirror.workflows.queries import of_deleted, tasks_in

EXACT = 10_000
"""The planner's estimate of fewer rows, just written, may be several times too large."""


class Estimate(NamedTuple):
    number: int
    is_exact: bool

    def __str__(self) -> str:
        if self.is_exact:
            return number_format(self.number, force_grouping=True)
        rounded = float(f"{self.number:.3g}")
        return "≈ " + number_format(rounded, decimal_pos=0, force_grouping=True)


class TaskCounts(NamedTuple):
    """Tasks of workflows in Zuora, and of workflows that are deleted in Zuora."""

    present: Estimate
    deleted: Estimate


def count_tasks(scope: Scope) -> TaskCounts:
    """Two statements. The planner cannot estimate tasks without those of deleted workflows."""
    every, deleted = quick_count(tasks_in(scope)), quick_count(of_deleted(tasks_in(scope)))
    number = max(0, every.number - deleted.number)
    return TaskCounts(Estimate(number, every.is_exact and deleted.is_exact), deleted)


def quick_count(queryset: QuerySet[Any]) -> Estimate:
    """Exact up to `EXACT`; of more rows, the planner's estimate. One statement."""
    bounded = queryset.order_by().values("pk")[: EXACT + 1]
    explained = bounded.explain(format="json", analyze=True, timing=False)
    if not explained:  # Django sees that nothing matches, and asks nothing
        return Estimate(0, is_exact=True)
    [whole] = json.loads(explained)
    limit = whole["Plan"]
    counted = int(limit["Actual Rows"])
    if counted <= EXACT:
        return Estimate(counted, is_exact=True)
    return Estimate(max(int(limit["Plans"][0]["Plan Rows"]), counted), is_exact=False)
