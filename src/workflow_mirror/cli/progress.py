"""The progress of a sync: a live bar on a terminal, otherwise an occasional line."""

import logging
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from workflow_mirror.cli.output import print_note, printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from workflow_mirror.sync.service import Progress as SyncState

SECONDS_BETWEEN_LINES = 5.0
LOG = logging.getLogger("workflow_mirror")


class SyncProgress:
    """Shows the progress of syncs, on standard error to keep standard output for data.

    While a live bar is shown, log lines that repeat it are left out.
    """

    def __init__(self) -> None:
        self._tasks: dict[str, TaskID] = {}
        self._last_line = time.monotonic()
        self._bar = _live_bar() if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._bar:
            LOG.setLevel(logging.WARNING)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()
            LOG.setLevel(logging.INFO)

    def show(self, state: "SyncState") -> None:
        if self._bar:
            self._move(self._bar, state)
        elif time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            print_note(
                f"{state.customer}: {state.done} of {_listed(state)} workflows,"
                f" {state.requests} requests, {state.failed} failed{_wait(state)}"
            )

    def _move(self, bar: "Progress", state: "SyncState") -> None:
        from rich.markup import escape

        name = str(state.customer)
        if name not in self._tasks:
            self._tasks[name] = bar.add_task(
                escape(printable(name)), total=None, requests=0, failed=0, wait=""
            )
        bar.update(
            self._tasks[name],
            completed=state.done,
            total=state.listed,
            requests=state.requests,
            failed=state.failed,
            wait=_wait(state),
        )


def _live_bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(
            "{task.fields[requests]} requests, {task.fields[failed]} failed{task.fields[wait]}"
        ),
        console=Console(stderr=True),
    )


def _listed(state: "SyncState") -> str:
    return str(state.listed) if state.listing_complete else f"{state.listed} or more"


def _wait(state: "SyncState") -> str:
    if state.waiting_until is None:
        return ""
    return f", waiting for Zuora until {state.waiting_until:%H:%M:%S} UTC"
