"""The two clocks of the fake: one for lifetimes and windows, one for dates in responses."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The clock that the fake uses; pass another one to `FakeZuora(clock=...)`."""

    def monotonic(self) -> float:
        """Seconds that never go backwards; used for tokens and rate windows."""

    def now(self) -> datetime:
        """Return the wall time, timezone-aware, as used in `updatedAt`."""


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
        """Advance by this many seconds at once."""
        self._elapsed += seconds
