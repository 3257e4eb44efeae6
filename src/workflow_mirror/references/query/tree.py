"""A parsed query. `str` of each part is text that parses to an equal part."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from workflow_mirror.references.query.keys import Key

# Anything else is written in quotes.
_BARE_TEXT = re.compile(r"[\w.@*][\w.@*-]*")
_BARE_VALUE = re.compile(r"[\w.@*/][\w.@*/:-]*")


@dataclass(frozen=True)
class Term:
    """`column` is its place in the query, from 1; equality does not depend on it."""

    excluded: bool = field(default=False, kw_only=True)
    column: int = field(default=1, kw_only=True, compare=False)

    def __str__(self) -> str:
        return "-" * self.excluded + self._as_written()

    def _as_written(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Term):
    """A word or an exact phrase: found as a substring of the folded text (see folding.py)."""

    text: str

    __str__ = Term.__str__

    def _as_written(self) -> str:
        return _quoted(self.text, _BARE_TEXT)


@dataclass(frozen=True)
class Regex(Term):
    """`pattern` is for `~*` on folded text; Python's re reads it the same (IGNORECASE). It matches
    no line feed, which stands between the strings of a text.

    A text that matches contains one of `literals`, which are folded. `source` is as the user wrote
    it between the slashes.
    """

    source: str
    pattern: str
    literals: tuple[str, ...]

    __str__ = Term.__str__

    def _as_written(self) -> str:
        return f"/{self.source}/"


@dataclass(frozen=True)
class KeyValue(Term):
    """`key:value`; see matching.py."""

    key: Key
    value: str

    __str__ = Term.__str__

    def _as_written(self) -> str:
        return f"{self.key.name}:{_quoted(self.value, _BARE_VALUE)}"


@dataclass(frozen=True)
class Query:
    """What is found matches every text, every regex, for each key one of its values, and none of
    the excluded terms.
    """

    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))

    @property
    def texts(self) -> tuple[Text, ...]:
        return tuple(term for term in self._wanted() if isinstance(term, Text))

    @property
    def regexes(self) -> tuple[Regex, ...]:
        return tuple(term for term in self._wanted() if isinstance(term, Regex))

    @property
    def values(self) -> dict[str, tuple[KeyValue, ...]]:
        """The terms of each key that occurs, by the key's name."""
        found: dict[str, tuple[KeyValue, ...]] = {}
        for term in self._wanted():
            if isinstance(term, KeyValue):
                found[term.key.name] = (*found.get(term.key.name, ()), term)
        return found

    @property
    def excluded(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.excluded)

    def _wanted(self) -> Iterator[Term]:
        return (term for term in self.terms if not term.excluded)


def _quoted(text: str, bare: re.Pattern[str]) -> str:
    if bare.fullmatch(text):
        return text
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'
