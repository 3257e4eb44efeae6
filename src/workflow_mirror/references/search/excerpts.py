"""The line of a text in which something is found, and the characters around it."""

from dataclasses import dataclass

from workflow_mirror.references.extract.marks import HIDDEN
from workflow_mirror.references.query import find, fold
from workflow_mirror.workflows.secrets import MASK

LONGEST = 160
_BEFORE = 60
_WINDOW = 4096
"""Characters that are folded one by one to find a place; what is longer is not marked."""


@dataclass(frozen=True)
class Excerpt:
    """`text` has no secrets; `start` and `end` mark what was found in it, equal where nothing is.

    `line` counts from 1.
    """

    text: str
    line: int
    start: int
    end: int


def excerpt_of(text: str, *needles: str) -> Excerpt:
    """Around the first needle, folded, that the text has, or its beginning. The text has a mark
    for each secret.
    """
    places = (place for needle in needles if (place := locate(text, needle)))
    start, end = next(places, (0, 0))
    return _cut(text, start, end)


def secret_excerpt(text: str) -> Excerpt:
    place = text.find(HIDDEN)
    return _cut(text, place, place + 1) if place >= 0 else Excerpt(MASK, 1, 0, len(MASK))


def locate(text: str, needle: str) -> tuple[int, int] | None:
    """As `find`, in bounded time: the text may be long."""
    for start in range(0, len(text), _WINDOW):
        part = text[start : start + 2 * _WINDOW]
        if needle in fold(part) and (place := find(part, needle)):
            return start + place[0], start + place[1]
    return None


def _cut(text: str, start: int, end: int) -> Excerpt:
    """A match over several lines is shown as one line."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    begin = max(first, start - _BEFORE)
    stop = min(last, max(end, begin + LONGEST), start + LONGEST)
    before = ("…" if begin > first else "") + _shown(text[begin:start]).lstrip()
    found = _shown(text[start : min(end, stop)])
    after = _shown(text[min(end, stop) : stop]).rstrip() + ("…" if stop < last else "")
    line = text.count("\n", 0, start) + 1
    return Excerpt(before + found + after, line, len(before), len(before) + len(found))


def _shown(text: str) -> str:
    return text.replace(HIDDEN, MASK).replace("\r", "").replace("\n", " ")
