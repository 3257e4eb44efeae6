"""Which task of one document is which task of the other.

Names are not unique and ids mean nothing between two versions. So tasks are matched from the
certain to the likely: by what only one task on each side has, then by an assignment of the best
scores over name, content, place in the graph and position. Each match helps to place the tasks
that it is linked to. See docs/explanation/diff.md.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import TYPE_CHECKING

from workflow_mirror.exact_json import dump
from workflow_mirror.history.diff.assignment import best_couples
from workflow_mirror.history.diff.colours import (
    Colours,
    Links,
    Palette,
    first_colours,
    refined,
    same_kinds,
)
from workflow_mirror.history.diff.identical import Look, Pairs, identical_pairs
from workflow_mirror.history.diff.links import links_of
from workflow_mirror.history.diff.normalise import Side, Task

if TYPE_CHECKING:
    from workflow_mirror.history.diff.scores import Scorer

_DEEPEST = 3
"""How far around a task the graph is looked at to recognise the task."""
_MOST_CANDIDATES = 4000
"""Couples of one type or name that are all scored; of more, those at about the same place."""
_BAND = 3
"""How many places in the order of the canvas such couples may be apart."""
_MOST_ATTEMPTS = 20
"""Each one finds the matches that those of the one before made likely."""


def matched(before: Side, after: Side) -> Pairs:
    """The number of a task before by that of its counterpart after; deterministic."""
    palette = Palette()
    first = first_colours(before, after, palette)
    links = links_of(before), links_of(after)
    rounds = _rounds(first, links, palette)
    if same_kinds(rounds[-1]):
        pairs = identical_pairs(rounds[-1], links, palette, _looks(before, after))
        if len(pairs) == len(before.tasks):
            return pairs
    matching = _Matching(before, after, rounds)
    matching.anchored()
    if matching.is_open():
        _assign(matching, before, after, links)
    return matching.pairs


def _assign(matching: "_Matching", before: Side, after: Side, links: Links) -> None:
    # Loading it, with its library, takes longer than most diffs, few of which need it.
    from workflow_mirror.history.diff.scores import CERTAIN, ENOUGH, Scorer  # noqa: PLC0415 - see above

    scorer = Scorer(before, after, links, matching.pairs, matching.back)
    for limit in (CERTAIN, ENOUGH):
        for _ in range(_MOST_ATTEMPTS):
            if not matching.assigned(scorer, limit):
                break


def _looks(before: Side, after: Side) -> list[Look]:
    """What tells two tasks apart that are the same in everything else, the surest first."""
    positions = (
        lambda one: dump(before.tasks[one].css),
        lambda two: dump(after.tasks[two].css),
    )
    ids = (lambda one: before.tasks[one].id, lambda two: after.tasks[two].id)
    return [ids, positions] if _are_same_version(before, after) else [positions]


def _are_same_version(before: Side, after: Side) -> bool:
    """Then IDs are those of the same tasks."""
    return bool(before.version[0]) and before.version == after.version


def _rounds(first: Colours, links: Links, palette: Palette) -> list[Colours]:
    """All that may be needed: once the sides differ, they do so in every later round."""
    rounds = [first]
    for colours in refined(first, links, palette):
        rounds.append(colours)
        if len(rounds) > _DEEPEST and not same_kinds(colours):
            break
    return rounds


class _Matching:
    def __init__(self, before: Side, after: Side, rounds: list[Colours]) -> None:
        self._before, self._after = before, after
        self._rounds = rounds
        self.pairs: Pairs = {}
        self.back: Pairs = {}

    def anchored(self) -> None:
        """Match what is certain, the surest first."""
        self.unique_colours(rounds=range(_DEEPEST, 0, -1))
        if _are_same_version(self._before, self._after):
            self.same_ids()
        self.unique_colours(rounds=(0,))
        self.unique(lambda task: (task.name, task.action_type))

    def same_ids(self) -> None:
        by_id = {task.id: number for number, task in enumerate(self._after.tasks)}
        for one in self._open_before():
            task = self._before.tasks[one]
            two = by_id.get(task.id)
            if two is not None and two not in self.back and _may_be(task, self._after.tasks[two]):
                self._pair(one, two)

    def unique_colours(self, rounds: Iterable[int]) -> None:
        """Of the deepest round first: the wider the surroundings that agree, the surer."""
        for place in rounds:
            if place < len(self._rounds):
                ones, twos = self._rounds[place]
                self._pair_unique(ones.__getitem__, twos.__getitem__)

    def unique(self, look: Callable[[Task], object]) -> None:
        self._pair_unique(
            lambda one: look(self._before.tasks[one]), lambda two: look(self._after.tasks[two])
        )

    def is_open(self) -> bool:
        """Whether there are tasks on both sides that have no counterpart yet."""
        return bool(self._open_before() and self._open_after())

    def assigned(self, scorer: "Scorer", limit: float) -> bool:
        """Match the couples whose score is at least `limit`; whether there were any."""
        scores = {
            couple: score
            for couple in self._candidates()
            if (score := scorer.score(*couple)) >= limit
        }
        couples = best_couples(scores)
        for one, two in couples:
            self._pair(one, two)
        return bool(couples)

    def _pair_unique(
        self, of_before: Callable[[int], object], of_after: Callable[[int], object]
    ) -> None:
        twos = _unique({two: of_after(two) for two in self._open_after()})
        for look, one in _unique({one: of_before(one) for one in self._open_before()}).items():
            if look in twos:
                self._pair(one, twos[look])

    def _candidates(self) -> Iterator[tuple[int, int]]:
        """Couples of the same type or the same name, each once."""
        yield from sorted(
            {
                *self._couples(lambda task: task.action_type),
                *self._couples(lambda task: ("name", task.name.casefold())),
                *self._couples(lambda task: ("key", task.key)),
            }
        )

    def _couples(self, look: Callable[[Task], object]) -> Iterator[tuple[int, int]]:
        groups: defaultdict[object, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for one in self._open_before():
            groups[look(self._before.tasks[one])][0].append(one)
        for two in self._open_after():
            groups[look(self._after.tasks[two])][1].append(two)
        for ones, twos in groups.values():
            if len(ones) * len(twos) <= _MOST_CANDIDATES:
                yield from product(ones, twos)
            else:
                yield from _band(ones, twos)

    def _open_before(self) -> list[int]:
        return [one for one in range(len(self._before.tasks)) if one not in self.pairs]

    def _open_after(self) -> list[int]:
        return [two for two in range(len(self._after.tasks)) if two not in self.back]

    def _pair(self, one: int, two: int) -> None:
        self.pairs[one] = two
        self.back[two] = one


def _may_be(one: Task, two: Task) -> bool:
    """Ids of two tenants can be the same by chance."""
    return one.action_type == two.action_type or one.name == two.name


def _band(ones: list[int], twos: list[int]) -> Iterator[tuple[int, int]]:
    for place, one in enumerate(ones):
        for two in twos[max(0, place - _BAND) : place + _BAND + 1]:
            yield one, two


def _unique(looks: dict[int, object]) -> dict[object, int]:
    counts = Counter(looks.values())
    return {look: number for number, look in looks.items() if counts[look] == 1}
