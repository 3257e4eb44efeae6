"""Queries that find a part of what another query finds."""

from workflow_mirror.references.query import Query, fold
from workflow_mirror.web.kit.search_links import valid_query


def by_customer(query: Query, customer: str) -> str:
    """The query for one customer; empty if it cannot be written."""
    return _with(query, ["customer"], [f"customer:{_quoted(customer)}"])


def by_kind(query: Query, kind: str) -> str:
    """The query for hits of one kind, as the search counts them; empty if all hits are of it."""
    has = [term.value for term in query.values.get("has", ())]
    if kind in has:
        return _with(query, ["has"], [f"has:{kind}"]) if len(has) > 1 else ""
    texts = [fold(text.text) for text in query.texts]
    if kind in query.values or not texts or any("*" in text for text in texts):
        return ""
    return _with(query, [], [f"{kind}:{_quoted(f'*{text}*')}" for text in texts])


def of_deleted(query: Query) -> str:
    """The query for workflows that are deleted in Zuora."""
    return _with(query, ["state"], ["state:deleted"])


def _with(query: Query, without: list[str], terms: list[str]) -> str:
    """`without` names keys whose terms are left out; excluded terms stay."""
    left_out = {id(term) for name in without for term in query.values.get(name, ())}
    kept = [str(term) for term in query.terms if id(term) not in left_out]
    return valid_query(*kept, *terms)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'
