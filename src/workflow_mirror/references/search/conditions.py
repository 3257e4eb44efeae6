"""What a query's terms mean for one place: a task, or a workflow outside of its tasks.

The conditions are about a row of `workflow_texts AS place`. See docs/reference/search.md.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workflow_mirror.references.name_hashes import hashes_of_value, name_hash
from workflow_mirror.references.query import (
    KeyValue,
    Names,
    Query,
    Regex,
    Term,
    Text,
    fold,
    names_of,
)
from workflow_mirror.references.query.folding import is_searchable
from workflow_mirror.references.query.keys import Rule
from workflow_mirror.references.search.sql import NEVER, Sql, all_of, any_of, none_of

type Free = Text | Regex

_CONTIGUOUS = (Rule.HOST, Rule.EMAIL, Rule.PART)
"""Rules for names that stand in the export as they are; others are put together from parts."""
_OF_WORKFLOWS = ("customer", "state")
"""Keys that hold for all places of a workflow."""


@dataclass(frozen=True)
class Known:
    """What the database said about the terms before: see lookups.py.

    `customers` and `types` are what each value of these keys means; `named` are the workflows
    that have the text in their names.
    """

    customers: dict[str, list[int]]
    types: dict[str, list[str]]
    named: dict[Free, list[int]]


def condition_of(query: Query, known: Known) -> Sql:
    """Without the user's scope."""
    keys = query.values
    wanted = [any_of(_of_term(term, known) for term in terms) for terms in keys.values()]
    alone = not place_keys(query) and len(free_terms(query)) == 1
    wanted += [_own(term) if alone else _of_term(term, known) for term in free_terms(query)]
    excluded = [none_of(_of_term(term, known)) for term in query.excluded]
    return all_of([*wanted, *_of_own(query), *excluded, *_deleted(query)])


def free_terms(query: Query) -> tuple[Free, ...]:
    return (*query.texts, *query.regexes)


def needs_names(query: Query) -> bool:
    """Whether a word of a query may be in the name of a task's workflow instead of in the task.

    One word alone must be in the task, otherwise all tasks of the workflow would be hits.
    """
    excluded = any(isinstance(term, Text | Regex) for term in query.excluded)
    return excluded or len(free_terms(query)) + len(place_keys(query)) > 1


def place_keys(query: Query) -> list[str]:
    return [name for name in query.values if name not in _OF_WORKFLOWS]


def reference_condition(term: KeyValue) -> Sql:
    """Of a row of `workflow_references AS found`."""
    if term.key.name == "has":
        return Sql("found.kind = %s", (term.value,))
    names = names_of(term)
    by_name = any_of(
        [
            Sql("found.name_lower = ANY(%s::text[])", (list(names.equal),)),
            *(Sql("found.name_lower LIKE %s", (pattern,)) for pattern in names.like),
        ]
    )
    return all_of([Sql("found.kind = %s", (term.key.name,)), by_name, *_last_part(term)])


def like(folded: str) -> str:
    """A LIKE pattern for a text that contains another one."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", folded) + "%"


def text_contains(term: Free, column: str) -> Sql:
    """PostgreSQL finds the literals of a regular expression by the index of trigrams."""
    if isinstance(term, Text):
        return Sql(f"{column} LIKE %s", (like(fold(term.text)),))
    literals = any_of(Sql(f"{column} LIKE %s", (like(one),)) for one in term.literals)
    return all_of([literals, Sql(f"{column} ~* %s", (term.pattern,))])


def _of_term(term: Term, known: Known) -> Sql:
    if isinstance(term, Text | Regex):
        own = _own(term)
        if not (named := known.named.get(term)):
            return own
        return any_of([own, Sql("place.workflow_id = ANY(%s::bigint[])", (named,))])
    if not isinstance(term, KeyValue):
        raise TypeError(type(term).__name__)
    return _of_key(term, known)


def _own(term: Free) -> Sql:
    return text_contains(term, "place.text")


def _of_key(term: KeyValue, known: Known) -> Sql:
    match term.key.name:
        case "customer":
            return Sql("place.customer_id = ANY(%s::bigint[])", (known.customers[term.value],))
        case "state":
            return _state(term.value)
        case "type":
            return _has_any([name_hash("type", name) for name in known.types[term.value]])
    if (hashes := hashes_of_value(term)) is not None:
        return _has_any(hashes)
    condition = reference_condition(term)
    exists = Sql(
        "EXISTS (SELECT FROM workflow_references AS found"
        " WHERE found.workflow_id = place.workflow_id"
        f" AND coalesce(found.task_id, 0) = coalesce(place.task_id, 0) AND {condition.text})",
        condition.values,
    )
    return all_of([*_text_first(term), exists])


def _has_any(hashes: list[int]) -> Sql:
    return Sql("place.name_hashes && %s::bigint[]", (hashes,))


def _state(state: str) -> Sql:
    if state == "deleted":
        return Sql("place.workflow_id IN (SELECT id FROM workflows WHERE deleted_at IS NOT NULL)")
    return Sql(
        "EXISTS (SELECT FROM workflows WHERE workflows.id = place.workflow_id"
        " AND workflows.deleted_at IS NULL AND lower(workflows.state) = %s)",
        (state,),
    )


def _deleted(query: Query) -> Iterable[Sql]:
    """Deleted workflows are found only by `state:deleted`."""
    if not any(term.value == "deleted" for term in query.values.get("state", ())):
        yield none_of(_state("deleted"))


def _of_own(query: Query) -> Iterable[Sql]:
    """A hit has something of the query itself, not only in its workflow."""
    terms = free_terms(query)
    if place_keys(query) or len(terms) == 1:
        return
    yield any_of(map(_own, terms)) if terms else Sql("place.task_id IS NULL")


def _last_part(term: KeyValue) -> Iterable[Sql]:
    """The index of fields by their last part."""
    last = term.value.strip().lower().rpartition(".")[2]
    if term.key.rule is Rule.FIELD and "*" not in last:
        yield Sql("found.field_lower = %s", (last,))


def _text_first(term: KeyValue) -> Iterable[Sql]:
    """For values that are no whole names: a part of each name is in the text of its place."""
    names = names_of(term)
    apart = r"\*" if term.key.rule in _CONTIGUOUS else r"[*.]"
    parts = [_longest(re.split(apart, fold(name))) for name in _written(names)]
    if all(map(is_searchable, parts)):
        least = {part for part in parts if not any(one in part for one in parts if one != part)}
        yield any_of(Sql("place.text LIKE %s", (like(part),)) for part in sorted(least))


def _written(names: Names) -> Iterable[str]:
    """The names as people write them, with `*`."""
    yield from names.equal
    for pattern in names.like:
        yield re.sub(r"\\(.)|%", lambda found: found[1] or "*", pattern)


def _longest(parts: Iterable[str]) -> str:
    return max(parts, key=len, default="")


__all__ = [
    "NEVER",
    "Known",
    "condition_of",
    "free_terms",
    "like",
    "needs_names",
    "place_keys",
    "reference_condition",
    "text_contains",
]
