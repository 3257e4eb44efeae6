"""A mirror of the size at which the web admin must still be fast, with jobs, schedules and users.

Created in the database with a few statements. `fill` needs an empty, migrated database; to fill
the database set by DATABASE_URL or ZWM_HOME: `uv run python -m benchmarks.web_data`.
"""

import argparse
import sys
from dataclasses import dataclass, fields

from benchmarks import web_jobs_data

# Words that names are made of, so that a search finds many, few or none.
_WORDS = (
    "billing,invoice,payment,dunning,renewal,usage,order,credit,account,subscription,export,import,"
    "report,tax,refund,contract,notice,retry,archive,sync"
)
_ACTION_TYPES = (
    "If,Iterate,Delay,Approval,Execute,Logic::Case,Logic::Lambda,Logic::JSONTransform,"
    "Logic::XMLTransform,Logic::CSVTranslator,Data::Query,Data::Link,Export,Reporting::Run,Query,"
    "Create,Update,Delete,CustomObject::Query,CustomObject::Create,Billing::BillRun,"
    "Billing::Invoice,Payment::Run,Payment::Refund,Cancel,Resume,Suspend,Callout,"
    "AsynchronousCallout,Email,Notifications::Phone,Notifications::Slack,File::Upload,"
    "File::Download,Attachment::Add,UI::Page,UI::Stop,Usage::Upload,WriteOff,GraphQuery"
)
_OBJECTS = (
    "Account,Subscription,Invoice,InvoiceItem,Payment,Refund,CreditMemo,DebitMemo,Order,Contact,"
    "RatePlan,RatePlanCharge,Usage,PaymentMethod,BillingRun,JournalEntry,Product,Amendment"
)
_STATEMENTS = (
    """
    INSERT INTO customers (name, zuora_client_id, zuora_client_secret, zuora_base_url,
        zuora_entity_id, zuora_org_ids, environment, is_active, needs_attention, created_at,
        updated_at)
    SELECT 'Customer ' || lpad(n::text, 4, '0'), 'id-' || n, '', 'https://rest.zuora.com', '', '',
        'production', true, '', now(), now()
    FROM generate_series(1, %(customers)s) AS n
    """,
    """
    INSERT INTO workflows (customer_id, zuora_id, name, description, state, created_on, updated_on,
        version, version_id, draft_version, draft_hash, type, priority, callout_trigger,
        ondemand_trigger, scheduled_trigger, "interval", timezone, list_row, last_synced_at,
        deleted_at, json_export, export_hash,
        export_fingerprint, exported_at, export_error, oddities, created_at, updated_at)
    SELECT customer.id, (1000 + n)::text,
        initcap(word[1 + abs(hashint4(n)) %% 20]) || ' ' || word[1 + abs(hashint4(n + 7)) %% 20]
            || ' ' || n,
        'Runs the ' || word[1 + abs(hashint4(n + 11)) %% 20] || ' of every '
            || word[1 + abs(hashint4(n + 13)) %% 20],
        CASE WHEN n %% 50 = 0 THEN 'Inactive' ELSE 'Active' END,
        now() - n * interval '3 minutes', now() - abs(hashint4(n)) %% 500000 * interval '1 minute',
        '1', n::text, CASE WHEN n %% 13 = 0 THEN '2' ELSE '' END, '', 'Workflow::Setup', 'Medium',
        n %% 7 = 0, n %% 3 = 0, n %% 5 = 0,
        CASE WHEN n %% 5 = 0 THEN (n %% 60) || ' 5 * * *' ELSE '' END, 'Europe/Rome',
        jsonb_build_object('id', n, 'name', 'workflow ' || n, 'status', repeat('row ', 150)),
        now() - (n %% %(customers)s * 17 + n / %(customers)s / 50) * interval '1 second'
            - (n %% 1000 = 0)::int * interval '3 days',
        CASE WHEN n %% 400 = 0 THEN now() END,
        jsonb_build_object('workflow', jsonb_build_object('name', 'workflow ' || n),
            'tasks', '[]'::jsonb, 'linkages', '[]'::jsonb, 'filler', repeat(md5(n::text), 60)),
        md5(n::text), '', now(), CASE WHEN n %% 333 = 0 THEN 'HTTP 500' ELSE '' END, '[]', now(),
        now()
    FROM generate_series(1, %(workflows)s) AS n
    CROSS JOIN (SELECT string_to_array(%(words)s, ',') AS word) AS words
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM customers) AS customer
        ON customer.place = 1 + n %% %(customers)s
    """,
    """
    INSERT INTO tasks (workflow_id, customer_id, zuora_id, name, task_type, action_type, object,
        object_id, call_type, priority, workflow_task_json, created_at, updated_at)
    SELECT workflow.id, workflow.customer_id, (50000 + n)::text,
        CASE WHEN n %% 10 = 0 THEN 'Data Query'
        ELSE word[1 + abs(hashint4(n)) %% 20] || ' ' || word[1 + abs(hashint4(n + 3)) %% 20] || ' '
            || n END,
        split_part(kind, '::', 1), kind,
        CASE WHEN n %% 3 = 0 THEN object[1 + abs(hashint4(n + 5)) %% 18]
        WHEN n %% 4000 = 0 THEN 'Seldom__c' ELSE '' END,
        '', CASE n %% 4 WHEN 0 THEN 'SOAP' WHEN 1 THEN 'REST' ELSE '' END, 'Medium',
        jsonb_build_object('id', n, 'action_type', kind, 'parameters',
            jsonb_build_object('query', 'SELECT Id FROM Account WHERE Number = ' || n)),
        now(), now()
    FROM (
        SELECT n, word, object,
            kinds[least(40, 1 + floor(40 * power(abs(hashint4(n + 9)) %% 1000 / 1000.0, 3))::int)]
                AS kind
        FROM generate_series(1, %(tasks)s) AS n
        CROSS JOIN (SELECT string_to_array(%(words)s, ',') AS word,
            string_to_array(%(kinds)s, ',') AS kinds,
            string_to_array(%(objects)s, ',') AS object) AS words
    ) AS made
    JOIN (SELECT id, customer_id, row_number() OVER (ORDER BY id) AS place FROM workflows)
        AS workflow
        ON workflow.place = 1 + n %% %(workflows)s
    ORDER BY workflow.id, n
    """,
    # Ten a sync; one in three by a person of the customer. The sentences are known already: the
    # first visit alone computes them.
    """
    INSERT INTO workflow_changes (customer_id, workflow_id, workflow_zuora_id, seen_at, kind,
        fields, summary, changed_by, changed_at)
    SELECT workflow.customer_id, workflow.id, workflow.zuora_id,
        now() - n / 10 * interval '5 minutes', kinds[1 + abs(hashint4(n)) %% 11],
        jsonb_build_object('name', jsonb_build_object('before', 'Old ' || n, 'after', 'New ' || n)),
        '[["edited", 2]]',
        CASE WHEN n %% 3 = 0
            THEN 'person-' || n %% 5 || '@' || workflow.customer_id || '.example' ELSE '' END,
        now() - n / 10 * interval '5 minutes'
    FROM generate_series(1, %(changes)s) AS n
    CROSS JOIN (SELECT string_to_array(%(change_kinds)s, ',') AS kinds) AS kinds
    JOIN (SELECT id, customer_id, zuora_id, row_number() OVER (ORDER BY id) AS place
        FROM workflows) AS workflow ON workflow.place = 1 + n %% %(workflows)s
    """,
)
_CHANGE_KINDS = (
    "created,content,renamed,activated,deactivated,settings,draft,deleted,restored,export_failed,"
    "export_recovered"
)


@dataclass(frozen=True)
class Size:
    customers: int = 200
    workflows: int = 100_000
    tasks: int = 1_000_000
    jobs: int = 20_000
    batches: int = 2_000
    schedules: int = 100
    users: int = 500
    changes: int = 200_000


def fill(size: Size) -> None:
    from django.db import connection

    values = vars(size) | {
        "words": _WORDS,
        "kinds": _ACTION_TYPES,
        "objects": _OBJECTS,
        "change_kinds": _CHANGE_KINDS,
    }
    with connection.cursor() as cursor:
        for statement in (*_STATEMENTS, *web_jobs_data.STATEMENTS):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


def main() -> None:
    from workflow_mirror import database

    parser = argparse.ArgumentParser(description=__doc__)
    for field in fields(Size):
        parser.add_argument(f"--{field.name}", type=int, default=field.default)
    size = Size(**vars(parser.parse_args()))
    with database.ready():
        fill(size)
    sys.stderr.write(f"{size}\n")


if __name__ == "__main__":
    main()
