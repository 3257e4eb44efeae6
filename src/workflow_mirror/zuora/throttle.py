"""The request rate of one tenant: some requests at once, and a common pause when Zuora asks.

Source: API.md section 8. A tenant allows 40 requests at once, shared with everything else that
runs there, so that we take few. `Retry-After` is a wait that Zuora asks for. `RateLimit-Reset` is
on every answer and says when a window ends: a wait only where the limit is reached.
"""

import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait; None where it does not say, or says nonsense."""
    return _wait_in(headers, "Retry-After")


def rate_limit_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a 429 asks to wait, be it for a rate limit or for too many at once."""
    wait = retry_after(headers)
    if wait is None and not _number(headers.get("RateLimit-Remaining", "")):
        wait = _wait_in(headers, "RateLimit-Reset")
    return wait


class Throttle:
    """Shared by all threads that call one tenant.

    `slot()` holds one of `at_once` places, after any pause has passed; `pause(seconds)` stops
    everybody, so that four threads do not each collect a 429 of their own. `seconds_paused` is
    how long the pauses have lasted so far; `seconds_to_wait` is what remains of the current one.
    `sleep` may raise: then `slot()` does.
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
        self._paused_at = self._open_at = now()  # begin and end of the last pause
        self._paused_before = 0.0  # seconds of the pauses before that one
        self._ended = False

    @property
    def seconds_paused(self) -> float:
        with self._lock:
            return self._seconds_paused(self._now())

    @property
    def seconds_to_wait(self) -> float:
        return max(0.0, self._open_at - self._now())

    @contextmanager
    def slot(self) -> Iterator[None]:
        with self._slots:
            # Inside, so that a pause also applies to threads that were waiting for a slot.
            self._wait_until_open()
            yield

    def pause(self, seconds: float) -> None:
        with self._lock:
            if self._ended:
                return
            now = self._now()
            if now >= self._open_at:
                self._paused_before = self._seconds_paused(now)
                self._paused_at = self._open_at = now
            self._open_at = max(self._open_at, now + seconds)

    def end(self) -> None:
        """End the current pause, and start no other: no more requests follow."""
        with self._lock:
            self._ended = True
            self._open_at = min(self._open_at, self._now())

    def _seconds_paused(self, now: float) -> float:
        return self._paused_before + min(now, self._open_at) - self._paused_at

    def _wait_until_open(self) -> None:
        while (wait := self._open_at - self._now()) > 0:
            self._sleep(wait)


def _wait_in(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name, "")
    seconds = _number(text)
    if seconds is None:
        seconds = _seconds_until(text)
    return None if seconds is None else max(0.0, seconds)


def _number(text: str) -> float | None:
    try:
        # The nearest window comes first where a header lists several.
        number = float(re.split("[,;]", text, maxsplit=1)[0])
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _seconds_until(http_date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
