"""Texts that differ in form alone: white space of SQL and ZOQL, layout and key order of JSON."""

import re
from typing import Any

from workflow_mirror.exact_json import dump, loads

_SQL_KEYS = frozenset({"where_clause", "query", "sql", "zoql"})
# Strings, quoted names and comments are one piece each; a comment to the end of the line keeps it.
_PIECES = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*\n?|/\*.*?\*/|\s+|\w+|.", re.DOTALL
)
_NEEDS_NO_SPACE = frozenset("(),;")


def is_format_only(one: str, two: str, key: str) -> bool:
    """`key` is that of the parameter that holds the texts."""
    if _json(one) is not None and _json(one) == _json(two):
        return True
    return key in _SQL_KEYS and _without_space(one) == _without_space(two)


def _json(text: str) -> bytes | None:
    """Of an object or array, its one form."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        value: Any = loads(text)
    except (ValueError, RecursionError):
        return None
    return dump(value)


def _without_space(text: str) -> list[str]:
    """The pieces of SQL; a space is kept between two words and between two operators."""
    pieces: list[str] = []
    for piece in _PIECES.findall(text.strip()):
        if not piece.isspace():
            pieces.append(piece)
        elif pieces[-1:] != [" "]:
            pieces.append(" ")
    return [
        piece
        for place, piece in enumerate(pieces)
        if piece != " " or _is_needed(pieces[place - 1], *pieces[place + 1 : place + 2])
    ]


def _is_needed(left: str, right: str = "") -> bool:
    if left in _NEEDS_NO_SPACE or right in _NEEDS_NO_SPACE:
        return False
    return _is_word(left) == _is_word(right)


def _is_word(piece: str) -> bool:
    return bool(re.match(r"[\w'\"]", piece))
