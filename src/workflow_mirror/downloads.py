"""Runs a few requests concurrently; results are taken as they arrive."""

import queue
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from types import TracebackType
from typing import Self

SECONDS_TO_END = 2.0
SECONDS_BETWEEN_LOOKS = 1.0
# Bytes. Limits the finished results that wait to be taken, and those taken together: few large
# documents are held at a time, so that memory does not grow with their size.
MOST_WAITING = 16 * 2**20
MOST_TAKEN = 8 * 2**20


@dataclass(frozen=True)
class Done[Item, Result]:
    """A finished item: its result, or the error raised while processing it."""

    item: Item
    outcome: Result | Exception


class Downloads[Item, Result]:
    """A few threads that do the same work on each item passed to them.

    The threads are daemons, so that Ctrl-C ends the process at once, although Zuora may take two
    minutes to respond. On exit, work not yet started is dropped; after an error, `give_up` is
    called, and running work gets a few seconds to end. `weigh` returns the bytes of a result; while
    too many bytes wait to be taken, no further work starts. The threads inherit the caller's bound
    log context.
    """

    def __init__(
        self,
        threads: int,
        work: Callable[[Item], Result],
        give_up: Callable[[], None] = lambda: None,
        weigh: Callable[[Result], int] = lambda _: 0,
    ) -> None:
        self._work = work
        self._give_up = give_up
        self._weigh = weigh
        self._wanted: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done[Item, Result]] = queue.SimpleQueue()
        self._room = threading.Condition()
        self._waiting = 0
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(
                target=copy_context().run,
                args=(self._run,),
                name=f"download-{number}",
                daemon=True,
            )
            for number in range(threads)
        ]
        self.pending = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        with self._room:
            self._room.notify_all()
        for _ in self._threads:
            self._wanted.put(None)
        if kind is not None and issubclass(kind, Exception):
            self._give_up()
        if kind is None or issubclass(kind, Exception):
            deadline = time.monotonic() + SECONDS_TO_END
            for thread in self._threads:
                thread.join(max(0.0, deadline - time.monotonic()))

    def submit(self, item: Item) -> None:
        self.pending += 1
        self._wanted.put(item)

    def take(
        self,
        at_most: int,
        seconds_to_gather: float = 0.0,
        while_waiting: Callable[[], None] = lambda: None,
    ) -> list[Done[Item, Result]]:
        """Wait for one finished item; return it with others finished by then or soon after.

        `while_waiting` is called once a second meanwhile, and may raise to end the wait.
        """
        if not self.pending:
            return []
        taken = [self._wait_for_one(while_waiting)]
        weight, gathered_at = self._weight(taken[0]), time.monotonic() + seconds_to_gather
        while len(taken) < min(at_most, self.pending) and weight < MOST_TAKEN:
            try:
                taken.append(self._done.get(timeout=max(0.0, gathered_at - time.monotonic())))
            except queue.Empty:
                break
            weight += self._weight(taken[-1])
        with self._room:
            self._waiting -= weight
            self._room.notify_all()
        self.pending -= len(taken)
        return taken

    def _wait_for_one(self, while_waiting: Callable[[], None]) -> Done[Item, Result]:
        while True:
            try:
                return self._done.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                while_waiting()

    def _run(self) -> None:
        while (item := self._wanted.get()) is not None and self._has_room():
            self._do(item)

    def _do(self, item: Item) -> None:
        """A call of its own: while its thread waits, no local name keeps a result in memory."""
        try:
            done = Done[Item, Result](item, self._work(item))
        except Exception as error:  # noqa: BLE001 - passed to the caller that takes the item
            done = Done(item, error)
        with self._room:
            self._waiting += self._weight(done)
        self._done.put(done)

    def _has_room(self) -> bool:
        """Wait until another result fits; False when no more are needed."""
        with self._room:
            self._room.wait_for(lambda: self._stopped.is_set() or self._waiting < MOST_WAITING)
        return not self._stopped.is_set()

    def _weight(self, done: Done[Item, Result]) -> int:
        return 0 if isinstance(done.outcome, Exception) else self._weigh(done.outcome)


def in_background[Result](
    work: Callable[[], Result], give_up: Callable[[], None], while_waiting: Callable[[], None]
) -> Result:
    """The result of one call made in a separate thread, or its error.

    This lets the caller check once a second whether to stop while the call waits.
    """
    with Downloads[Callable[[], Result], Result](1, lambda call: call(), give_up) as background:
        background.submit(work)
        [done] = background.take(1, while_waiting=while_waiting)
    if isinstance(done.outcome, Exception):
        raise done.outcome
    return done.outcome
