"""Comparing two customers from the mirror: every pair of workflows with its cached outcome."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.db import DatabaseError, transaction

from workflow_mirror.access.scope import Scope
from workflow_mirror.compare import cache
from workflow_mirror.compare.customers import (
    Agreed,
    Mirrored,
    agreed_of,
    in_order,
    workflows_of,
)
from workflow_mirror.compare.exports import exports_of_pair
from workflow_mirror.compare.outcome import outcome_of
from workflow_mirror.compare.pairing import Paired, paired
from workflow_mirror.compare.result import Outcome, Row, row_of
from workflow_mirror.compare.rules import Rule, hash_of_rules

type Pair = Paired[Mirrored]
type Rows = list[Row[Mirrored]]

SLICE_SECONDS = 0.3
"""Of a request: what takes longer is left to a job."""
SMALL_BYTES, LARGE_BYTES = 128 * 1024, 4 * 2**20
"""Of an export as PostgreSQL stores it, compressed to about a fifth: that a request compares, and
that is compared at all.
"""
STORED_AT_ONCE = 50


@dataclass(frozen=True)
class Comparison:
    """Two customers by key, and their pairs, for one set of rules.

    Computed with the customer of the lower key as the source, whichever was asked for: so both
    directions share the cache and mirror each other.
    """

    first: int
    second: int
    agreed: Agreed
    pairs: list[Pair]
    outcomes: dict[str, Outcome]
    keys: dict[tuple[str, str], str]

    def key_of(self, pair: Pair) -> str | None:
        """Of its outcome in the cache; None if there is nothing to compare."""
        if pair.source is None or pair.target is None:
            return None
        return self.keys.get((pair.source.hash, pair.target.hash))

    def outcome(self, pair: Pair) -> Outcome | None:
        if pair.source is None or pair.target is None:
            return None
        if pair.source.id == pair.target.id:
            return Outcome()
        if not pair.source.hash or not pair.target.hash:
            return Outcome(problem="no_export")
        return self.outcomes.get(self.keys[pair.source.hash, pair.target.hash])

    def missing(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.source and pair.target and not self._has(pair)]

    def _has(self, pair: Pair) -> bool:
        return self.outcome(pair) is not None

    def rows(self, source: int) -> Rows:
        """With this customer as the source."""
        rows = [row_of(pair, self.outcome(pair)) for pair in self.pairs]
        return rows if source == self.first else [row.mirrored for row in rows]


def comparison(
    scope: Scope, source: int, target: int, more_rules: Iterable[Rule] = ()
) -> Comparison:
    """From the mirror and the cache. `more_rules` are for the source as asked for, not stored.

    Both customers must be in the scope.
    """
    first, second = in_order(source, target)
    agreed = agreed_of(scope, [(first, second)]).get((first, second), Agreed())
    more = Agreed(tuple(more_rules))
    added = more if source == first else more.turned
    agreed = Agreed(tuple(dict.fromkeys(agreed.rules + added.rules)), agreed.links)
    workflows = workflows_of(scope, {first, second})
    return from_workflows((first, second), workflows, agreed)


def from_workflows(
    pair: tuple[int, int], workflows: dict[int, list[Mirrored]], agreed: Agreed
) -> Comparison:
    pairs = _pairs(workflows[pair[0]], workflows[pair[1]], agreed)
    rules_hash = hash_of_rules(agreed.rules)
    hashes = {(one.source.hash, one.target.hash) for one in pairs if one.source and one.target}
    keys = {both: cache.key_of(*both, rules_hash) for both in hashes if all(both)}
    return Comparison(*pair, agreed, pairs, cache.known(keys.values()), keys)


def _pairs(source: list[Mirrored], target: list[Mirrored], agreed: Agreed) -> list[Pair]:
    if source is target:  # a customer and itself
        return [Paired(one, one, "link") for one in source]
    return paired(source, target, dict(agreed.links), agreed.rules)


def compare_missing(
    scope: Scope,
    found: Comparison,
    *,
    seconds: float | None = None,
    largest: int = LARGE_BYTES,
    on_step: Callable[[int], None] = lambda _done: None,
) -> None:
    """Compare pairs that are not in the cache, and add them to it and to `found`.

    One at least, and then for at most `seconds`; None for all. Exports above `largest` bytes are
    left out, or are reported as too large where all are compared. Constant memory: two documents
    at a time.
    """
    end = None if seconds is None else time.monotonic() + seconds
    new: dict[str, Outcome] = {}
    for done, pair in enumerate(found.missing()):
        if done and end is not None and time.monotonic() >= end:
            break
        key = found.key_of(pair)
        if key is not None and key not in new:
            outcome = _compared(scope, found, pair, largest, is_final=seconds is None)
            new |= {} if outcome is None else {key: outcome}
        if len(new) >= STORED_AT_ONCE:
            found.outcomes.update(new)
            _store(new)
            new = {}
        on_step(done + 1)
    found.outcomes.update(new)
    _store(new)


def _compared(
    scope: Scope, found: Comparison, pair: Pair, largest: int, *, is_final: bool
) -> Outcome | None:
    """None where an export is another one by now, or has to wait for a job."""
    if pair.source is None or pair.target is None:
        return None
    read = exports_of_pair(scope, (pair.source.id, pair.target.id), largest)
    one, two = read.get(pair.source.id), read.get(pair.target.id)
    if one is None or two is None or (one.hash, two.hash) != (pair.source.hash, pair.target.hash):
        return None
    if one.document is None or two.document is None:
        return Outcome(problem="too_large") if is_final else None
    return outcome_of(one.document, two.document, found.agreed.rules)


def _store(outcomes: dict[str, Outcome]) -> None:
    """Without the right to write, as in a standby, the next request computes them again."""
    with suppress(DatabaseError), transaction.atomic():
        cache.store(outcomes)
