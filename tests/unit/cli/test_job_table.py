"""The table of `zwm queue monitor`."""

from datetime import UTC, datetime
from typing import Any

import pytest

from workflow_mirror.cli.queue import _print_jobs

FIRST_TRY = datetime(2026, 11, 28, 9, 22, tzinfo=UTC)
NEXT_TRY = datetime(2026, 11, 28, 11, 22, tzinfo=UTC)
JOB: dict[str, Any] = {
    "id": 7,
    "kind": "sync",
    "customer": "Rossi",
    "status": "retrying",
    "waiting_until": None,
    "started_at": FIRST_TRY,
    "progress": {"done": 0, "total": 0},
    "attempt": 1,
    "requested_by": "ada",
}


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({"number": 1, "starts_at": NEXT_TRY}, "11:22:00"),
        ({"number": 1, "starts_at": None}, ""),  # no worker is alive
        ({"status": "running"}, "09:22:00"),
    ],
)
def test_a_job_that_waits_for_its_retry_does_not_show_the_start_of_its_last_try(
    place: dict[str, Any], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _print_jobs([JOB | place])
    printed = capsys.readouterr().out
    assert [time for time in ("09:22:00", "11:22:00") if time in printed] == [shown][: bool(shown)]
