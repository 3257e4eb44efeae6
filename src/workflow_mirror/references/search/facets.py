"""How many hits there are by customer and by kind."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope
from workflow_mirror.references.name_hashes import name_hash
from workflow_mirror.references.query import KINDS, Query, fold
from workflow_mirror.references.search.conditions import like, place_keys
from workflow_mirror.references.search.places import Place
from workflow_mirror.references.search.sql import Sql, any_of, limited

_OF_WORDS = """
SELECT kind, count(*)
FROM unnest(%s::bigint[], %s::bigint[]) AS place(workflow_id, task_id)
CROSS JOIN LATERAL (
    SELECT DISTINCT kind FROM workflow_references AS found
    WHERE found.workflow_id = place.workflow_id
    AND coalesce(found.task_id, 0) = place.task_id AND {condition}
) AS of_place
GROUP BY kind
"""
_OF_KINDS = """
SELECT kind, count(*)
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted(workflow_id, task_id)
JOIN workflow_texts AS place ON place.workflow_id = wanted.workflow_id
    AND coalesce(place.task_id, 0) = wanted.task_id
JOIN unnest(%s::text[], %s::bigint[]) AS kinds(kind, hash) ON hash = ANY(place.name_hashes)
GROUP BY kind
"""


def by_customer(scope: Scope, places: list[Place]) -> dict[str, int]:
    """Hits by the name of the customer, most first."""
    counts = Counter(place.customer_id for place in places)
    names = dict(customers_in(scope).filter(pk__in=counts).values_list("pk", "name"))
    return {names[pk]: number for pk, number in counts.most_common() if pk in names}


def by_kind(query: Query, places: list[Place]) -> dict[str, int]:
    """Hits by the kind of what is found. Those of a word count as `text`, and for each kind of
    which a reference there has the word in its name.
    """
    if not places:
        return {}
    # Every hit has what a key asks for.
    counts = {key: len(places) for key in place_keys(query) if key in KINDS}
    kinds = {term.value for term in query.values.get("has", ())}
    if len(kinds) == 1:
        counts |= dict.fromkeys(kinds, len(places))
    elif kinds:
        hashes = [name_hash("has", kind) for kind in kinds]
        counts |= _counted(_OF_KINDS, places, [list(kinds), hashes])
    if query.texts:
        counts = _of_words(query, places) | counts
    if query.texts or query.regexes:
        counts["text"] = len(places)
    counts = counts or dict.fromkeys(place_keys(query), len(places))  # the type, if nothing else
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _of_words(query: Query, places: list[Place]) -> dict[str, int]:
    words = any_of(Sql("found.name_lower LIKE %s", (like(fold(one.text)),)) for one in query.texts)
    return _counted(_OF_WORDS.format(condition=words.text), places, words.values)


def _counted(statement: str, places: list[Place], values: Iterable[Any]) -> dict[str, int]:
    keys = sorted((place.workflow_id, place.task_id or 0) for place in places)  # as in the index
    columns = [workflow for workflow, _ in keys], [task for _, task in keys]
    with limited() as cursor:
        cursor.execute(statement, (*columns, *values))
        return dict(cursor.fetchall())
