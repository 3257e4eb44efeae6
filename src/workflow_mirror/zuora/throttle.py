"""How fast one tenant is asked: some requests at once, and a common pause when Zuora says so.

Source: API.md section 8. A tenant allows 40 requests at once, shared with everything else that
runs there, so that we take few. On a 429 the wait is `Retry-After`, or `RateLimit-Reset` where
that is missing; both count seconds.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def requested_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait; None where it does not say, or says nonsense."""
    for name in ("Retry-After", "RateLimit-Reset"):
        wait = _seconds(headers.get(name))
        if wait is not None:
            return wait
    return None


class Throttle:
    """Shared by all threads that call one tenant.

    `slot()` holds one of `at_once` places, after any pause has passed; `pause(seconds)` stops
    everybody, so that four threads do not each collect a 429 of their own.
    """

    def __init__(
        self,
        at_once: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._slots = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._now = now
        self._sleep = sleep
        self._open_at = 0.0
        self.seconds_paused = 0.0

    @contextmanager
    def slot(self) -> Iterator[None]:
        self._wait_until_open()
        with self._slots:
            yield

    def pause(self, seconds: float) -> None:
        with self._lock:
            now = self._now()
            lengthened_by = now + seconds - max(self._open_at, now)
            if lengthened_by > 0:
                self._open_at = now + seconds
                self.seconds_paused += lengthened_by

    def _wait_until_open(self) -> None:
        while (wait := self._open_at - self._now()) > 0:
            self._sleep(wait)


def _seconds(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        # The nearest window comes first where a header lists several.
        return max(0.0, float(value.split(",")[0].split(";")[0]))
    except ValueError:
        return _seconds_until(value)


def _seconds_until(http_date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
