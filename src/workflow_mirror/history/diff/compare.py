"""The diff of two exports; see the package."""

from typing import Any, Literal

from workflow_mirror.exact_json import text_of
from workflow_mirror.history.diff.classify import Classifier
from workflow_mirror.history.diff.counterparts import Counterparts
from workflow_mirror.history.diff.edges import edge_changes
from workflow_mirror.history.diff.identical import Pairs
from workflow_mirror.history.diff.match import matched
from workflow_mirror.history.diff.normalise import Side, normalised
from workflow_mirror.history.diff.order import Order
from workflow_mirror.history.diff.result import Diff, DocumentName, Id
from workflow_mirror.history.diff.texts import Scans, shown_text
from workflow_mirror.workflows.documents import canonical_json
from workflow_mirror.workflows.export_checks import Warned, export_warnings, unreadable_linkages


def diff(before: Any, after: Any) -> Diff:
    """What differs between two exports as Zuora gave them, or any other documents.

    Pure and deterministic; `diff(a, b)` mirrors `diff(b, a)`. Raises RecursionError where a
    document is nested deeper than Python's recursion limit.
    """
    scans: Scans = {}
    sides = normalised(before, scans), normalised(after, scans)
    turned = _is_turned(before, after, *sides)
    pairs = _pairs(*sides, turned=turned)
    counterparts = Counterparts(*sides, pairs)
    classifier = Classifier(*sides, pairs, counterparts)
    order = Order(*sides, turned=turned)
    return Diff(
        before=_name(sides[0]),
        after=_name(sides[1]),
        workflow=classifier.settings(),
        layout=classifier.layout(),
        tasks=order.tasks(classifier.task_changes()),
        edges=order.edges(edge_changes(*sides, pairs, counterparts)),
        matches=_matches(*sides, pairs),
        warnings=(*_warnings("before", before, sides[0]), *_warnings("after", after, sides[1])),
    )


def _is_turned(before: Any, after: Any, one: Side, two: Side) -> bool:
    """The documents have an order of their own, so that it does not matter which comes first."""
    if one.entries != two.entries:
        return one.entries > two.entries
    return canonical_json(before) > canonical_json(after)


def _pairs(before: Side, after: Side, *, turned: bool) -> Pairs:
    if not turned:
        return matched(before, after)
    return {mine: other for other, mine in matched(after, before).items()}


def _matches(before: Side, after: Side, pairs: Pairs) -> tuple[tuple[Id, Id], ...]:
    ids = ((before.tasks[one].id, after.tasks[two].id) for one, two in pairs.items())
    return tuple(sorted(ids, key=lambda pair: sorted(map(_sortable, pair))))


def _sortable(id_: Id) -> tuple[int, str]:
    return (id_, "") if isinstance(id_, int) else (-1, id_)


def _name(side: Side) -> DocumentName:
    return DocumentName(shown_text(text_of(side.settings.get("name"))), shown_text(side.version[1]))


def _warnings(
    place: Literal["before", "after"], document: Any, side: Side
) -> list[tuple[Literal["before", "after"], Warned]]:
    found = export_warnings(document)
    if side.unreadable:
        found.append(unreadable_linkages(side.unreadable))
    return [(place, warned) for warned in found]
