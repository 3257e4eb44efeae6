"""Queries that read the mirror."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    Func,
    Max,
    Min,
    Model,
    Q,
    QuerySet,
    TextField,
)
from django.db.models.functions import Greatest, Least

from workflow_mirror.access.scope import Scope
from workflow_mirror.workflows.columns import JSON, TASKS, WORKFLOWS, shown_in, stored
from workflow_mirror.workflows.errors import UnknownWorkflowError
from workflow_mirror.workflows.export_warnings import warning_texts_in_english
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.workflows.name_search import having

READ_AT_ONCE = 1000
MOST_VALUES = 500
MOST_KNOWN = 5_000
"""Maximum number of values of all customers that are checked for the customers in scope."""

_JSON = shown_in(JSON, WORKFLOWS)
_READ = ("customer__name", *stored(_JSON))
_TASK_JSON = stored(shown_in(JSON, TASKS))


def workflows_in(scope: Scope) -> QuerySet[Workflow]:
    return scope.limit(Workflow.objects.all())


def tasks_in(scope: Scope) -> QuerySet[Task]:
    return scope.limit(Task.objects.all())


def without_deleted(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Tasks of workflows that are in Zuora.

    Written so that the few deleted workflows are read once, from their index, whatever the number
    of tasks.
    """
    return tasks.exclude(workflow__in=_deleted())


def of_deleted(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Tasks of workflows that are deleted in Zuora."""
    return tasks.filter(workflow__in=_deleted())


def _deleted() -> QuerySet[Workflow]:
    return Workflow.objects.filter(deleted_at__isnull=False).order_by().values("pk")  # type: ignore[return-value]  # of values


def list_workflows(
    scope: Scope,
    *,
    customers: list[str] | None = None,
    state: str = "",
    search: str = "",
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Workflows as data, by customer and name; `tasks` counts them. Loads no export.

    Rows are read on demand, while the database is open. `state` is compared case-insensitively;
    `search` covers name, description and ID.
    """
    found = workflows_in(scope)
    if customers:
        found = found.filter(customer__name__in=customers)
    if state:
        found = found.filter(state__iexact=state)
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(description__icontains=search) | Q(zuora_id=search)
        )
    rows = found.order_by("customer__name", "name", "id").values(*_READ)[:limit]
    return _with_task_counts(rows.iterator(READ_AT_ONCE))


def show_workflow(scope: Scope, pk: int) -> dict[str, Any]:
    """One workflow as data, with its tasks in `tasks`. Raises UnknownWorkflowError."""
    row = workflows_in(scope).filter(pk=pk).values(*_READ).first()
    if row is None:
        raise UnknownWorkflowError(pk)
    tasks = list(tasks_in(scope).filter(workflow=pk).order_by("id").values(*_TASK_JSON))
    return _as_data(row, len(tasks)) | {"tasks": tasks}


def find_workflow(scope: Scope, pk: int) -> Workflow:
    """Without its documents. Raises UnknownWorkflowError."""
    workflow = workflows_in(scope).defer("json_export", "list_row").filter(pk=pk).first()
    if workflow is None:
        raise UnknownWorkflowError(pk)
    return workflow


def stored_export(scope: Scope, pk: int) -> Any:
    """The last good export; None if there never was one. Raises UnknownWorkflowError."""
    row = workflows_in(scope).filter(pk=pk).values_list("json_export").first()
    if row is None:
        raise UnknownWorkflowError(pk)
    return row[0]


def document_of(scope: Scope, pk: int) -> str | None:
    """The last good export as text; None if there never was one.

    The text is PostgreSQL's: no number passes through a float, and nothing is parsed here.
    """
    text: str | None = workflows_in(scope).values_list(pretty("json_export"), flat=True).get(pk=pk)
    return text


def has_export(scope: Scope, workflow: Workflow) -> bool:
    return workflows_in(scope).filter(pk=workflow.pk, json_export__isnull=False).exists()


def earlier_document(scope: Scope, workflow: Workflow, export: int) -> tuple[str, str, str] | None:
    """Text, version number and content hash of one export; None if it is not of this workflow."""
    found = exports_of(scope, workflow).filter(pk=export)
    return found.values_list(pretty("document"), "zuora_version", "content_hash").first()


def exports_of(scope: Scope, workflow: Workflow) -> QuerySet[WorkflowExport]:
    """All stored exports, by Zuora ID, including those from before a workflow was restored."""
    exports = scope.limit(WorkflowExport.objects.all())
    return exports.filter(customer=workflow.customer_id, workflow_zuora_id=workflow.zuora_id).defer(
        "document"
    )


def versions_of(scope: Scope, workflow: Workflow) -> QuerySet[WorkflowExport]:
    """The exports with different content: the last export, then the others, last seen first.

    `since` and `until` are when each content was first and last seen, with any run state.
    """
    return (
        exports_of(scope, workflow)
        .filter(repeat_of=None)
        .annotate(
            since=Least("first_seen_at", Min("repeats__first_seen_at")),
            until=Greatest("last_seen_at", Max("repeats__last_seen_at")),
        )
        .order_by(_is(workflow.export_hash).desc(), "-until", "-pk")
    )


def _is(content_hash: str) -> "ExpressionWrapper[Any]":
    return ExpressionWrapper(Q(content_hash=content_hash), BooleanField())


def export_keys(scope: Scope, workflow: Workflow) -> dict[str, int]:
    """The keys of the last good exports of the active version and of the draft, by content hash."""
    hashes = [known for known in (workflow.export_hash, workflow.draft_hash) if known]
    found = exports_of(scope, workflow).filter(content_hash__in=hashes)
    return dict(found.values_list("content_hash", "pk"))


def tasks_of(scope: Scope, workflow: Workflow) -> QuerySet[Task]:
    """The workflow's tasks by primary key, without their parameters."""
    return tasks_in(scope).filter(workflow=workflow).order_by("pk").only(*stored(TASKS))


def find_task(scope: Scope, workflow: Workflow, zuora_id: str) -> Task | None:
    """One task with its parameters."""
    found = tasks_in(scope).filter(workflow=workflow, zuora_id=zuora_id)
    return found.only(*stored(TASKS), "data").first()


def keys_of(scope: Scope, customer_id: int | None, zuora_ids: list[str]) -> dict[str, int]:
    """The keys of a customer's mirrored workflows, by Zuora ID."""
    found = workflows_in(scope).filter(customer=customer_id, zuora_id__in=zuora_ids)
    return dict(found.values_list("zuora_id", "pk"))


def pretty(column: str) -> Func:
    return Func(column, function="jsonb_pretty", output_field=TextField())


def _with_task_counts(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """In batches: counting the tasks of all workflows first takes seconds."""
    for portion in batched(rows, READ_AT_ONCE):
        counts = task_counts(row["id"] for row in portion)
        for row in portion:
            yield _as_data(row, counts.get(row["id"], 0))


def _as_data(row: dict[str, Any], tasks: int) -> dict[str, Any]:
    values = row | {
        "customer": row["customer__name"],
        "tasks": tasks,
        "export_error": row["export_error"] or None,
        "oddities": warning_texts_in_english(row["oddities"]),
    }
    return {column.name: _plain(values[column.name]) for column in _JSON}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def exported_workflows(scope: Scope, pk: int | None = None) -> list[int]:
    """The keys of workflows with a stored export: the given workflow, or all.

    Raises UnknownWorkflowError.
    """
    if pk is not None and not workflows_in(scope).filter(pk=pk).exists():
        raise UnknownWorkflowError(pk)
    found = workflows_in(scope).filter(json_export__isnull=False).order_by("pk")
    if pk is not None:
        found = found.filter(pk=pk)
    return list(found.values_list("pk", flat=True))


def search_workflows(
    workflows: QuerySet[Workflow], text: str, columns: tuple[str, ...] = ("name", "description")
) -> QuerySet[Workflow]:
    """Workflows with every term in one of the columns, the ID or the customer: see name_search."""
    return having(workflows, text, columns)


def search_tasks(tasks: QuerySet[Task], text: str) -> QuerySet[Task]:
    """Tasks with every term in their name, ID or customer: see name_search."""
    return having(tasks, text, ("name",))


def values_of(scope: Scope, model: type[Model], columns: Iterable[str]) -> dict[str, list[str]]:
    """The values of text columns except "", in order, at most `MOST_VALUES` of each column.

    Each column has an index together with the customer, maybe without the rows where it is "". The
    query jumps from one value to the next, while DISTINCT would read a million rows.
    """
    columns = list(columns)
    customers = None if scope.customer_ids is None else list(scope.customer_ids)
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django's documented name
    statement = " UNION ALL ".join(_values(table, column) for column in columns)
    found: dict[str, list[str]] = {column: [] for column in columns}
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # A sequential scan is quick only for frequent values.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            statement, {"customers": customers, "known": MOST_KNOWN, "most": MOST_VALUES}
        )
        for column, value in cursor.fetchall():
            found[column].append(value)
        # Restores the setting of the server or role, since an outer transaction may continue.
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
    return found


def _values(table: str, column: str) -> str:
    name = connection.ops.quote_name(column)
    return f"""
    SELECT '{column}', value FROM (
        WITH RECURSIVE found AS (
            SELECT min({name}) AS value FROM {table} WHERE {name} > ''
            UNION ALL
            SELECT (SELECT min({name}) FROM {table} WHERE {name} > found.value AND {name} <> '')
            FROM found WHERE found.value IS NOT NULL
        ), known AS MATERIALIZED (
            SELECT value FROM found WHERE value IS NOT NULL LIMIT %(known)s
        )
        SELECT value FROM known WHERE %(customers)s::bigint[] IS NULL OR (
            SELECT customer_id FROM {table}
            WHERE {name} = known.value AND {name} <> ''
                AND customer_id = ANY(%(customers)s::bigint[]) LIMIT 1
        ) IS NOT NULL LIMIT %(most)s
    ) AS of_{column}
    """  # noqa: S608 - the names come from a model


def task_counts(workflows: Iterable[int]) -> dict[int, int]:
    """The number of tasks of these workflows, by key; workflows without tasks are left out."""
    counts = Task.objects.filter(workflow__in=workflows).values_list("workflow")
    return dict(counts.annotate(number=Count("*")).order_by())
