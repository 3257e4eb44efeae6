"""Writing the change log, in the caller's transaction."""

from datetime import datetime

from django.db import connection

from workflow_mirror.customers.models import Customer
from workflow_mirror.exact_json import dump
from workflow_mirror.history.changes import Change

# After the exports: they are found by their hashes. One look-up in an index each: a join would read
# all workflows of the customer for each batch.
_EXPORT = """(SELECT id FROM workflow_exports WHERE customer_id = %(customer)s
    AND workflow_zuora_id = change.zuora_id AND content_hash = {hash})"""
_WRITE = f"""
INSERT INTO workflow_changes (customer_id, workflow_id, workflow_zuora_id, seen_at, job_run_id,
    kind, export_before_id, export_after_id, fields, changed_by, changed_at)
SELECT %(customer)s,
    (SELECT id FROM workflows WHERE customer_id = %(customer)s AND zuora_id = change.zuora_id),
    change.zuora_id, %(now)s, %(job_run)s, change.kind,
    {_EXPORT.format(hash="change.before")}, {_EXPORT.format(hash="change.after")},
    change.fields, change.changed_by, change.changed_at
FROM jsonb_to_recordset(%(changes)s::jsonb) AS change(zuora_id text, kind text, before text,
    after text, fields jsonb, changed_by text, changed_at timestamptz, place int)
ORDER BY change.place
"""  # noqa: S608 - built from the constants above alone


def write_changes(
    customer: Customer, changes: dict[str, list[Change]], now: datetime, job_run: int | None
) -> None:
    """Write the changes of workflows, given by Zuora ID: one statement, none for no changes."""
    rows = [
        {"zuora_id": zuora_id, **vars(change)}
        for zuora_id, found in changes.items()
        for change in found
    ]
    if not rows:
        return
    placed = [row | {"place": place} for place, row in enumerate(rows)]
    values = {
        "now": now,
        "job_run": job_run,
        "customer": customer.pk,
        "changes": dump(placed).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
