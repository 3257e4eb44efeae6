"""Which couples to choose so that the sum of their scores is greatest (Hungarian algorithm)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

type Scores = Mapping[tuple[int, int], float]
type Couples = list[tuple[int, int]]
_MOST = 5000
"""Couples that compete with each other; the algorithm takes the cube of the tasks among them."""


def best_couples(scores: Scores) -> Couples:
    """Of the couples that have a positive score, each side in at most one; deterministic."""
    return [couple for part in _parts(scores) for couple in _best_of_part(part)]


def _best_of_part(part: dict[tuple[int, int], float]) -> Couples:
    if len(part) == 1:
        return list(part)
    if len(part) > _MOST:
        return _greedy(part)
    ones = sorted({one for one, _ in part})
    twos = sorted({two for _, two in part})
    turned = len(ones) > len(twos)
    rows, columns = (twos, ones) if turned else (ones, twos)
    costs = [
        [-part.get((column, row) if turned else (row, column), 0.0) for column in columns]
        for row in rows
    ]
    chosen = zip(rows, (columns[index] for index in _least_costs(costs)), strict=True)
    couples = [(column, row) if turned else (row, column) for row, column in chosen]
    return [couple for couple in couples if couple in part]


def _greedy(part: dict[tuple[int, int], float]) -> Couples:
    """The best score first: nearly as good, and quick however many there are."""
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for one, two in sorted(part, key=lambda couple: (-part[couple], couple)):
        if one not in chosen and two not in taken:
            chosen[one] = two
            taken.add(two)
    return list(chosen.items())


def _parts(scores: Scores) -> Iterator[dict[tuple[int, int], float]]:
    """Groups of couples that compete with each other; those of different groups do not."""
    by_one, by_two = defaultdict(list), defaultdict(list)
    for couple in scores:
        by_one[couple[0]].append(couple)
        by_two[couple[1]].append(couple)
    seen: set[tuple[int, int]] = set()
    for first in scores:
        part, pending = {}, [first]
        while pending:
            couple = pending.pop()
            if couple not in seen:
                seen.add(couple)
                part[couple] = scores[couple]
                pending += by_one[couple[0]] + by_two[couple[1]]
        if part:
            yield part


def _least_costs(costs: list[list[float]]) -> list[int]:
    """The column of each row in an assignment of least cost; no more rows than columns.

    By shortest augmenting paths with potentials: one row at a time enters the assignment.
    """
    width = len(costs[0])
    row_of = [-1] * width
    of_rows, of_columns = [0.0] * len(costs), [0.0] * width
    for row in range(len(costs)):
        _enter(row, costs, row_of, of_rows, of_columns)
    columns = [0] * len(costs)
    for column, row in enumerate(row_of):
        if row >= 0:
            columns[row] = column
    return columns


def _enter(
    row: int,
    costs: list[list[float]],
    row_of: list[int],
    of_rows: list[float],
    of_columns: list[float],
) -> None:
    """Let a row take its column; rows that lose theirs move on along the cheapest path."""
    infinity = float("inf")
    distance = [infinity] * len(row_of)
    came_from = [-1] * len(row_of)
    open_columns = set(range(len(row_of)))
    done: list[int] = []
    column, current, so_far = -1, row, 0.0
    while current >= 0:
        for other in open_columns:
            further = so_far + costs[current][other] - of_rows[current] - of_columns[other]
            if further < distance[other]:
                distance[other], came_from[other] = further, column
        column = min(open_columns, key=lambda other: (distance[other], other))
        open_columns.remove(column)
        done.append(column)
        so_far, current = distance[column], row_of[column]
    _settle_potentials(row, done, so_far, distance, row_of, of_rows, of_columns)
    while column >= 0:
        before = came_from[column]
        row_of[column] = row if before < 0 else row_of[before]
        column = before


def _settle_potentials(  # noqa: PLR0913, PLR0917 - the state of one search
    row: int,
    done: list[int],
    so_far: float,
    distance: list[float],
    row_of: list[int],
    of_rows: list[float],
    of_columns: list[float],
) -> None:
    of_rows[row] += so_far
    for column in done[:-1]:
        of_rows[row_of[column]] += so_far - distance[column]
        of_columns[column] -= so_far - distance[column]
