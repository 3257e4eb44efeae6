"""What stands inside of one Liquid tag. Source: Liquid 5, which Zuora uses (API.md section 14).

Read by patterns, not by a Liquid parser: parsing whole templates takes 20 times as long as all
other work on an export. Tests compare the result with a parser's.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from workflow_mirror.references.extract.collector import Names
from workflow_mirror.references.extract.names import named_by
from workflow_mirror.references.extract.reference import Confidence, Found, Kind

type Path = tuple[str, ...]
"""`("Data", "Account", "Name")`, without numbers. It ends where a value is looked up by another."""

LONGEST = 2000
"""Characters of a tag that is read."""
_TOKEN = re.compile(
    r"""
    "(?P<double>[^"]*)" | '(?P<single>[^']*)'
    | \|\s*(?P<filter>\w+)
    | (?P<path>[^\W\d][\w-]*\??
        (?:\s*\.\s*[\w-]+\??|\s*\[(?:"[^"]*"|'[^']*'|[^\[\]"'])*\])*
      )(?P<named>\s*:)?
    | (?P<number>\d[\d.]*)
    | (?P<odd>["'\[])
    """,
    re.VERBOSE,
)
_SEGMENT = re.compile(r"\.\s*([\w-]+)|\[\s*(?:\"([^\"]*)\"|'([^']*)'|(-?\d+)|([^\]]*))\s*\]")
# A place within a list, or a count: no field.
_POSITIONS = frozenset({"first", "last", "size"})
_BY_FIELD = frozenset((
    "compact", "find", "find_index", "group_by", "has", "map", "reject", "sort", "sort_natural",
    "sum", "uniq", "where",
))  # fmt: skip
"""Filters whose first argument names a field of what they filter."""
_RUN_CHECKS = frozenset({"active_run_check_by_definition", "check_parent_workflow_status"})
_WORDS = frozenset((
    "and", "or", "contains", "in", "true", "false", "nil", "null", "blank", "empty", "reversed",
    "with", "as",
))  # fmt: skip
_STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'"})  # noqa: RUF001


class Expression(NamedTuple):
    """`source` is what a filter or a loop works on. `workflow` is named by a check of its runs.

    `found` is what `paths` refer to unless one of their `roots` is an alias. `is_odd`: not all of
    it was understood.
    """

    paths: tuple[Path, ...]
    literals: tuple[str, ...]
    source: Path
    workflow: str
    is_odd: bool
    found: tuple[Found, ...]
    roots: frozenset[str]


def straight_quotes(text: str) -> str:
    return text if text.isascii() else text.translate(_STRAIGHT)


@lru_cache(maxsize=8192)
def read_expression(text: str) -> Expression:
    reading = _Reading(is_odd=len(text) > LONGEST)
    for token in _TOKEN.finditer(straight_quotes(text)[:LONGEST]):
        reading.take(token)
    return reading.result()


class _Reading:
    """Takes the tokens of one expression, in order."""

    def __init__(self, *, is_odd: bool) -> None:
        self._paths: list[Path] = []
        self._literals: list[str] = []
        self._source: Path = ()
        self._first = self._filter = self._workflow = ""
        self._is_odd = is_odd

    def take(self, token: re.Match[str]) -> None:
        kind = token.lastgroup or ""
        if path := token["path"]:
            if not token["named"] and path not in _WORDS:  # else the name of an argument
                self._take_path(path)
        elif kind == "filter":
            self._filter = token[kind]
            if self._filter in _RUN_CHECKS:
                self._workflow = self._workflow or self._first
        elif kind == "number":
            self._first = self._first or token[kind]
        elif kind == "odd":
            self._is_odd = True
        else:
            self._take_literal(token[kind] if kind else "")

    def _take_path(self, text: str) -> None:
        found = _paths(text)
        self._paths += found
        self._source = self._source or found[0]
        self._filter = ""

    def _take_literal(self, value: str) -> None:
        if self._filter in _BY_FIELD and self._source:
            self._paths.append((*self._source, *filter(None, value.split("."))))
        self._literals.append(value)
        self._first, self._filter = self._first or value, ""

    def result(self) -> Expression:
        names = Names()
        sure = Confidence.LIKELY if self._is_odd else Confidence.CERTAIN
        for path in self._paths:
            for found in named_by(path, sure):
                names.add(*found)
        if self._workflow:
            names.add(Kind.WORKFLOW, self._workflow, sure)
        return Expression(
            tuple(self._paths),
            tuple(self._literals),
            self._source,
            self._workflow,
            self._is_odd,
            names.found(),
            frozenset(path[0] for path in self._paths),
        )


def _paths(text: str) -> list[Path]:
    """The path that a text names, and those by which it looks something up."""
    root = re.match(r"[\w-]+", text)
    segments = [root[0] if root else ""]
    others: list[Path] = []
    is_whole = True
    for match in _SEGMENT.finditer(text):
        name = match[1] or match[2] or match[3]
        if match[5]:
            others += read_expression(match[5]).paths
            is_whole = False
        elif name and name not in _POSITIONS and is_whole:
            segments.append(name)
    return [tuple(segments), *others]
