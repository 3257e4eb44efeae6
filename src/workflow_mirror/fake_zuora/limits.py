"""Rate limits in windows, and the count of concurrent requests (API.md section 8)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(slots=True)
class Window:
    """A count that starts with the first request and resets after `length` seconds."""

    length: int
    started: float = float("-inf")
    used: int = 0

    def count(self, now: float) -> int:
        """Count one request at `now` (monotonic seconds); return the requests so far."""
        if now - self.started >= self.length:
            self.started, self.used = now, 0
        self.used += 1
        return self.used

    def reset_in(self, now: float) -> int:
        """Whole seconds until the window resets, at least 1."""
        left = self.started + self.length - now
        return max(1, int(left) + (left > int(left)))


@dataclass(frozen=True, slots=True)
class Spending:
    """The state of a tenant's limits after one more request."""

    limits: tuple[tuple[str, int], ...]
    nearest: str
    """The window closest to exhaustion."""
    remaining: int
    reset: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        quotas = [f"{limit};w={WINDOW_SECONDS[name]}" for name, limit in self.limits]
        return {
            "RateLimit-Limit": ", ".join([str(dict(self.limits)[self.nearest]), *quotas]),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class RequestBudget:
    """A tenant's rate windows. Failed requests count too."""

    def __init__(self) -> None:
        self._windows = {name: Window(length) for name, length in WINDOW_SECONDS.items()}

    def spend(self, limits: Sequence[tuple[str, int | None]], now: float) -> Spending | None:
        """Count one request; None if no window is limited."""
        used = {name: window.count(now) for name, window in self._windows.items()}
        limited = tuple((name, limit) for name, limit in limits if limit is not None)
        if not limited:
            return None
        nearest, limit = min(limited, key=lambda item: (item[1] - used[item[0]]) / max(1, item[1]))
        return Spending(
            limits=limited,
            nearest=nearest,
            remaining=max(0, limit - used[nearest]),
            reset=self._windows[nearest].reset_in(now),
            exceeded=used[nearest] > limit,
        )


class TokenBudget:
    """Token calls per minute and client address, across all tenants (section 2)."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def spend(self, address: str, now: float) -> int:
        """Count one call; return the calls from this address in the current minute."""
        return self._windows.setdefault(address, Window(60)).count(now)


class InFlight:
    """Requests in progress, per entity."""

    def __init__(self) -> None:
        self._active: Counter[str] = Counter()

    def enter(self, entity: str) -> int:
        """Count one request in; return the number in progress, including this one."""
        self._active[entity] += 1
        return self._active[entity]

    def leave(self, entity: str) -> None:
        self._active[entity] -= 1

    @property
    def count(self) -> int:
        return self._active.total()
