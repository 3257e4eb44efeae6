"""The search over the index of references and over the texts of all tasks.

`search(parse(text), scope)` answers a query; see docs/reference/search.md.
"""

from workflow_mirror.references.search.answer import MOST_HITS, Found, Hit, search
from workflow_mirror.references.search.as_json import as_json
from workflow_mirror.references.search.excerpts import Excerpt
from workflow_mirror.references.search.matches import Match
from workflow_mirror.references.search.places import COUNTED

__all__ = [
    "COUNTED",
    "MOST_HITS",
    "Excerpt",
    "Found",
    "Hit",
    "Match",
    "as_json",
    "search",
]
