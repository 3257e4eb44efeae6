"""The matching of two documents that are the same but for ids and order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from workflow_mirror.history.diff.colours import Colours, Links, Palette, refined

_MOST_LOOKS = 1_000_000
"""At tasks in all rounds; what is left then is matched in the order of the canvas."""

type Pairs = dict[int, int]
type Look = tuple[Callable[[int], object], Callable[[int], object]]
"""What to compare of a task before and of a task after, by their numbers."""


def identical_pairs(
    colours: Colours, links: Links, palette: Palette, looks: Iterable[Look]
) -> Pairs:
    """The counterparts, for colours that are settled and equally often on both sides.

    Among tasks of one colour, those that agree in the first of `looks` are counterparts, then those
    that agree in the next one; the rest are matched in the order of the canvas. Each choice decides
    about the tasks that are linked to them, so the colours are refined after it.
    """
    choose = _Chooser(tuple(looks))
    looked = 0
    while looked < _MOST_LOOKS:
        classes = [pair for pair in _classes(colours) if len(pair[0]) > 1]
        if not classes:
            break
        twins = [couple for pair in classes if _are_twins(links, pair) for couple in choose(*pair)]
        for couple in twins or [next(choose(*classes[0]))]:
            _decide(colours, palette, *couple)
        rounds = [colours, *refined(colours, links, palette)]
        colours = rounds[-1]
        looked += len(rounds) * len(links[0])
    return dict(couple for pair in _classes(colours) for couple in choose(*pair))


class _Chooser:
    def __init__(self, looks: tuple[Look, ...]) -> None:
        self._looks = looks

    def __call__(self, ones: list[int], twos: list[int]) -> Iterator[tuple[int, int]]:
        """Couples of tasks that look alike, the surest first."""
        for of_before, of_after in self._looks if len(ones) > 1 else ():
            open_twos = defaultdict[object, list[int]](list)
            for two in reversed(twos):
                open_twos[of_after(two)].append(two)
            found = {one: same.pop() for one in ones if (same := open_twos[of_before(one)])}
            yield from found.items()
            taken = {*found.values()}
            ones = [one for one in ones if one not in found]
            twos = [two for two in twos if two not in taken]
        yield from zip(ones, twos, strict=False)


def _classes(colours: Colours) -> list[tuple[list[int], list[int]]]:
    found: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side in (0, 1):
        for number, colour in enumerate(colours[side]):
            found[colour][side].append(number)
    return list(found.values())


def _are_twins(links: Links, pair: tuple[list[int], list[int]]) -> bool:
    """Whether each side's tasks of this look are linked to the very same tasks, or to none."""
    return all(
        len({tuple(sorted(links[side][number], key=str)) for number in pair[side]}) == 1
        for side in (0, 1)
    )


def _decide(colours: Colours, palette: Palette, one: int, two: int) -> None:
    """Give a couple a colour of its own."""
    colours[0][one] = colours[1][two] = palette(("decided", one, colours[0][one]))
