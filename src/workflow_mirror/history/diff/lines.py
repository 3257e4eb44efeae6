"""Long texts, compared line by line."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

import simplejson

from workflow_mirror.history.diff.result import Field

CONTEXT = 3
"""Lines shown around a change."""
_MOST_LINES = 4000
"""Of the part that differs; above that it is told as one block."""

type Sign = Literal[" ", "-", "+"]


class Line(NamedTuple):
    sign: Sign
    text: str


type Hunk = list[Line]
"""Lines that follow each other, with some that are the same on both sides around them."""


def is_long(field: Field) -> bool:
    """Whether a field is told line by line."""
    texts = (field.before, field.after)
    return field.keys is not None and any("\n" in text for text in _laid_out(*texts))


class Block(NamedTuple):
    """Lines that follow each other on both sides; alike or not."""

    alike: bool
    before: list[str]
    after: list[str]


def blocks(field: Field) -> list[Block]:
    """Of two texts. Lines are alike that differ only in the ids of the same tasks."""
    if field.keys is None:
        return []
    before, after = (text.split("\n") for text in _laid_out(field.before, field.after))
    keys = [text.split("\n") for text in _laid_out(*field.keys)]
    if [len(before), len(after)] != [*map(len, keys)]:  # a secret of several lines is one line
        keys = [before, after]
    return [
        Block(alike, before[one.start : one.stop], after[two.start : two.stop])
        for alike, one, two in _ranges(*keys)
    ]


def hunks(field: Field, context: int = CONTEXT) -> list[Hunk]:
    """What differs between two texts, as a report tells it."""
    return list(_with_context(blocks(field), context))


def _laid_out(before: str, after: str) -> tuple[str, str]:
    """JSON in one line is set line by line, where both texts are JSON."""
    if "\n" in before and "\n" in after:
        return before, after
    try:
        return _laid_out_json(before), _laid_out_json(after)
    except (ValueError, RecursionError):
        return before, after


def _laid_out_json(text: str) -> str:
    if not text.startswith(("{", "[")):
        raise ValueError
    return simplejson.dumps(
        simplejson.loads(text, use_decimal=True), indent=2, ensure_ascii=False, use_decimal=True
    )


def _ranges(before: list[str], after: list[str]) -> list[tuple[bool, range, range]]:
    """The same for both orders of the texts, which difflib alone does not promise."""
    if before > after:
        return [(alike, two, one) for alike, one, two in _ranges(after, before)]
    if len(before) > _MOST_LINES and len(after) > _MOST_LINES:
        return [(False, range(len(before)), range(len(after)))]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [(tag == "equal", range(i, j), range(k, m)) for tag, i, j, k, m in matcher.get_opcodes()]


def _with_context(found: list[Block], context: int) -> Iterator[Hunk]:
    hunk: Hunk = []
    for place, block in enumerate(found):
        if not block.alike:
            hunk += [Line("-", text) for text in block.before]
            hunk += [Line("+", text) for text in block.after]
            continue
        lines = [Line(" ", text) for text in block.after]
        head = lines[:context] if place else []
        is_last = place == len(found) - 1
        tail = [] if is_last else lines[max(0, len(lines) - context) :]
        if place and not is_last and len(lines) <= 2 * context:
            hunk += lines
        else:
            if hunk:
                yield hunk + head
            hunk = tail
    if any(line.sign != " " for line in hunk):
        yield hunk
