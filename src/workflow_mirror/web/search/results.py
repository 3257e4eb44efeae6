"""The hits of a search by customer, workflow and task, with links to the very place."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workflow_mirror.access.scope import AnyUser, may, scope_of
from workflow_mirror.references.search import Excerpt, Hit, Match
from workflow_mirror.web.kit.search_links import place_url
from workflow_mirror.web.search.words import CONFIDENCE, CONFIDENCE_HELP, KINDS
from workflow_mirror.workflows.queries import tasks_in

MATCHES_SHOWN = 5
"""Of a hit; the others are folded."""

type Tasks = dict[tuple[int, str | None], int]
"""Primary keys by the workflow's key and the task's Zuora ID."""


def grouped(hits: list[Hit], user: AnyUser) -> list[dict[str, Any]]:
    """Customers with their workflows, and these with their hits, in the order of the hits."""
    tasks = _tasks(hits, user)
    return [
        {"name": of_customer[0].customer, "workflows": list(_workflows(of_customer, tasks))}
        for of_customer in _groups(hits, lambda hit: hit.customer_id)
    ]


def marked(excerpt: Excerpt) -> SafeString:
    text, start, end = excerpt.text, excerpt.start, excerpt.end
    if end <= start:
        return format_html("{}", text)
    return format_html("{}<mark>{}</mark>{}", text[:start], text[start:end], text[end:])


def _workflows(hits: list[Hit], tasks: Tasks) -> Iterator[dict[str, Any]]:
    for of_workflow in _groups(hits, lambda hit: hit.workflow_id):
        first = of_workflow[0]
        yield {
            "name": first.workflow or first.workflow_zuora_id,
            "zuora_id": first.workflow_zuora_id,
            "link": _workflow_link(first),
            "hits": [_hit(hit, tasks) for hit in of_workflow],
        }


def _hit(hit: Hit, tasks: Tasks) -> dict[str, Any]:
    lines = [_line(hit, match, tasks) for match in hit.matches]
    return {
        "is_task": hit.task_zuora_id is not None,
        "name": hit.task or hit.task_zuora_id or "",
        "link": _task_link(hit, tasks) or _workflow_link(hit),
        "lines": lines[:MATCHES_SHOWN],
        "more": lines[MATCHES_SHOWN:],
    }


def _line(hit: Hit, match: Match, tasks: Tasks) -> dict[str, Any]:
    return {
        "kind": KINDS.get(match.kind, match.kind),
        "name": match.name,
        "path": match.path,
        "line": match.excerpt.line,
        "excerpt": marked(match.excerpt),
        "confidence": CONFIDENCE.get(match.confidence, match.confidence),
        "confidence_help": CONFIDENCE_HELP.get(match.confidence, ""),
        "link": _place_link(hit, match, tasks),
    }


def _place_link(hit: Hit, match: Match, tasks: Tasks) -> str:
    """A secret has no text in its address."""
    excerpt = match.excerpt
    found = "" if match.kind == "secret" else excerpt.text[excerpt.start : excerpt.end]
    task = tasks.get((hit.workflow_id, hit.task_zuora_id))
    return place_url(hit.workflow_id, task, match.path, found)


def _task_link(hit: Hit, tasks: Tasks) -> str:
    """Empty for a workflow, for a task deleted meanwhile, and for who may not view tasks."""
    pk = tasks.get((hit.workflow_id, hit.task_zuora_id))
    return reverse("admin:workflows_task_change", args=(pk,)) if pk else ""


def _workflow_link(hit: Hit) -> str:
    return reverse("admin:workflows_workflow_change", args=(hit.workflow_id,))


def _tasks(hits: list[Hit], user: AnyUser) -> Tasks:
    if not may(user, "workflows.view_task"):
        return {}
    of_tasks = [hit for hit in hits if hit.task_zuora_id is not None]
    found = tasks_in(scope_of(user)).filter(
        workflow__in={hit.workflow_id for hit in of_tasks},
        zuora_id__in={hit.task_zuora_id for hit in of_tasks},
    )
    return {(row[0], row[1]): row[2] for row in found.values_list("workflow", "zuora_id", "pk")}


def _groups(hits: Iterable[Hit], key: Any) -> Iterator[list[Hit]]:
    return (list(group) for _key, group in groupby(hits, key))
