"""Counterparts to propose for a workflow that has none, by its name and its tasks. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz, process

from workflow_mirror.compare.pairing import Named

MOST = 3
LEAST = 70
"""Percent, below which two workflows are not similar."""
_MOST_BY_NAME = 20
_WEIGHT_OF_TASKS = 0.95


class Candidate[W: Named](NamedTuple):
    """`alike` is in percent."""

    workflow: W
    alike: int


type Tasks = Mapping[object, Counter[str]]
"""The names of a workflow's tasks, by its key."""


def candidates[W: Named](
    workflow: W, others: Sequence[W], own_tasks: Tasks, other_tasks: Tasks
) -> list[Candidate[W]]:
    """The most similar ones first; none if there is no similar one."""
    names = [other.name for other in others]
    found = process.extract(
        workflow.name,
        names,
        scorer=fuzz.token_sort_ratio,
        processor=str.casefold,
        limit=_MOST_BY_NAME,
    )
    alike = {place: ratio for _, ratio, place in found}
    mine = own_tasks.get(workflow.key) or Counter()
    for place, other in enumerate(others):
        shared = _WEIGHT_OF_TASKS * _shared(mine, other_tasks.get(other.key) or Counter())
        if shared > alike.get(place, 0):
            alike[place] = shared
    ranked = sorted(alike.items(), key=lambda item: (-item[1], str(others[item[0]].key)))
    return [
        Candidate(others[place], round(ratio)) for place, ratio in ranked[:MOST] if ratio >= LEAST
    ]


def _shared(ours: Counter[str], theirs: Counter[str]) -> float:
    """Percent of the names of both that are in both."""
    whole = ours.total() + theirs.total()
    return 200 * (ours & theirs).total() / whole if whole else 0.0


def names_by_workflow(rows: Iterable[tuple[object, str]]) -> Tasks:
    found: dict[object, Counter[str]] = {}
    for key, name in rows:
        found.setdefault(key, Counter())[name] += 1
    return found
