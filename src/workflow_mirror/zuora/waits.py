"""The waits of one client: giving up ends all of them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from workflow_mirror.zuora.errors import GivenUpError
from workflow_mirror.zuora.reasons import NoCompleteAnswerError

# Seconds. No wait blocks for longer before it checks whether the client has given up.
SLICE = 0.25
# Seconds without an answer after which a request counts as a wait, not as work.
LONG = 5.0
# A key of a request's extensions: what to call in each slice of its waits.
ON_WAIT = "workflow_mirror.on_wait"


@dataclass(eq=False)
class Request:
    """A request on its way; times by the monotonic clock."""

    began: float
    ends: float
    on_wait: Callable[[], None] | None = None


class Waits:
    """Thread-safe. After `give_up`, every wait raises GivenUpError within `SLICE` seconds.

    A request lasts `request_seconds` at most. It belongs to the thread that sends it, which sends
    one at a time. `stuck_until` tells whether all requests on their way take long.
    """

    def __init__(self, request_seconds: float) -> None:
        self.request_seconds = request_seconds
        self._given_up = threading.Event()
        self._requests: set[Request] = set()
        self._changing = threading.Lock()
        self._thread = threading.local()

    def give_up(self) -> None:
        self._given_up.set()

    @property
    def given_up(self) -> bool:
        return self._given_up.is_set()

    def check(self) -> None:
        """Raises GivenUpError after `give_up`."""
        if self._given_up.is_set():
            raise GivenUpError

    def sleep(self, seconds: float) -> None:
        """Raises GivenUpError as soon as the client gives up."""
        if self._given_up.wait(seconds):
            raise GivenUpError

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts the block as a request without an answer, for `stuck_until`."""
        request = self.begin()
        try:
            yield
        finally:
            self.end(request)

    def begin(self, on_wait: Callable[[], None] | None = None) -> Request:
        """Begin this thread's request; `on_wait` is called in each slice of its waits."""
        now = time.monotonic()
        request = Request(now, now + self.request_seconds, on_wait)
        with self._changing:
            self._requests.add(request)
        self._thread.request = request
        return request

    def end(self, request: Request) -> None:
        with self._changing:
            self._requests.discard(request)

    def in_slices[Result](self, act: Callable[[float], Result], seconds: float | None) -> Result:
        """What `act` returns, called again and again until it no longer raises TimeoutError.

        `act` blocks for at most as many seconds as it is given. Raises GivenUpError, and
        TimeoutError after `seconds` or, caused by a ReasonError, when the time of this thread's
        request is over.
        """
        request: Request | None = getattr(self._thread, "request", None)
        over = time.monotonic() + self.at_most(seconds)
        while True:
            self.check()
            left = over - time.monotonic()
            if left <= 0:
                raise TimeoutError from self._reason(request)
            if request and request.on_wait:
                request.on_wait()
            with suppress(TimeoutError):
                return act(min(SLICE, left))

    def at_most(self, seconds: float | None) -> float:
        """`seconds`, or what is left of this thread's request if that is less.

        Raises GivenUpError after `give_up`.
        """
        self.check()
        request: Request | None = getattr(self._thread, "request", None)
        left = request.ends - time.monotonic() if request else float("inf")
        return max(0.001, min(left, float("inf") if seconds is None else seconds))

    def stuck_until(self) -> datetime | None:
        """The first of the moments that end the requests, where all of them take long (UTC)."""
        with self._changing:
            requests = tuple(self._requests)
        now = time.monotonic()
        if not requests or any(now - request.began < LONG for request in requests):
            return None
        return moment_in(min(request.ends for request in requests) - now)

    def _reason(self, request: Request | None) -> NoCompleteAnswerError | None:
        if request and time.monotonic() >= request.ends:
            return NoCompleteAnswerError(seconds=f"{self.request_seconds:g}")
        return None


def moment_in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=max(0.0, seconds))
