"""The matching of two documents that are the same but for ids and order."""

from collections import defaultdict

from workflow_mirror.history.diff.colours import Colours, Links, Palette, refined

_MOST_LOOKS = 1_000_000
"""At tasks in all rounds; what is left then is matched in the order of the canvas."""

type Pairs = dict[int, int]


def identical_pairs(colours: Colours, links: Links, palette: Palette) -> Pairs:
    """For colours that are settled and equally often on both sides: who is whose counterpart.

    Tasks that look alike are counterparts in the order of the canvas. Each such choice decides
    about the tasks that are linked to them, so the colours are refined after it.
    """
    looks = 0
    while looks < _MOST_LOOKS:
        classes = [pair for pair in _classes(colours) if len(pair[0]) > 1]
        if not classes:
            break
        first = (classes[0][0][:1], classes[0][1][:1])
        for pair in [pair for pair in classes if _are_twins(links, pair)] or [first]:
            _decide(colours, palette, pair)
        rounds = [colours, *refined(colours, links, palette)]
        colours = rounds[-1]
        looks += len(rounds) * len(links[0])
    return {
        one: two for ones, twos in _classes(colours) for one, two in zip(ones, twos, strict=False)
    }


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


def _decide(colours: Colours, palette: Palette, pair: tuple[list[int], list[int]]) -> None:
    """Each couple gets a colour of its own."""
    for one, two in zip(*pair, strict=False):
        colours[0][one] = colours[1][two] = palette(("decided", one, colours[0][one]))
