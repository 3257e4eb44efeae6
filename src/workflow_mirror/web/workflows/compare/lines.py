"""The two values of a changed field as lines side by side, in HTML of a bounded size.

Everything comes from Zuora and is escaped. Characters that would reorder or hide a text are shown
by their code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import simplejson
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from workflow_mirror.history.diff import Field
from workflow_mirror.history.diff.aligned import (
    Chunk,
    NumberedLine,
    Pair,
    Part,
    Parts,
    aligned,
    unmarked,
    words_between,
)
from workflow_mirror.history.diff.lines import CONTEXT, Block, blocks

MOST_LINES = 400
"""Of one field, not counting what is folded."""
MOST_FOLDED = 400
"""Of one fold."""
LONGEST_LINE = 2000
AROUND = 200
"""Characters next to what differs in a longer line."""
SHORTEST_FOLD = 3
# Control characters, and those that change the direction of a text or take no place.
_HIDDEN = re.compile(
    "[\0-\b\v-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)

type Side = Literal["before", "after"]


@dataclass(frozen=True)
class Piece:
    """Lines that follow each other; `lines` is their number, of which `rows` may be the first."""

    rows: list[SafeString]
    lines: int
    is_folded: bool = False

    @property
    def is_cut(self) -> bool:
        return len(self.rows) < self.lines


class Budget:
    """What is left of the lines that a page may have, and of the work to compare their words."""

    def __init__(self, lines: int, steps: int) -> None:
        self._lines, self._steps = lines, steps

    def take(self, wanted: int) -> int:
        taken = min(wanted, self._lines)
        self._lines -= taken
        return taken

    def words(self, before: str, after: str) -> list[Parts]:
        found = words_between(before, after, self._steps)
        self._steps -= found.steps
        return [found.before, found.after]


def pieces_of(field: Field, budget: Budget) -> tuple[list[Piece], int]:
    """All lines of both values, and the number of lines that are left out."""
    pieces: list[Piece] = []
    left_out, room = 0, MOST_LINES
    for chunk, is_folded in _folded(list(aligned(_blocks(field)))):
        most = MOST_FOLDED if is_folded else room
        taken = budget.take(min(len(chunk.pairs), most))
        rows = [_row(pair, budget, alike=chunk.alike) for pair in chunk.pairs[:taken]]
        if is_folded:
            pieces.append(Piece(rows, len(chunk.pairs), is_folded=True))
            continue
        room -= taken
        left_out += len(chunk.pairs) - taken
        if rows:
            pieces.append(Piece(rows, taken))
    return pieces, left_out


def _blocks(field: Field) -> list[Block]:
    """Texts as they are. Other values as JSON, so that 1 and "1" look different."""
    if field.keys is not None:
        return blocks(field)
    one, two = field.before, field.after
    if one is None or two is None:
        return [Block(alike=False, before=_lines(one), after=_lines(two))]
    texts = _json(one), _json(two)
    return blocks(replace(field, before=texts[0], after=texts[1], keys=texts))


def _lines(value: Any) -> list[str]:
    if value is None:
        return []
    return (value if isinstance(value, str) else _json(value)).split("\n")


def _json(value: Any) -> str:
    return simplejson.dumps(value, ensure_ascii=False, sort_keys=True, indent=2, use_decimal=True)


def _folded(chunks: list[Chunk]) -> Iterator[tuple[Chunk, bool]]:
    """Lines that are alike, except those next to a change, are folded."""
    for place, chunk in enumerate(chunks):
        if not chunk.alike:
            yield chunk, False
            continue
        start = CONTEXT if place else 0
        end = len(chunk.pairs) - (CONTEXT if place < len(chunks) - 1 else 0)
        if end - start < SHORTEST_FOLD:
            yield chunk, False
            continue
        for pairs, is_folded in (
            (chunk.pairs[:start], False),
            (chunk.pairs[start:end], True),
            (chunk.pairs[end:], False),
        ):
            if pairs:
                yield Chunk(alike=True, pairs=pairs), is_folded


def _row(pair: Pair, budget: Budget, *, alike: bool) -> SafeString:
    before, after = pair
    texts = _texts(before, after)
    if alike or before is None or after is None:
        ours, theirs = map(unmarked, texts)
    else:
        ours, theirs = budget.words(*texts)
    return format_html(
        '<div class="zc-row {}">{}{}</div>',
        "zc-same" if alike else "zc-differs",
        _cell("before", before, ours, "" if alike else "\N{MINUS SIGN}"),
        _cell("after", after, theirs, "" if alike else "+"),
    )


def _texts(before: NumberedLine | None, after: NumberedLine | None) -> list[str]:
    texts = [one.text if one else "" for one in (before, after)]
    return _windows(*texts) if max(map(len, texts)) > LONGEST_LINE else texts


def _windows(before: str, after: str) -> list[str]:
    """Of two long lines, the part that differs, with some text around it."""
    start = max(0, _alike(before, after) - AROUND)
    rest = max(0, _alike(before[:start:-1], after[:start:-1]) - AROUND)
    return [_window(text, start, len(text) - rest) for text in (before, after)]


def _window(text: str, start: int, end: int) -> str:
    end = min(end, start + LONGEST_LINE)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _alike(before: str, after: str) -> int:
    """How many characters at the beginning are the same."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (one, two) in pairs if one != two), min(len(before), len(after)))


def _cell(side: Side, line: NumberedLine | None, parts: Parts, sign: str) -> SafeString:
    if line is None:
        return format_html('<div class="zc-cell zc-{} zc-none"></div>', side)
    mark = "del" if side == "before" else "ins"
    return format_html(
        '<div class="zc-cell zc-{}"><span class="zc-no">{}</span><span class="zc-sign">{}</span>'
        '<span class="zc-text">{}</span></div>',
        side,
        line.number,
        sign,
        format_html_join("", "{}", ((_part(part, mark),) for part in parts)),
    )


def _part(part: Part, mark: str) -> SafeString:
    text = visible(part.text)
    return format_html("<{0}>{1}</{0}>", mark, text) if part.differs else escape(text)


def visible(text: str) -> str:
    return _HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
