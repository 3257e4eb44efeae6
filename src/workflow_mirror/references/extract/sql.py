"""SQL and ZOQL: tables, and columns with the table behind their alias.

`sqlglot` reads both in the dialect of Trino, which Zuora's data queries use (API.md section 14).
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from workflow_mirror.references.extract.collector import Names
from workflow_mirror.references.extract.expressions import straight_quotes
from workflow_mirror.references.extract.marks import is_marked
from workflow_mirror.references.extract.reference import Confidence, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot.optimizer.scope import Scope

LONGEST = 10_000
"""Characters of a text that is parsed, without its literals; some 35 ms."""
DEEPEST = 40
"""Levels of brackets of a text that is parsed."""
_FRAGMENT_KEYS = frozenset({"where_clause", "whereclause", "filter_clause"})
_IS_STATEMENT = re.compile(r"\s*(?:select|with)\s", re.IGNORECASE)
_OWN = "zwm_own_object"
_LITERAL = re.compile(r"'((?:[^']|'')*+)'|--([^\n]*+)|/\*(.*?)\*/", re.DOTALL)
_QUOTED = re.compile(r'"([^"]*+)"')
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")
_BRACKETS = re.compile(r"[()\[\]]|\bcase\b|\bend\b", re.IGNORECASE)


class Columns(NamedTuple):
    """`columns` are pairs: the table or object, "" where it is unknown, and the name."""

    tables: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


def is_sql(key: str, text: str) -> bool:
    return key.lower() in _FRAGMENT_KEYS or bool(_IS_STATEMENT.match(text))


def extract_sql(out: Names, text: str, own_object: str) -> str | None:
    """What is left to be read of it: literals and comments; None where it cannot be parsed.

    `own_object` is that of the task, to which a fragment's fields belong; "" where it has none.
    """
    is_fragment = not _IS_STATEMENT.match(text)
    code, literals = _without_literals(straight_quotes(text), zoql=is_fragment)
    if not code.strip():
        return "\n".join(literals)
    if len(code) > LONGEST or _depth(code) > DEEPEST:
        return None
    names = _names(code, is_fragment=is_fragment)
    if names is None:
        return None
    for table in names.tables:
        if table != _OWN:
            out.add(Kind.OBJECT, table, Confidence.CERTAIN)
    for table, column in names.columns:
        _add_column(out, own_object if table == _OWN else table, column)
    return "\n".join(literals)


def _add_column(out: Names, table: str, column: str) -> None:
    if table:
        out.add(Kind.FIELD, f"{table}.{column}", Confidence.CERTAIN)
    else:
        out.add(Kind.FIELD, column, Confidence.LIKELY)


def _without_literals(text: str, *, zoql: bool) -> tuple[str, list[str]]:
    """Texts that differ in their literals only are parsed once. ZOQL has literals in "" too."""
    literals = list[str]()

    def take(match: re.Match[str]) -> str:
        literals.append(next(filter(None, match.groups()), ""))
        return " " if match[0][0] in "-/" else "''"

    text = _LITERAL.sub(take, text)
    if zoql:
        text = _QUOTED.sub(take, text)
    return _NUMBER.sub("0", text), literals


def _depth(code: str) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(code):
        depth += 1 if match[0].lower() in {"(", "[", "case"} else -1
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=1024)
def _names(code: str, *, is_fragment: bool) -> Columns | None:
    from sqlglot import parse_one  # noqa: PLC0415 - takes 0.4 s and 30 MB
    from sqlglot.optimizer.scope import traverse_scope  # noqa: PLC0415

    if is_fragment:
        clause = re.sub(r"\A\s*where\b", "", code, flags=re.IGNORECASE)
        code = f"SELECT 1 FROM {_OWN} WHERE {clause}"  # noqa: S608 - it is only parsed
    try:
        scopes = traverse_scope(parse_one(code, dialect="trino"))
    except Exception:  # noqa: BLE001 - a bug of the parser must not end a sync; counted as unparsed
        return None
    return _names_in(scopes) if scopes else None


def _names_in(scopes: "list[Scope]") -> Columns:
    from sqlglot import exp  # noqa: PLC0415

    sources = {
        alias.lower(): source.name if isinstance(source, exp.Table) else None
        for scope in scopes
        for alias, source in scope.sources.items()
    }
    tables = dict.fromkeys(name for name in sources.values() if name and not is_marked(name))
    columns = dict.fromkeys(pair for scope in scopes for pair in _columns(scope, sources))
    return Columns(tuple(tables), tuple(columns))


def _columns(scope: "Scope", sources: dict[str, str | None]) -> "Iterator[tuple[str, str]]":
    own = [sources[alias.lower()] for alias in scope.sources]
    for column in scope.columns:
        *qualifiers, name = [part.name for part in column.parts]
        if is_marked(name) or any(map(is_marked, qualifiers)):
            continue
        if not qualifiers:
            tables = [table for table in own if table]
            if len(own) == 1 and tables:
                yield tables[0], name
            elif tables:
                yield "", name
        elif qualifiers[0].lower() not in sources:
            yield ".".join(qualifiers), name  # ZOQL: the object itself
        elif table := sources[qualifiers[0].lower()]:
            yield ".".join([table, *qualifiers[1:]]), name
