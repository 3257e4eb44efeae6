"""Tables as lines of text: aligned, and wrapped at words if too wide for the terminal."""

from collections.abc import Iterable, Iterator
from itertools import batched, chain, islice, zip_longest

GAP = "  "
LOOKED_AT = 1000  # rows whose cells determine the width of a column
UNBROKEN = 24  # words up to this length are never broken


def lines_of(
    columns: list[str], rows: Iterable[list[str]], width: int | None = None
) -> Iterator[str]:
    """The lines of a table, no longer than `width`; rows are read on demand.

    If the longest words do not fit side by side, each row becomes a block of lines.
    """
    rows = iter(rows)
    first = list(islice(rows, LOOKED_AT))
    widths = [max(map(length, column)) for column in zip(columns, *first, strict=True)]
    if width is not None and total(widths) > width:
        least = [
            max(min(UNBROKEN, length(word)) for cell in column for word in (cell.split() or [""]))
            for column in zip(columns, *first, strict=True)
        ]
        if total(least) > width:
            yield from _blocks(columns, chain(first, rows))
            return
        widths = _fitted(widths, least, width)
    for row in chain([columns], first, rows):
        yield from _folded(row, widths, fold=width is not None)


def total(widths: list[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def length(text: str) -> int:
    """The length in terminal cells; Chinese characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _fitted(widths: list[int], least: list[int], width: int) -> list[int]:
    """Column widths that fit: the widest columns shrink first, each down to its longest word."""
    widths = list(widths)
    while total(widths) > width:
        _, widest = max(
            (wide, number) for number, wide in enumerate(widths) if wide > least[number]
        )
        widths[widest] -= 1
    return widths


def _folded(row: list[str], widths: list[int], *, fold: bool) -> Iterator[str]:
    cells = [
        _wrapped(cell, width) if fold and length(cell) > width else [cell]
        for cell, width in zip(row, widths, strict=True)
    ]
    for parts in zip_longest(*cells, fillvalue=""):
        padded = (
            part + " " * (width - length(part)) for part, width in zip(parts, widths, strict=True)
        )
        yield GAP.join(padded).rstrip()


def _wrapped(cell: str, width: int) -> list[str]:
    """Wrap at words; only a word longer than a line is broken."""
    lines = [""]
    for word in cell.split():
        first, *others = _pieces(word, width)
        if lines[-1] and length(lines[-1]) + 1 + length(first) > width:
            lines.append(first)
        else:
            lines[-1] = f"{lines[-1]} {first}" if lines[-1] else first
        lines += others
    return lines


def _pieces(word: str, width: int) -> list[str]:
    if length(word) <= width:
        return [word]
    letters = width if word.isascii() else max(1, width // 2)
    return ["".join(piece) for piece in batched(word, letters)]


def _blocks(columns: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    titles = max(map(length, columns))
    for number, row in enumerate(rows):
        if number:
            yield ""
        for title, cell in zip(columns, row, strict=True):
            yield f"{title:<{titles}}{GAP}{cell}".rstrip()
