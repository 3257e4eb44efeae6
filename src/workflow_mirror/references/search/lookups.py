"""What the values of some terms mean: customers, types of tasks, workflows by their names."""

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope
from workflow_mirror.references.query import KeyValue, Query, Regex, Text, customers_named, names_of
from workflow_mirror.references.search.conditions import Known, needs_names, text_contains
from workflow_mirror.references.search.sql import Sql, all_of, limited
from workflow_mirror.workflows.models import Task
from workflow_mirror.workflows.queries import values_of


def look_up(query: Query, scope: Scope) -> Known:
    return Known(
        customers=_customers(_of_key(query, "customer"), scope),
        types=_types(_of_key(query, "type"), scope),
        named=_named(query, scope) if needs_names(query) else {},
    )


def scope_condition(scope: Scope, customer_ids: list[int] | None = None) -> Sql:
    """Of a row of `workflow_texts AS place`; `customer_ids` narrow the scope further."""
    allowed = [ids for ids in (scope.customer_ids, customer_ids) if ids is not None]
    return all_of(Sql("place.customer_id = ANY(%s::bigint[])", (list(ids),)) for ids in allowed)


def _of_key(query: Query, name: str) -> list[KeyValue]:
    return [term for term in query.terms if isinstance(term, KeyValue) and term.key.name == name]


def _customers(terms: list[KeyValue], scope: Scope) -> dict[str, list[int]]:
    if not terms:
        return {}
    keys = dict(customers_in(scope).values_list("name", "pk"))
    return {
        term.value: [keys[name] for name in customers_named(term.value, keys)] for term in terms
    }


def _types(terms: list[KeyValue], scope: Scope) -> dict[str, list[str]]:
    if not terms:
        return {}
    known = values_of(scope, Task, ["action_type"])["action_type"]
    return {term.value: [name for name in known if names_of(term).matches(name)] for term in terms}


def _named(query: Query, scope: Scope) -> dict[Text | Regex, list[int]]:
    terms = [term for term in query.terms if isinstance(term, Text | Regex)]
    found: dict[Text | Regex, list[int]] = {}
    for term in terms:
        condition = all_of([scope_condition(scope), text_contains(term, "place.name")])
        with limited() as cursor:
            cursor.execute(
                f"SELECT workflow_id FROM workflow_texts AS place WHERE {condition.text}",  # noqa: S608 - made of constants
                condition.values,
            )
            found[term] = [key for (key,) in cursor.fetchall()]
    return found
