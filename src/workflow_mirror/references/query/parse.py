"""Reads a query: words, "phrases", key:value and /regexes/, each excluded by a minus sign."""

import re
import unicodedata
from collections.abc import Iterator

from workflow_mirror.references.query.errors import (
    EmptyQueryError,
    InvalidCharacterError,
    MissingValueError,
    NothingExcludedError,
    OnlyExclusionsError,
    QueryTooLongError,
    TextAfterQuoteError,
    TextAfterRegexError,
    TooManyAsterisksError,
    TooManyTermsError,
    TooShortError,
    UnclosedQuoteError,
    UnclosedRegexError,
    UnknownKeyError,
    UnknownValueError,
)
from workflow_mirror.references.query.folding import MIN_LENGTH, fold, is_searchable
from workflow_mirror.references.query.keys import BY_NAME, Key, Rule
from workflow_mirror.references.query.regex import checked_regex
from workflow_mirror.references.query.tree import KeyValue, Query, Term, Text

MAX_LENGTH = 2000
MAX_TERMS = 30
"""Each term is a condition of the SQL statement."""
MAX_ASTERISKS = 4
"""LIKE tries every combination of places for them."""

_LINE_BREAKS = "\t\n\r"
_INVISIBLE = ("Cc", "Cf", "Cs")
# Office programs and phones write curly quotes.
_QUOTED = {
    '"': re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL),
    **dict.fromkeys("“”„", re.compile(r"[“”„]((?:\\.|[^“”\\])*)[“”]", re.DOTALL)),
}
_ESCAPED = re.compile(r'\\(["“”\\])')
_REGEX = re.compile(r"/((?:\\.|[^/\\])*)/", re.DOTALL)
_KEY = re.compile(r"([A-Za-z]+):(?!//|:)")  # not https://..., not Execute::WorkflowTask
_BARE = re.compile(r"\S+")
_SPACES = re.compile(r"\s*")


def parse(text: str) -> Query:
    """Raises QueryError, with the column of the error."""
    if len(text) > MAX_LENGTH:
        raise QueryTooLongError(column=MAX_LENGTH + 1, number=MAX_LENGTH)
    for column, character in enumerate(text, start=1):
        if unicodedata.category(character) in _INVISIBLE and character not in _LINE_BREAKS:
            raise InvalidCharacterError(column=column, character=f"U+{ord(character):04X}")
    terms = tuple(_Reader(text).terms())
    if not terms:
        raise EmptyQueryError(column=1)
    if all(term.excluded for term in terms):
        raise OnlyExclusionsError(column=terms[0].column)
    return Query(terms)


class _Reader:
    """`_place` is the next character, from 0; columns count from 1."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def terms(self) -> Iterator[Term]:
        for number in range(MAX_TERMS + 1):
            self._take(_SPACES)
            if self._place == len(self._text):
                return
            if number == MAX_TERMS:
                raise TooManyTermsError(column=self._place + 1, number=MAX_TERMS)
            yield self._term()

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        """What the pattern matches here, and go on after it; None where it does not match."""
        found = pattern.match(self._text, self._place)
        if found is None:
            return None
        self._place = found.end()
        return found[found.lastindex or 0]

    def _next(self) -> str:
        """The next character; a blank at the end."""
        return self._text[self._place : self._place + 1] or " "

    def _term(self) -> Term:
        column = self._place + 1
        excluded = self._next() == "-"
        if excluded:
            self._place += 1
            if self._next().isspace():
                raise NothingExcludedError(column=column)
        start = self._place + 1
        if self._next() == "/":
            return checked_regex(self._regex(), start, excluded=excluded)
        if (name := self._take(_KEY)) is not None:
            return self._key_value(name, start, excluded=excluded)
        return Text(_searchable(self._value(), start), column=start, excluded=excluded)

    def _key_value(self, name: str, column: int, *, excluded: bool) -> KeyValue:
        key = BY_NAME.get(name.lower())
        if key is None:
            raise UnknownKeyError(column=column, key=name, keys=", ".join(BY_NAME))
        start = self._place + 1
        value = "" if self._next().isspace() else self._value()
        if not value.strip():
            raise MissingValueError(
                column=column, key=key.name, example=f"{key.name}:{key.example}"
            )
        return KeyValue(key, _checked(key, value, start), column=column, excluded=excluded)

    def _value(self) -> str:
        """A word, or a text in quotes."""
        start = self._place + 1
        quoted = _QUOTED.get(self._next())
        if quoted is None:
            return self._take(_BARE) or ""
        value = self._take(quoted)
        if value is None:
            raise UnclosedQuoteError(column=start)
        if not self._next().isspace():
            raise TextAfterQuoteError(column=self._place)
        return _ESCAPED.sub(r"\1", value)

    def _regex(self) -> str:
        """Between the slashes, as written."""
        start = self._place + 1
        source = self._take(_REGEX)
        if source is None:
            raise UnclosedRegexError(column=start)
        if not self._next().isspace():
            raise TextAfterRegexError(column=self._place)
        return source


def _checked(key: Key, value: str, column: int) -> str:
    if key.rule is Rule.CHOICE:
        if value.lower() not in key.choices:
            choices = ", ".join(key.choices)
            raise UnknownValueError(column=column, key=key.name, value=value, choices=choices)
        return value.lower()
    if value.count("*") > MAX_ASTERISKS:
        raise TooManyAsterisksError(column=column, number=MAX_ASTERISKS)
    if key.rule is Rule.PART or "*" in value:
        _searchable(value, column)
    return value


def _searchable(text: str, column: int) -> str:
    """The text itself. An index of trigrams cannot find a shorter one."""
    if not is_searchable(fold(text)):
        raise TooShortError(column=column, text=text, number=MIN_LENGTH)
    return text
