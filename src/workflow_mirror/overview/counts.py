"""Numbers of rows, found in a time that does not grow with the tables."""

import json
from typing import Any, NamedTuple

from django.db.models import QuerySet

from workflow_mirror.access.scope import Scope
from workflow_mirror.workflows.queries import tasks_in, workflows_in

EXACT = 10_000
"""The planner's estimate of fewer rows, just written, may be several times too large."""


class Estimate(NamedTuple):
    number: int
    is_exact: bool


def count_workflows(scope: Scope) -> Estimate:
    """Without those deleted in Zuora."""
    return quick_count(workflows_in(scope).filter(deleted_at=None))


def count_tasks(scope: Scope) -> Estimate:
    return quick_count(tasks_in(scope))


def quick_count(queryset: QuerySet[Any]) -> Estimate:
    """Exact up to `EXACT`; of more rows, the planner's estimate."""
    keys = queryset.order_by().values("pk")
    counted = keys[: EXACT + 1].count()
    if counted <= EXACT:
        return Estimate(counted, is_exact=True)
    [plan] = json.loads(keys.explain(format="json"))
    return Estimate(max(int(plan["Plan"]["Plan Rows"]), EXACT), is_exact=False)
