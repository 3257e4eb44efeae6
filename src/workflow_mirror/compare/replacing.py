"""Whether a value becomes another one when some of its texts are replaced. Pure."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from workflow_mirror.compare.rules import REPLACEMENTS, Rule

_MOST_PLACES = 500
"""Occurrences in one text; a text with more differs."""


class _Part(NamedTuple):
    """A piece of a text; `rules` are those that may replace it."""

    text: str
    rules: tuple[Rule, ...]


class Replacing:
    """Each occurrence may be replaced or not: a text may name the source's host and another one.

    Occurrences are whole words: `12` is none in `2012`, `example.com` one in `api.example.com`.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            if rule.kind in REPLACEMENTS:
                self._rules.setdefault(rule.source, []).append(rule)
        longest_first = sorted(self._rules, key=lambda text: (-len(text), text))
        self._pattern = re.compile("|".join(map(_whole, longest_first)))

    def rule_for(self, before: Any, after: Any) -> Rule | None:
        """The first rule that is used; None if the values differ otherwise, or not at all."""
        if not self._rules:
            return None
        used: list[Rule] = []
        return used[0] if self._becomes(before, after, used) and used else None

    def _becomes(self, before: Any, after: Any, used: list[Rule]) -> bool:
        match before, after:
            case bool(), _:
                return before is after
            case str(), str():
                return self._text_becomes(before, after, used)
            case dict(), dict():
                return before.keys() == after.keys() and all(
                    self._becomes(value, after[key], used) for key, value in before.items()
                )
            case list(), list():
                return len(before) == len(after) and all(
                    self._becomes(one, two, used) for one, two in zip(before, after, strict=True)
                )
            case int(), int() if not isinstance(after, bool):
                return self._text_becomes(str(before), str(after), used)
        return bool(before == after)

    def _text_becomes(self, before: str, after: str, used: list[Rule]) -> bool:
        """Follows all ways at once, so that its time does not explode."""
        if before == after:
            return True
        parts = self._parts(before)
        if len(parts) > 2 * _MOST_PLACES:
            return False
        ends: dict[int, Rule | None] = {0: None}  # how much of `after`, and the first rule used
        for part in parts:
            following: dict[int, Rule | None] = {}
            for end, first in ends.items():
                if after.startswith(part.text, end):
                    following.setdefault(end + len(part.text), first)
                for rule in part.rules:
                    if after.startswith(rule.target, end):
                        following.setdefault(end + len(rule.target), first or rule)
            ends = following
        found = ends.get(len(after))
        if found is None:
            return False
        used.append(found)
        return True

    def _parts(self, text: str) -> list[_Part]:
        parts, end = list[_Part](), 0
        for match in self._pattern.finditer(text):
            parts.append(_Part(text[end : match.start()], ()))
            parts.append(_Part(match[0], tuple(self._rules[match[0]])))
            end = match.end()
        return [*parts, _Part(text[end:], ())]


def _whole(text: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", text) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", text) else ""
    return f"{before}{re.escape(text)}{after}"
