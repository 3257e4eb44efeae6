"""How many hits there are by customer and by kind."""

from collections import Counter

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope
from workflow_mirror.references.query import Query, fold
from workflow_mirror.references.search.conditions import like, place_keys
from workflow_mirror.references.search.places import Place
from workflow_mirror.references.search.sql import Sql, any_of, limited

_KINDS = """
SELECT kind, count(*)
FROM unnest(%s::bigint[], %s::bigint[]) AS place(workflow_id, task_id)
CROSS JOIN LATERAL (
    SELECT DISTINCT kind FROM workflow_references AS found
    WHERE found.workflow_id = place.workflow_id
    AND coalesce(found.task_id, 0) = place.task_id AND {condition}
) AS of_place
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
    kinds = {term.value for term in query.values.get("has", ())}
    kinds |= {name for name in place_keys(query) if name != "has"}
    if len(kinds) == 1 and not query.texts:
        return dict.fromkeys(kinds, len(places))
    counts = _of_references(query, kinds, places)
    if query.texts or query.regexes:
        counts["text"] = len(places)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _of_references(query: Query, kinds: set[str], places: list[Place]) -> dict[str, int]:
    words = [Sql("found.name_lower LIKE %s", (like(fold(text.text)),)) for text in query.texts]
    if kinds:
        words.append(Sql("found.kind = ANY(%s::text[])", (sorted(kinds),)))
    if not words:
        return {}
    condition = any_of(words)
    columns = [place.workflow_id for place in places], [place.task_id or 0 for place in places]
    with limited() as cursor:
        cursor.execute(_KINDS.format(condition=condition.text), (*columns, *condition.values))
        return dict(cursor.fetchall())
