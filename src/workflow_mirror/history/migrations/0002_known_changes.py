"""The log of a mirror that exists already, from what it knows: when each export was first seen, and
which workflows are deleted. That an older content came back in between is not known.
"""

from django.db import migrations

FILL = """
WITH versions AS (
    SELECT id, customer_id, workflow_zuora_id, least(first_seen_at, (
        SELECT min(first_seen_at) FROM workflow_exports AS repeats
        WHERE repeats.repeat_of_id = workflow_exports.id
    )) AS since
    FROM workflow_exports WHERE repeat_of_id IS NULL
), contents AS (
    SELECT id, customer_id, workflow_zuora_id, since, lag(id) OVER (
        PARTITION BY customer_id, workflow_zuora_id ORDER BY since, id
    ) AS before_id
    FROM versions
), entries AS (
    SELECT workflows.customer_id, workflows.id AS workflow_id, zuora_id,
        coalesce(since, created_at) AS seen_at,
        CASE WHEN before_id IS NULL THEN 'created' ELSE 'content' END AS kind,
        before_id, contents.id AS after_id
    FROM workflows LEFT JOIN contents ON contents.customer_id = workflows.customer_id
        AND contents.workflow_zuora_id = zuora_id
    UNION ALL
    SELECT customer_id, id, zuora_id, deleted_at, 'deleted', NULL, NULL
    FROM workflows WHERE deleted_at IS NOT NULL
)
INSERT INTO workflow_changes (customer_id, workflow_id, workflow_zuora_id, seen_at, kind,
    export_before_id, export_after_id, fields, changed_by)
SELECT customer_id, workflow_id, zuora_id, seen_at, kind, before_id, after_id, '{}', ''
FROM entries ORDER BY seen_at, workflow_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0001_change_log"),
    ]

    operations = [
        migrations.RunSQL(FILL, reverse_sql="DELETE FROM workflow_changes"),
    ]
