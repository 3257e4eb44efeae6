"""Answers a query: a page of hits, how many there are, and what was not searched."""

from dataclasses import dataclass
from typing import Any

from workflow_mirror.access.scope import Scope
from workflow_mirror.references.query import Query
from workflow_mirror.references.search.coverage import NotSearched, not_searched
from workflow_mirror.references.search.facets import by_customer, by_kind
from workflow_mirror.references.search.lookups import look_up
from workflow_mirror.references.search.matches import Match, find_matches
from workflow_mirror.references.search.places import COUNTED, Place, find_places
from workflow_mirror.workflows.models import Task, Workflow
from workflow_mirror.workflows.secrets import masked

MOST_HITS = 1000


@dataclass(frozen=True)
class Hit:
    """A task, or a workflow where the task is None. Names are as Zuora gave them, without secrets.

    `matches` says where in it the terms were found; there is at least one.
    """

    customer_id: int
    customer: str
    workflow_id: int
    workflow_zuora_id: str
    workflow: str
    task_zuora_id: str | None
    task: str | None
    matches: list[Match]


@dataclass(frozen=True)
class Found:
    """One page. Where there are more than `COUNTED` hits, `total` is this number, `is_exact` is
    False, and customers and kinds are counted among the hits that were.
    """

    query: Query
    total: int
    is_exact: bool
    hits: list[Hit]
    by_customer: dict[str, int]
    by_kind: dict[str, int]
    not_searched: NotSearched


def search(
    query: Query,
    scope: Scope,
    *,
    customer_ids: list[int] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Found:
    """`customer_ids` narrow the scope; there are at most `MOST_HITS` on a page.

    Raises SearchTooSlowError.
    """
    known = look_up(query, scope)
    places = find_places(query, known, scope, customer_ids)
    counted = places[:COUNTED]
    return Found(
        query=query,
        total=len(counted),
        is_exact=len(places) <= COUNTED,
        hits=_hits(query, counted[offset : offset + min(limit, MOST_HITS)]),
        by_customer=by_customer(scope, counted),
        by_kind=by_kind(query, counted),
        not_searched=not_searched(query, scope, _customers(known.customers, customer_ids, query)),
    )


def _customers(
    meant: dict[str, list[int]], chosen: list[int] | None, query: Query
) -> list[int] | None:
    """The customers of which the query asks; None for all in the scope."""
    terms = query.values.get("customer")
    if terms is None:
        return chosen
    wanted = {pk for term in terms for pk in meant[term.value]}
    return sorted(wanted if chosen is None else wanted & set(chosen))


def _hits(query: Query, places: list[Place]) -> list[Hit]:
    matches = find_matches(query, places)
    workflows = _rows(Workflow, [place.workflow_id for place in places], "customer__name")
    tasks = _rows(Task, [place.task_id for place in places if place.task_id is not None])
    return [
        _hit(place, workflows[place.workflow_id], tasks, matches[place.workflow_id, place.task_id])
        for place in places
        if place.workflow_id in workflows
    ]


def _hit(
    place: Place, workflow: tuple[Any, ...], tasks: dict[int, tuple[Any, ...]], found: list[Match]
) -> Hit:
    zuora_id, name, customer = workflow
    task_zuora_id, task = tasks.get(place.task_id or 0, (None, None))
    return Hit(
        customer_id=place.customer_id,
        customer=customer,
        workflow_id=place.workflow_id,
        workflow_zuora_id=zuora_id,
        workflow=masked(name),
        task_zuora_id=task_zuora_id,
        task=None if task is None else masked(task),
        matches=found,
    )


def _rows(model: "type[Workflow | Task]", pks: list[int], *more: str) -> dict[int, tuple[Any, ...]]:
    rows = model._default_manager.filter(pk__in=pks)  # noqa: SLF001 - Django's documented name
    return {pk: row for pk, *row in rows.values_list("pk", "zuora_id", "name", *more)}
