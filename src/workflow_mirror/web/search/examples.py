"""Queries to start from, with names of the user's own part of the mirror."""

from django.utils.translation import gettext as _

from workflow_mirror.access.scope import Scope
from workflow_mirror.references.completion import first_values
from workflow_mirror.references.query import KeyValue
from workflow_mirror.references.query.keys import BY_NAME
from workflow_mirror.web.kit.search_links import search_url


def examples(scope: Scope) -> list[dict[str, str]]:
    found = [
        (_("Which workflows mail to this domain?"), _term("email", scope)),
        (_("Where is this host called?"), _term("host", scope)),
        (_("Which tasks use this field?"), _term("field", scope)),
        (_("What calls this workflow?"), _term("workflow", scope)),
        (_("Where does a callout use this constant?"), f"{_term('constant', scope)} type:Callout"),
        (_("Where are passwords and keys?"), "has:secret"),
        (_("A text, without the word draft"), '"renewal notice" -draft'),
    ]
    return [{"title": title, "query": query, "link": search_url(query)} for title, query in found]


def _term(name: str, scope: Scope) -> str:
    """A term with a value that is there, or that of the documentation."""
    key = BY_NAME[name]
    value = next(first_values(name, scope), key.example)
    if name == "email":
        value = "@" + value.rpartition("@")[2]
    return str(KeyValue(key, value))
