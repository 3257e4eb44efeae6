"""How likely two tasks are counterparts: by name, content, place in the graph, and position.

The weights were set with benchmarks/diff.py, on other seeds than those that it reports.
"""

from collections.abc import Mapping, Sequence

from workflow_mirror.history.diff.colours import Links
from workflow_mirror.history.diff.links import Link
from workflow_mirror.history.diff.normalise import End, Side, Task
from workflow_mirror.history.diff.similarity import Similarity

CERTAIN, ENOUGH = 0.75, 0.5
_NAME, _CONTENT, _GRAPH, _POSITION = 0.35, 0.3, 0.25, 0.1
_RETYPED_NAME, _RETYPED_GRAPH, _RETYPED_POSITION = 0.5, 0.3, 0.2
_NEAR = 400
"""Pixels; tasks further apart than that are at different positions."""
_LABELS, _ORDER = 0.01, 0.001
"""Decide between couples that are equal otherwise: the labels of all their links, then the order
of the canvas.
"""


class Scorer:
    def __init__(
        self,
        before: Side,
        after: Side,
        links: Links,
        pairs: Mapping[int, int],
        back: Mapping[int, int],
    ) -> None:
        """For tasks that are not in `pairs` yet, which later matches may be added to."""
        self._before, self._after, self._links = before, after, links
        self._pairs, self._back = pairs, back
        self._similarity = Similarity(
            before,
            after,
            [one for one in range(len(before.tasks)) if one not in pairs],
            [two for two in range(len(after.tasks)) if two not in back],
        )

    def score(self, one: int, two: int) -> float:
        tasks = self._before.tasks[one], self._after.tasks[two]
        name = self._similarity.name(one, two)
        graph = self._graph(one, two)
        position = _position(*tasks)
        if tasks[0].action_type == tasks[1].action_type:
            content = self._similarity.content(one, two)
            score = _NAME * name + _CONTENT * content + _GRAPH * graph + _POSITION * position
        elif tasks[0].name.casefold() == tasks[1].name.casefold():
            score = _RETYPED_NAME * name + _RETYPED_GRAPH * graph + _RETYPED_POSITION * position
        else:
            return 0.0
        return score + _LABELS * self._labels(one, two) + _ORDER * self._order(one, two)

    def _graph(self, one: int, two: int) -> float:
        """The share of their links that lead to the same tasks; a half where nothing is known."""
        ours = [link for link in map(self._mapped, self._links[0][one]) if link]
        theirs = [link for link in self._links[1][two] if self._is_known(link[1])]
        return _shared(ours, theirs) if ours or theirs else 0.5

    def _labels(self, one: int, two: int) -> float:
        """The share of their links that are of the same kind, wherever they lead."""
        return _shared(
            [label for label, _ in self._links[0][one]], [label for label, _ in self._links[1][two]]
        )

    def _mapped(self, link: Link) -> Link | None:
        label, end = link
        if not isinstance(end, int):
            return link
        return (label, self._pairs[end]) if end in self._pairs else None

    def _is_known(self, end: End) -> bool:
        return not isinstance(end, int) or end in self._back

    def _order(self, one: int, two: int) -> float:
        return 1 - abs(one / len(self._before.tasks) - two / len(self._after.tasks))


def _shared(ours: Sequence[object], theirs: Sequence[object]) -> float:
    """The share of all items that both have, each as often as it occurs; 1 where there are none."""
    if not ours and not theirs:
        return 1.0
    left: dict[object, int] = {}  # not a Counter, which takes several times as long
    for item in theirs:
        left[item] = left.get(item, 0) + 1
    shared = 0
    for item in ours:
        if n := left.get(item):
            left[item] = n - 1
            shared += 1
    return 2 * shared / (len(ours) + len(theirs))


def _position(one: Task, two: Task) -> float:
    far = 0.0
    for key in ("top", "left"):
        ours, theirs = one.css.get(key), two.css.get(key)
        if not isinstance(ours, float) or not isinstance(theirs, float):
            return 0.0
        far += abs(ours - theirs)
    return max(0.0, 1 - far / _NEAR)
