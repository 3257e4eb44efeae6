"""The diff of two exports; see the package."""

from typing import Any, Literal

from workflow_mirror.exact_json import text_of
from workflow_mirror.history.diff.classify import Classifier
from workflow_mirror.history.diff.edges import edge_changes
from workflow_mirror.history.diff.identical import Pairs
from workflow_mirror.history.diff.match import matched
from workflow_mirror.history.diff.normalise import Side, normalised
from workflow_mirror.history.diff.order import Order
from workflow_mirror.history.diff.result import Diff, DocumentName, Id
from workflow_mirror.history.diff.texts import Spans, shown_text
from workflow_mirror.workflows.documents import canonical_json
from workflow_mirror.workflows.export_checks import Warned, export_warnings, unreadable_linkages


def diff(before: Any, after: Any) -> Diff:
    """What differs between two exports as Zuora gave them, or any other documents.

    Pure and deterministic; `diff(a, b)` mirrors `diff(b, a)`. Raises RecursionError where a
    document is nested deeper than Python's recursion limit.
    """
    spans: Spans = {}
    sides = normalised(before, spans), normalised(after, spans)
    pairs = _pairs(before, after, *sides)
    classifier = Classifier(*sides, pairs)
    order = Order(*sides)
    return Diff(
        before=_name(sides[0]),
        after=_name(sides[1]),
        workflow=classifier.settings(),
        layout=classifier.layout(),
        tasks=order.tasks(classifier.task_changes()),
        edges=order.edges(edge_changes(*sides, pairs)),
        matches=_matches(*sides, pairs),
        warnings=(*_warnings("before", before, sides[0]), *_warnings("after", after, sides[1])),
    )


def _pairs(before: Any, after: Any, one: Side, two: Side) -> Pairs:
    """Matched in an order of the documents' own, so that it does not matter which comes first."""
    first, second = one.entries, two.entries
    if first == second:
        first, second = [canonical_json(before)], [canonical_json(after)]
    if first <= second:
        return matched(one, two)
    return {mine: other for other, mine in matched(two, one).items()}


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
