"""Tasks that look alike, together with all that they are linked to, have the same colour.

Colour refinement (Weisfeiler-Leman): at first the colour is the task's own name, type and content;
each round adds the colours of what it is linked to. A colour is a number, the same in both
documents.
"""

from collections import Counter
from collections.abc import Iterator

from workflow_mirror.history.diff.links import Link, blind
from workflow_mirror.history.diff.normalise import Side

type Colours = tuple[list[int], list[int]]
"""Of the tasks of either document, by number."""
type Links = tuple[list[list[Link]], list[list[Link]]]


_BASE = 2**40
"""More than there are colours."""
_MOST_LOOKS = 500_000
"""At tasks in all rounds. A chain of many tasks that are the same takes a round for each two."""


class Palette:
    """Gives each distinct look its number."""

    def __init__(self) -> None:
        self._numbers: dict[object, int] = {}

    def __call__(self, look: object) -> int:
        return self._numbers.setdefault(look, len(self._numbers))


def first_colours(before: Side, after: Side, palette: Palette) -> Colours:
    one, two = (
        [palette((task.action_type, blind(task.name), task.key)) for task in side.tasks]
        for side in (before, after)
    )
    return one, two


def refined(colours: Colours, links: Links, palette: Palette) -> Iterator[Colours]:
    """Round by round, until a round tells no more tasks apart or it takes too long."""
    kinds, tasks = 0, len(colours[0]) + len(colours[1])
    numbered = _numbered(links[0], palette), _numbered(links[1], palette)
    for _ in range(0, _MOST_LOOKS, max(1, tasks)):
        if kinds == (kinds := len({*colours[0], *colours[1]})):
            return
        colours = (
            _next_round(colours[0], numbered[0], palette),
            _next_round(colours[1], numbered[1], palette),
        )
        yield colours


def same_kinds(colours: Colours) -> bool:
    return Counter(colours[0]) == Counter(colours[1])


type _Numbered = list[tuple[list[int], list[tuple[int, int]]]]
"""For each task its links to what is no task, as numbers, and those to tasks, with their labels as
numbers. Numbers are quicker to sort than texts.
"""


def _numbered(links: list[list[Link]], palette: Palette) -> _Numbered:
    return [
        (
            [palette(link) * _BASE for link in of_task if not isinstance(link[1], int)],
            [(palette(label) * _BASE, end) for label, end in of_task if isinstance(end, int)],
        )
        for of_task in links
    ]


def _next_round(colours: list[int], links: _Numbered, palette: Palette) -> list[int]:
    return [
        palette((colour, *sorted([*others, *(label + colours[end] for label, end in tasks)])))
        for colour, (others, tasks) in zip(colours, links, strict=True)
    ]
