"""Addresses of the search, and of the place in a task to which a reference leads."""

from urllib.parse import urlencode

from django.urls import reverse

from workflow_mirror.references.query import KeyValue, QueryError, parse
from workflow_mirror.references.query.keys import BY_NAME


def search_url(query: str) -> str:
    """`query` is one of the query language, such as `host:erp.example.com`."""
    return f"{reverse('search_page')}?{urlencode({'q': query})}"


def uses_query(kind: str, name: str, **others: str) -> str:
    """Finds all uses of a name; `others` are further keys. "" where no query can have the name."""
    first = KeyValue(BY_NAME["has"], kind) if kind == "secret" else KeyValue(BY_NAME[kind], name)
    terms = [first, *(KeyValue(BY_NAME[key], value) for key, value in others.items())]
    return valid_query(*map(str, terms))


def valid_query(*terms: str) -> str:
    """The query of these terms; "" where it is none, such as one that is too long."""
    query = " ".join(terms)
    try:
        parse(query)
    except QueryError:
        return ""
    return query


def uses_url(kind: str, name: str, **others: str) -> str:
    """As `uses_query`."""
    query = uses_query(kind, name, **others)
    return search_url(query) if query else ""


def place_url(workflow: int, task: int | None, path: str, find: str = "") -> str:
    """The place of a reference, opened on the page of its task, or in the JSON of its workflow.

    `find` is the text to mark there; never that of a secret, which must be in no address.
    """
    page, key, place = ("workflow", workflow, "json") if task is None else ("task", task, "place")
    tab = {"tab": "json"} if task is None else {}
    query = {**tab, "at": path, **({"find": find} if find else {})}
    return f"{reverse(f'admin:workflows_{page}_change', args=(key,))}?{urlencode(query)}#{place}"
