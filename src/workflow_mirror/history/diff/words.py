"""A diff in one sentence: coded pieces with counts, and their text in any language."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from workflow_mirror.history.diff.result import Diff, Kind, TaskChange

type Ngettext = Callable[[str, str, int], str]
type Code = Literal[
    "edited", "renamed", "retyped", "format", "added", "removed", "moved",
    "edges_added", "edges_removed", "settings",
]  # fmt: skip


class Piece(NamedTuple):
    """How many of what; `n` is 1 or more."""

    code: Code
    n: int


# What a task that has several kinds of change counts as.
_WEIGHTIEST: tuple[Kind, ...] = ("retyped", "edited", "renamed", "format")
_TASKS: tuple[Code, ...] = ("edited", "renamed", "retyped", "format", "added", "removed", "moved")


def pieces(diff: Diff, *, layout: bool = False) -> list[Piece]:
    """Empty where nothing differs; tasks that were only moved count with `layout` alone."""
    tasks: Counter[Code] = Counter(_code(task) for task in diff.listed(layout=layout))
    edges = Counter(edge.change for edge in diff.edges)
    found = [Piece(code, tasks[code]) for code in _TASKS]
    found += [Piece("edges_added", edges["added"]), Piece("edges_removed", edges["removed"])]
    found.append(Piece("settings", len(diff.workflow) + (len(diff.layout) if layout else 0)))
    return [piece for piece in found if piece.n]


def in_english(one: str, many: str, n: int) -> str:
    return one if n == 1 else many


def sentence(found: Iterable[Piece], ngettext: Ngettext = in_english) -> str:
    """`2 tasks edited, 1 task added, 1 link removed`; pass Django's ngettext for its language."""
    texts = [_text(piece, ngettext) for piece in found]
    return ", ".join(texts) if texts else ngettext("No difference", "No differences", 2)


def _code(task: TaskChange) -> Code:
    if task.change != "changed":
        return task.change
    return next(kind for kind in _WEIGHTIEST if kind in task.kinds)


def _text(piece: Piece, ngettext: Ngettext) -> str:  # noqa: C901 - a table
    n = piece.n
    match piece.code:
        case "edited":
            text = ngettext("%(n)s task edited", "%(n)s tasks edited", n)
        case "renamed":
            text = ngettext("%(n)s task renamed", "%(n)s tasks renamed", n)
        case "retyped":
            text = ngettext("%(n)s task retyped", "%(n)s tasks retyped", n)
        case "format":
            text = ngettext("%(n)s task reformatted", "%(n)s tasks reformatted", n)
        case "added":
            text = ngettext("%(n)s task added", "%(n)s tasks added", n)
        case "removed":
            text = ngettext("%(n)s task removed", "%(n)s tasks removed", n)
        case "moved":
            text = ngettext("%(n)s task moved on the canvas", "%(n)s tasks moved on the canvas", n)
        case "edges_added":
            text = ngettext("%(n)s link added", "%(n)s links added", n)
        case "edges_removed":
            text = ngettext("%(n)s link removed", "%(n)s links removed", n)
        case "settings":
            text = ngettext("%(n)s workflow setting changed", "%(n)s workflow settings changed", n)
    return text % {"n": n}
