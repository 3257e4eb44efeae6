"""The schedule of events, derived only from the seed before the run starts."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Decision:
    """Do `what`, so many seconds after the start.

    `random` is for the details and belongs to this decision alone: what it draws, be it more or
    less than in another run, changes no later decision.
    """

    at: float
    what: str
    random: Random


def decide(
    seed: str, *, seconds: float, every: float, weights: Mapping[str, int]
) -> list[Decision]:
    """Decisions at random moments, `every` so many seconds on the average."""
    return list(_draw(Random(seed), seconds, every, weights))


def play(decisions: list[Decision], act: Callable[[Decision], None]) -> None:
    """Carry the decisions out, each at its time or, after a slow one, as soon as can be."""
    began = time.monotonic()
    for decision in decisions:
        time.sleep(max(0.0, began + decision.at - time.monotonic()))
        act(decision)


def _draw(
    random: Random, seconds: float, every: float, weights: Mapping[str, int]
) -> Iterator[Decision]:
    at = random.expovariate(1 / every)
    while at < seconds:
        [what] = random.choices(list(weights), list(weights.values()))
        yield Decision(at, what, Random(random.random()))
        at += random.expovariate(1 / every)
