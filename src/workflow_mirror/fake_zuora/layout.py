"""Positions of tasks on the canvas: a tidy tree with parents centred above their children."""

from collections.abc import Sequence

TOP, LEFT = 160, 35
ROW, COLUMN = 130, 220


def tree_positions(parents: Sequence[int | None]) -> list[tuple[float, float]]:
    """Return (top, left) in pixels for each node, from the index of its parent.

    Parents come before their children. Iterative, not recursive: chains of thousands work.
    """
    children: list[list[int]] = [[] for _ in parents]
    depths = [0] * len(parents)
    for node, parent in enumerate(parents):
        if parent is not None:
            children[parent].append(node)
            depths[node] = depths[parent] + 1
    columns = _leaf_columns(children, [n for n, parent in enumerate(parents) if parent is None])
    for node in reversed(range(len(parents))):
        if children[node]:
            columns[node] = sum(columns[child] for child in children[node]) / len(children[node])
    return [
        (TOP + depth * ROW, LEFT + round(column * COLUMN, 2))
        for depth, column in zip(depths, columns, strict=True)
    ]


def _leaf_columns(children: Sequence[Sequence[int]], roots: Sequence[int]) -> list[float]:
    columns = [0.0] * len(children)
    next_column = 0
    pending = list(reversed(roots))
    while pending:
        node = pending.pop()
        if not children[node]:
            columns[node] = float(next_column)
            next_column += 1
        pending.extend(reversed(children[node]))
    return columns
