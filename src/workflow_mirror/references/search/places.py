"""The places that match a query, in the order in which they are shown."""

from typing import NamedTuple

from workflow_mirror.access.scope import Scope
from workflow_mirror.references.query import Query
from workflow_mirror.references.search.conditions import Known, condition_of
from workflow_mirror.references.search.lookups import scope_condition
from workflow_mirror.references.search.sql import all_of, limited

COUNTED = 10_000
"""More places than these are neither counted nor sorted."""

_FOUND = """
WITH found AS MATERIALIZED (
    SELECT place.customer_id, place.workflow_id, place.task_id
    FROM workflow_texts AS place WHERE {condition} LIMIT %s
)
SELECT found.customer_id, found.workflow_id, found.task_id
FROM found
JOIN customers ON customers.id = found.customer_id
JOIN workflows ON workflows.id = found.workflow_id
ORDER BY customers.name, workflows.name, workflows.id, found.task_id NULLS FIRST
"""


class Place(NamedTuple):
    """`task_id` is None for a workflow outside of its tasks."""

    customer_id: int
    workflow_id: int
    task_id: int | None


def find_places(
    query: Query, known: Known, scope: Scope, customer_ids: list[int] | None
) -> list[Place]:
    """At most `COUNTED` and one more, by customer and workflow. Raises SearchTooSlowError."""
    condition = all_of([scope_condition(scope, customer_ids), condition_of(query, known)])
    with limited() as cursor:
        cursor.execute(_FOUND.format(condition=condition.text), (*condition.values, COUNTED + 1))
        return [Place(*row) for row in cursor.fetchall()]
