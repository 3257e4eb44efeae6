"""Two texts side by side: which lines are opposite each other, and which of their words differ."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from workflow_mirror.history.diff.lines import Block

_WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)
_MOST_STEPS = 40_000
"""Pairs of words to look at; more words between a common beginning and end differ as a whole."""
_LEAST_ALIKE = 0.4
"""Share of equal words below which two lines have nothing to do with each other."""


class NumberedLine(NamedTuple):
    number: int
    text: str


class Part(NamedTuple):
    text: str
    differs: bool


type Pair = tuple[NumberedLine | None, NumberedLine | None]
"""A line of the text before and the line of the text after that is opposite it."""
type Parts = list[Part]


class Chunk(NamedTuple):
    """Pairs that follow each other: all of them alike, or none."""

    alike: bool
    pairs: list[Pair]


def aligned(blocks: list[Block]) -> Iterator[Chunk]:
    before = after = 1
    for block in blocks:
        ours = [NumberedLine(before + place, text) for place, text in enumerate(block.before)]
        theirs = [NumberedLine(after + place, text) for place, text in enumerate(block.after)]
        yield Chunk(block.alike, list(zip_longest(ours, theirs)))
        before += len(ours)
        after += len(theirs)


class Words(NamedTuple):
    """Two lines in parts; together, the parts of a side are its line.

    `steps` is how much work it was.
    """

    before: Parts
    after: Parts
    steps: int = 0


def words_between(before: str, after: str, most_steps: int = _MOST_STEPS) -> Words:
    ours, theirs = _WORDS.findall(before), _WORDS.findall(after)
    start = _alike(ours, theirs)
    end = _alike(ours[start:][::-1], theirs[start:][::-1])
    middles = ours[start : len(ours) - end], theirs[start : len(theirs) - end]
    steps = len(middles[0]) * len(middles[1])
    if steps > min(most_steps, _MOST_STEPS):
        inner, steps = [(False, middles[0], middles[1])], 0
    else:
        inner = list(_compared(*middles))
    tail = ours[len(ours) - end :]
    found = [(True, ours[:start], ours[:start]), *inner, (True, tail, tail)]
    alike = sum(len(one) for is_alike, one, _ in found if is_alike)
    if 2 * alike < _LEAST_ALIKE * (len(ours) + len(theirs)):
        return Words(unmarked(before), unmarked(after), steps)
    return Words(
        [Part("".join(one), not is_alike) for is_alike, one, _ in found if one],
        [Part("".join(two), not is_alike) for is_alike, _, two in found if two],
        steps,
    )


def unmarked(line: str) -> Parts:
    return [Part(line, differs=False)] if line else []


def _alike(ours: list[str], theirs: list[str]) -> int:
    """How many words at the beginning are the same."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next((at for at, (one, two) in pairs if one != two), min(len(ours), len(theirs)))


def _compared(ours: list[str], theirs: list[str]) -> Iterator[tuple[bool, list[str], list[str]]]:
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        yield tag == "equal", ours[i:j], theirs[k:m]
