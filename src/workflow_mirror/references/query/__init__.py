"""The query language of the search: pure functions, no Django.

    query = parse('field:Region__c type:Callout "exact text" -draft')   # raises QueryError
    query.values["field"]                 # terms of one key, joined by OR; the rest by AND
    names_of(query.values["field"][0])    # names and LIKE patterns for the index
    query.texts, query.regexes, query.excluded
    str(query)                            # parses to the same query

Free text is compared in the form that `fold` gives. See docs/reference/search.md.
"""

from workflow_mirror.references.query.errors import QueryError
from workflow_mirror.references.query.folding import find, fold
from workflow_mirror.references.query.keys import ALL as KEYS
from workflow_mirror.references.query.keys import KINDS, Key
from workflow_mirror.references.query.matching import Names, customers_named, names_of
from workflow_mirror.references.query.parse import parse
from workflow_mirror.references.query.tree import KeyValue, Query, Regex, Term, Text

__all__ = [
    "KEYS",
    "KINDS",
    "Key",
    "KeyValue",
    "Names",
    "Query",
    "QueryError",
    "Regex",
    "Term",
    "Text",
    "customers_named",
    "find",
    "fold",
    "names_of",
    "parse",
]
