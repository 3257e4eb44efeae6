"""Tasks that look alike, together with all that they are linked to, have the same colour.

Colour refinement (Weisfeiler-Leman): at first the colour is the task's own name, type and content;
each round adds the colours of what it is linked to. A colour is a number, the same in both
documents.
"""

from collections import Counter
from collections.abc import Iterator

from workflow_mirror.history.diff.links import Link, blind
from workflow_mirror.history.diff.normalise import End, Side

type Colours = tuple[list[int], list[int]]
"""Of the tasks of either document, by number."""
type Links = tuple[list[list[Link]], list[list[Link]]]


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
    for _ in range(0, _MOST_LOOKS, max(1, tasks)):
        if kinds == (kinds := len({*colours[0], *colours[1]})):
            return
        colours = (
            _next_round(colours[0], links[0], palette),
            _next_round(colours[1], links[1], palette),
        )
        yield colours


def same_kinds(colours: Colours) -> bool:
    return Counter(colours[0]) == Counter(colours[1])


def _next_round(colours: list[int], links: list[list[Link]], palette: Palette) -> list[int]:
    return [
        palette((colours[number], tuple(sorted(_look(colours, link) for link in of_task))))
        for number, of_task in enumerate(links)
    ]


def _look(colours: list[int], link: Link) -> tuple[str, int, str]:
    label, end = link
    return label, *_end_colour(colours, end)


def _end_colour(colours: list[int], end: End) -> tuple[int, str]:
    return (colours[end], "") if isinstance(end, int) else (-1, end)
