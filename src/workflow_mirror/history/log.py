"""Writing the change log, in the caller's transaction."""

from datetime import datetime

from django.db import connection

from workflow_mirror.customers.models import Customer
from workflow_mirror.exact_json import dump
from workflow_mirror.history.changes import Change

# After the exports: they are found by their hashes.
_WRITE = """
INSERT INTO workflow_changes (customer_id, workflow_id, workflow_zuora_id, seen_at, job_run_id,
    kind, export_before_id, export_after_id, fields, changed_by, changed_at)
SELECT workflows.customer_id, workflows.id, workflows.zuora_id, %(now)s, %(job_run)s, change.kind,
    before.id, after.id, change.fields, change.changed_by, change.changed_at
FROM jsonb_to_recordset(%(changes)s::jsonb) AS change(zuora_id text, kind text, before text,
    after text, fields jsonb, changed_by text, changed_at timestamptz, place int)
JOIN workflows ON workflows.customer_id = %(customer)s AND workflows.zuora_id = change.zuora_id
LEFT JOIN workflow_exports AS before ON before.customer_id = %(customer)s
    AND before.workflow_zuora_id = change.zuora_id AND before.content_hash = change.before
LEFT JOIN workflow_exports AS after ON after.customer_id = %(customer)s
    AND after.workflow_zuora_id = change.zuora_id AND after.content_hash = change.after
ORDER BY change.place
"""


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
