"""Which versions Zuora's list names and the mirror lacks.

The stored list rows name the ten newest inactive versions of each workflow (API.md section 3). An
inactive version can be edited, so its number and ID do not identify its content: it is missing as
long as its entry's `updatedAt` is later than the last time its export was seen.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from workflow_mirror.customers.models import Customer
from workflow_mirror.history.earlier.notes import ListedVersion, Note, write_notes
from workflow_mirror.zuora.definitions import INACTIVE_VERSIONS, version_number

# A version can only be requested by its number (API.md section 10).
_NUMBER = r"^[0-9]{1,20}(\.[0-9]{1,20}){0,2}$"
# One entry for each number, even if a list names it twice. Versions that need no request are left
# out by the database: in an established mirror these are nearly all of them.
_CANDIDATES = """
WITH listed AS (
    SELECT DISTINCT ON (zuora_id, number) zuora_id, number AS version,
        coalesce(entry ->> 'id', '') AS version_id,
        coalesce(entry ->> 'updatedAt', '') AS updated_at
    FROM workflows, unnest(%(spellings)s::text[]) AS spelling,
        jsonb_path_query(list_row -> spelling, '$[*]') AS entry,
        coalesce(entry ->> 'version', '') AS number
    WHERE customer_id = %(customer)s AND deleted_at IS NULL AND number ~ %(pattern)s
    ORDER BY zuora_id, number, entry ->> 'updatedAt' DESC NULLS LAST, entry ->> 'id'
)
SELECT listed.*, stored.id, stored.last_seen_at
FROM listed LEFT JOIN LATERAL (
    SELECT id, last_seen_at FROM workflow_exports
    WHERE customer_id = %(customer)s AND workflow_zuora_id = listed.zuora_id
        AND zuora_version = listed.version AND zuora_version_id = listed.version_id
    ORDER BY last_seen_at DESC LIMIT 1
) AS stored ON true
WHERE NOT EXISTS (
    SELECT 1 FROM earlier_versions AS known
    WHERE known.customer_id = %(customer)s AND known.workflow_zuora_id = listed.zuora_id
        AND known.version = listed.version AND known.version_id = listed.version_id
        AND known.listed_updated_at = listed.updated_at
)
"""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def find_missing(customer: Customer) -> list[ListedVersion]:
    """The missing versions of all the customer's workflows, newest first.

    Notes those that a sync has stored already, so that no later call has to compare them.
    """
    missing, stored = list[ListedVersion](), list[Note]()
    for *entry, export, last_seen_at in _candidates(customer):
        listed = ListedVersion(*entry)
        if export is None or (listed.updated_on or _LONG_AGO) > last_seen_at:
            missing.append(listed)
        else:
            stored.append(Note(listed, export))
    write_notes(customer, stored)
    return sorted(missing, key=_newness, reverse=True)


def _candidates(customer: Customer) -> list[tuple[str, str, str, str, int | None, datetime]]:
    values: dict[str, Any] = {
        "customer": customer.pk,
        "spellings": list(INACTIVE_VERSIONS),
        "pattern": _NUMBER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, values)
        return list(cursor.fetchall())


def _newness(listed: ListedVersion) -> tuple[datetime, tuple[int, ...]]:
    return listed.updated_on or _LONG_AGO, version_number(listed.version)
