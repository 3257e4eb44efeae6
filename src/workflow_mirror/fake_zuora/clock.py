"""The two clocks the fake reads: one for lifetimes and windows, one for dates in answers."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the fake needs to know of time; pass another to `FakeZuora(clock=...)`."""

    def monotonic(self) -> float:
        """Seconds that never go backwards; tokens and rate windows live by it."""

    def now(self) -> datetime:
        """Give the wall time, aware, as used in `updatedAt`."""


class SystemClock:
    """Real time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """Time that stands still until a test advances it."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._elapsed = 0.0

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass at once."""
        self._elapsed += seconds
