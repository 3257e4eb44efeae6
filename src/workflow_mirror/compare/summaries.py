"""How many workflows of two customers differ: cached, and checked against a fingerprint."""

import hashlib
from collections.abc import Iterable
from contextlib import suppress

from django.db import DatabaseError, connection, transaction

from workflow_mirror.access.scope import Scope
from workflow_mirror.compare.cache import code_hash
from workflow_mirror.compare.customers import Agreed, CustomerKeys, agreed_of, workflows_of
from workflow_mirror.compare.models import ComparedCustomers
from workflow_mirror.compare.result import summary
from workflow_mirror.compare.rules import hash_of_rules
from workflow_mirror.compare.service import (
    SLICE_SECONDS,
    SMALL_BYTES,
    Comparison,
    compare_missing,
    from_workflows,
)
from workflow_mirror.exact_json import dump

type Counts = dict[str, int]
"""By status."""

_FINGERPRINTS = """
SELECT customer_id, encode(sha256(string_agg(
    sha256(convert_to(zuora_id, 'UTF8')) || sha256(convert_to(name, 'UTF8'))
        || sha256(convert_to(export_hash, 'UTF8')), ''::bytea ORDER BY id)), 'hex')
FROM workflows WHERE customer_id = ANY(%s) AND deleted_at IS NULL GROUP BY customer_id
"""
_EMPTY = hashlib.sha256().hexdigest()


def store_summary(found: Comparison) -> Counts | None:
    """The counts, stored unless a pair is not compared yet; then None."""
    if found.missing():
        return None
    counts = summary(found.rows(found.first))
    fingerprint = _fingerprint(_of_sides(found), found.agreed)
    # Without the right to write, as in a standby, the next request computes it again.
    with suppress(DatabaseError), transaction.atomic():
        ComparedCustomers.objects.update_or_create(
            first_id=found.first,
            second_id=found.second,
            defaults={"fingerprint": fingerprint, "counts": counts},
        )
    return counts


def known_counts(
    scope: Scope, pairs: set[tuple[int, int]]
) -> dict[tuple[int, int], dict[str, int]]:
    """The cached counts that are still true."""
    if not pairs:
        return {}
    agreed = agreed_of(scope, pairs)
    sides = _fingerprints({customer for pair in pairs for customer in pair})
    stored = ComparedCustomers.objects.filter(
        first__in={one for one, _ in pairs}, second__in={two for _, two in pairs}
    )
    known = {(row.first_id, row.second_id): row for row in stored}
    return {
        pair: row.counts
        for pair in pairs
        if (row := known.get(pair)) and row.fingerprint == _now(pair, sides, agreed[pair])
    }


def _now(pair: CustomerKeys, sides: dict[int, str], agreed: Agreed) -> str:
    return _fingerprint([sides.get(customer, _EMPTY) for customer in pair], agreed)


def computed_counts(scope: Scope, pair: CustomerKeys) -> Counts | None:
    """None if it takes longer than a moment."""
    agreed = agreed_of(scope, [pair])[pair]
    found = from_workflows(pair, workflows_of(scope, pair), agreed)
    compare_missing(scope, found, seconds=SLICE_SECONDS / 2, largest=SMALL_BYTES)
    return store_summary(found)


def _fingerprints(customers: Iterable[int]) -> dict[int, str]:
    """Of all that a summary depends on in one customer's workflows."""
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINTS, [sorted(customers)])
        return dict(cursor.fetchall())


def _of_sides(found: Comparison) -> list[str]:
    """As `_fingerprints`, but of the workflows that were compared."""
    sides = [
        [one.source for one in found.pairs if one.source],
        [one.target for one in found.pairs if one.target],
    ]
    digests = []
    for side in sides:
        digest = hashlib.sha256()
        for workflow in sorted(side, key=lambda one: one.id):
            for text in (workflow.zuora_id, workflow.name, workflow.hash):
                digest.update(hashlib.sha256(text.encode()).digest())
        digests.append(digest.hexdigest())
    return digests


def _fingerprint(sides: list[str], agreed: Agreed) -> str:
    links = sorted(map(list, agreed.links))
    parts = [*sides, hash_of_rules(agreed.rules), links, code_hash()]
    return hashlib.sha256(dump(parts)).hexdigest()
