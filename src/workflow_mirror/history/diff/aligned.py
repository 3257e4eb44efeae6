"""Two texts side by side: which lines stand beside each other, and which of their words differ."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from workflow_mirror.history.diff.lines import Block

_WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)
_MOST_WORDS = 600
"""Of a line; longer lines differ as a whole."""
_LEAST_ALIKE = 0.4
"""Share of equal words below which two lines have nothing to do with each other."""


class NumberedLine(NamedTuple):
    number: int
    text: str


class Part(NamedTuple):
    text: str
    differs: bool


type Pair = tuple[NumberedLine | None, NumberedLine | None]
"""A line of the text before and the line of the text after that stands beside it."""
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


def words_between(before: str, after: str) -> tuple[Parts, Parts]:
    """Both lines in parts; together, the parts of a side are its line."""
    ours, theirs = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(ours), len(theirs)) > _MOST_WORDS:
        return _whole(before), _whole(after)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.ratio() < _LEAST_ALIKE:
        return _whole(before), _whole(after)
    codes = matcher.get_opcodes()
    return (
        [Part("".join(ours[i:j]), tag != "equal") for tag, i, j, _, _ in codes if j > i],
        [Part("".join(theirs[k:m]), tag != "equal") for tag, _, _, k, m in codes if m > k],
    )


def _whole(line: str) -> Parts:
    return [Part(line, differs=False)] if line else []
