"""Compares two exports under rules. Pure; this is all that a cached result depends on."""

from collections.abc import Sequence
from typing import Any

from workflow_mirror.compare.expected import judge
from workflow_mirror.compare.hints import hints_of
from workflow_mirror.compare.result import Outcome
from workflow_mirror.compare.rules import Rule
from workflow_mirror.history.diff import diff, pieces

MOST_HINTS = 20


def outcome_of(source: Any, target: Any, rules: Sequence[Rule]) -> Outcome:
    try:
        judged = judge(diff(source, target), rules)
    except RecursionError:
        return Outcome(problem="too_deep")
    return Outcome(
        pieces=tuple(pieces(judged.different)),
        expected=len(judged.expected),
        hints=tuple(hints_of(judged.different))[:MOST_HINTS],
    )
