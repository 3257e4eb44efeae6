from types import SimpleNamespace
from typing import Any

import pytest

from workflow_mirror.cli.progress import SyncProgress


def state(done: int, *, complete: bool = False) -> Any:
    return SimpleNamespace(
        customer="Ro\x1bssi",
        done=done,
        listed=50,
        listing_complete=complete,
        requests=9,
        failed=1,
        waiting_until=None,
    )


def test_without_a_terminal_a_line_comes_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with SyncProgress() as shown:
        shown.show(state(1))
        now += 5
        shown.show(state(20))
        shown.show(state(21))
        now += 5
        shown.show(state(50, complete=True))
    assert capsys.readouterr().err.splitlines() == [
        r"Ro\x1bssi: 20 of 50 or more workflows, 9 requests, 1 failed",
        r"Ro\x1bssi: 50 of 50 workflows, 9 requests, 1 failed",
    ]
