"""Proposals while a query is typed: keys, and values that the user's part of the mirror has."""

from collections.abc import Iterable, Iterator

from workflow_mirror.access.customers import search_customers
from workflow_mirror.access.scope import Scope
from workflow_mirror.references.errors import SearchTooSlowError
from workflow_mirror.references.query import KEYS, Key, KeyValue, QueryError, parse
from workflow_mirror.references.query.keys import BY_NAME
from workflow_mirror.references.search.sql import limited
from workflow_mirror.workflows.models import Task
from workflow_mirror.workflows.queries import values_of

MOST = 12
"""Values proposed at once."""
_MOST_MILLISECONDS = 1000
_AFTER_ALL = "\U0010ffff"
# Jumps along an index from one name to the next, however many rows have it. PostgreSQL takes no
# more jumps than the outer LIMIT needs.
_NAMES = """
WITH RECURSIVE names AS (
    (SELECT {column} AS name FROM workflow_references
    WHERE kind = %(kind)s AND {column} ~>=~ %(start)s AND {column} ~<~ %(end)s
    ORDER BY {column} USING ~<~ LIMIT 1)
    UNION ALL
    SELECT (SELECT {column} FROM workflow_references
        WHERE kind = %(kind)s AND {column} ~>~ names.name AND {column} ~<~ %(end)s
        ORDER BY {column} USING ~<~ LIMIT 1)
    FROM names WHERE names.name IS NOT NULL
)
SELECT one.name FROM names CROSS JOIN LATERAL (
    SELECT found.name FROM workflow_references AS found
    WHERE found.kind = %(kind)s AND found.{column} = names.name
    AND (%(customers)s::bigint[] IS NULL OR found.customer_id = ANY(%(customers)s::bigint[]))
    LIMIT 1
) AS one LIMIT %(most)s
"""


def complete(term: str, scope: Scope) -> list[str]:
    """Terms that continue `term`, a part of a query such as `host:erp`, as they are written.

    Keys for a text without a colon, `host:`; otherwise at most `MOST` values.
    """
    sign, text = ("-", term[1:]) if term.startswith("-") else ("", term)
    name, colon, start = text.partition(":")
    if not colon:
        return [f"{sign}{key.name}:" for key in KEYS if key.name.startswith(name.lower())]
    key = BY_NAME.get(name.lower())
    if key is None:
        return []
    found = (_written(key, value) for value in values_for(key, start.lstrip('"“”„'), scope))
    return [sign + written for written in found if written]


def values_for(key: Key, start: str, scope: Scope) -> list[str]:
    """Values that begin with `start`; customers and types that contain it."""
    if key.choices:
        return [value for value in key.choices if value.startswith(start.lower())]
    match key.name:
        case "customer":
            customers = search_customers(scope, start)[:MOST]
            return list(customers.values_list("name", flat=True))
        case "type":
            types = values_of(scope, Task, ["action_type"])["action_type"]
            return [one for one in types if start.lower() in one.lower()][:MOST]
    return list(_names(key, start.lower(), scope))[:MOST]


def _names(key: Key, start: str, scope: Scope) -> Iterable[str]:
    """Names of references. Of fields first the last parts, which find them on any object."""
    names = _by_column(key, "name_lower", start, scope)
    if key.name != "field":
        return names
    last_parts = [name.rpartition(".")[2] for name in _by_column(key, "field_lower", start, scope)]
    return dict.fromkeys([*last_parts[: MOST // 2], *names, *last_parts])


def _by_column(key: Key, column: str, start: str, scope: Scope) -> list[str]:
    """None where it takes too long: few of very many names belong to a limited user."""
    values = {
        "kind": key.name,
        "start": start,
        "end": start + _AFTER_ALL,
        "customers": None if scope.customer_ids is None else list(scope.customer_ids),
        "most": MOST,
    }
    try:
        with limited() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {_MOST_MILLISECONDS}")
            cursor.execute(_NAMES.format(column=column), values)
            return [name for (name,) in cursor.fetchall()]
    except SearchTooSlowError:
        return []


def _written(key: Key, value: str) -> str:
    """The term; empty for a value that no query can have, such as one with many asterisks."""
    term = str(KeyValue(key, value))
    try:
        parse(term)
    except QueryError:
        return ""
    return term


def first_values(name: str, scope: Scope) -> Iterator[str]:
    """Values of a key that are whole names, for examples."""
    return (value for value in values_for(BY_NAME[name], "", scope) if value and "*" not in value)
