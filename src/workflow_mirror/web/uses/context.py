"""The sections *Uses* and *Used by*, and the page with all that does not fit into them."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.references.calls import Call, Calls, callers_of, calls_of
from workflow_mirror.references.query import parse
from workflow_mirror.references.search.coverage import NotSearched, not_searched
from workflow_mirror.references.uses import Use, UsesOfKind, Wanted, searched_of, uses_of
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.search_links import search_url, uses_query, uses_url
from workflow_mirror.workflows.models import Task, Workflow
from workflow_mirror.workflows.queries import tasks_of
from workflow_mirror.workflows.secrets import masked

MOST_CALLS = 50
NAMES_ON_A_PAGE = 200
MOST_PLACES = 500
_MOST_PAGES = 10_000
_OPEN = 5
"""A kind with more names is folded."""

KINDS: dict[str, Promise] = {
    "field": _("Fields"),
    "object": _("Objects"),
    "host": _("Hosts"),
    "url": _("URLs"),
    "email": _("E-mail addresses"),
    "constant": _("Global constants"),
    "credential": _("Credentials"),
    "file": _("Files"),
    "report": _("Reports"),
    "lambda": _("Lambda functions"),
    "event": _("Events"),
    "secret": _("Secrets"),
}
"""In the order of the page."""


@dataclass(frozen=True)
class Name:
    """`search` is the address of a search for all its uses; it may be ""."""

    use: Use
    search: str

    @property
    def more(self) -> int:
        return self.use.places - len(self.use.first)


@dataclass(frozen=True)
class Group:
    """The uses of one kind."""

    kind: str
    label: Promise
    count: int
    names: list[Name]

    @property
    def more(self) -> int:
        return self.count - len(self.names)

    @property
    def is_open(self) -> bool:
        return self.count <= _OPEN


@dataclass(frozen=True)
class CalledBy:
    """The callers of a workflow. `search` finds all of them, and may be ""."""

    calls: list[Call]
    is_cut: bool
    search: str
    not_searched: NotSearched


def uses_context(
    request: HttpRequest, workflow: Workflow, task: Task | None = None
) -> dict[str, Any]:
    """For `web/uses/uses.html`: of a workflow with its tasks, or of one task."""
    scope = scope_of(request.user)
    key = task.pk if task else None
    calls = calls_of(scope, workflow, task=key)
    return {
        "used": _groups(uses_of(scope, workflow, Wanted(task=key))),
        "calls": _first(calls),
        "more_calls": _has_more(calls),
        "searched": searched_of(scope, workflow),
        "of_task": task,
    }


def used_by(scope: Scope, workflow: Workflow) -> CalledBy:
    """For `web/uses/used_by.html`."""
    calls = callers_of(scope, workflow)
    query = uses_query("workflow", workflow.zuora_id, customer=workflow.customer.name)
    name = workflow.name if workflow.name.strip() and masked(workflow.name) == workflow.name else ""
    by_name = uses_query("workflow", name) if name else ""
    return CalledBy(
        _first(calls),
        _has_more(calls),
        search_url(" ".join(filter(None, (query, by_name)))) if query else "",
        not_searched(parse("has:workflow"), scope, [workflow.customer_id]),
    )


def all_uses_context(request: HttpRequest, workflow: Workflow) -> dict[str, Any]:
    """For `web/uses/page.html`: the names of `?kind=`, or the places of `?name=`.

    404 for an unknown kind. `task`, a key, narrows both.
    """
    kind, name = request.GET.get("kind", ""), request.GET.get("name", "")
    if kind not in KINDS:
        raise Http404
    scope = scope_of(request.user)
    task = _task(request, scope, workflow)
    page = min(row_id(request.GET.get("page", "")) or 1, _MOST_PAGES)
    wanted = Wanted(
        task=task.pk if task else None,
        kind=kind,
        name=name or None,
        names=NAMES_ON_A_PAGE,
        skipped=(page - 1) * NAMES_ON_A_PAGE,
    )
    if name:
        wanted = wanted._replace(places=MOST_PLACES)
    found = uses_of(scope, workflow, wanted)
    group = next(iter(_groups(found)), None)
    return {
        "workflow": workflow,
        "searched": searched_of(scope, workflow),
        "group": group,
        "kind": kind,
        "label": KINDS[kind],
        "name": name,
        "of_task": task,
        "previous": page - 1,
        "next": page + 1 if group and page * NAMES_ON_A_PAGE < group.count else 0,
    }


def _task(request: HttpRequest, scope: Scope, workflow: Workflow) -> Task | None:
    """404 for a task that is not one of the workflow."""
    text = request.GET.get("task", "")
    if not text:
        return None
    found = tasks_of(scope, workflow).filter(pk=row_id(text) or 0).first()
    if found is None:
        raise Http404
    return found


def _groups(found: list[UsesOfKind]) -> list[Group]:
    by_kind = {one.kind: one for one in found}
    return [
        Group(kind, label, of_kind.names, [_name(use) for use in of_kind.uses])
        for kind, label in KINDS.items()
        if (of_kind := by_kind.get(kind))
    ]


def _name(use: Use) -> Name:
    return Name(use, uses_url(use.kind, use.name))


def _first(calls: Calls) -> list[Call]:
    return calls.calls[:MOST_CALLS]


def _has_more(calls: Calls) -> bool:
    return calls.is_cut or len(calls.calls) > MOST_CALLS
