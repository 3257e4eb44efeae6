"""Counterparts to propose for workflows without one; a user confirms them by a link."""

from functools import cached_property

from workflow_mirror.access.scope import Scope
from workflow_mirror.compare.customers import Mirrored
from workflow_mirror.compare.result import AMBIGUOUS, Row
from workflow_mirror.compare.service import Rows
from workflow_mirror.compare.similar import Candidate, Tasks, candidates, names_by_workflow
from workflow_mirror.workflows.queries import tasks_in

MOST_BY_TASKS = 300
"""Workflows without counterpart whose tasks are read; of more, only the names are compared."""


class Proposals:
    """Among the workflows of one comparison."""

    def __init__(self, scope: Scope, rows: Rows) -> None:
        self._scope = scope
        self._open = [row for row in rows if not row.is_pair]

    def for_row(self, row: Row[Mirrored]) -> list[Candidate[Mirrored]]:
        """Of an ambiguous one, those of the same name come first. Nothing for a pair."""
        workflow = row.source or row.target
        if row.is_pair or workflow is None:
            return []
        others = self._targets if row.source else self._sources
        if row.status == AMBIGUOUS:
            others = [one for one in others if one.name.strip() == workflow.name.strip()] or others
        own, theirs = (self._tasks[side] for side in ((0, 1) if row.source else (1, 0)))
        return candidates(workflow, others, own, theirs)

    @cached_property
    def _sources(self) -> list[Mirrored]:
        return [row.source for row in self._open if row.source]

    @cached_property
    def _targets(self) -> list[Mirrored]:
        return [row.target for row in self._open if row.target]

    @cached_property
    def _tasks(self) -> tuple[Tasks, Tasks]:
        return self._names_of(self._sources), self._names_of(self._targets)

    def _names_of(self, workflows: list[Mirrored]) -> Tasks:
        if len(workflows) > MOST_BY_TASKS:
            return {}
        found = tasks_in(self._scope).filter(workflow__in=[one.id for one in workflows])
        keys = {one.id: one.key for one in workflows}
        return names_by_workflow(
            (keys[workflow], name) for workflow, name in found.values_list("workflow_id", "name")
        )
