"""The database server, which is restarted while it is in use."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psycopg

from benchmarks.chaos.plan import Decision
from workflow_mirror.embedded import EmbeddedPostgres

RESTARTS = {"stop in order": 1, "crash": 1, "stay away": 1}
SECONDS_TO_COME_BACK = 60.0
WHO = "SELECT pg_read_file('postmaster.pid'), pg_postmaster_start_time()::text"


class DatabaseServer:
    """The embedded server of a data directory."""

    def __init__(self, home: Path, stalled_after: float) -> None:
        self.done: Counter[str] = Counter()
        self._server = EmbeddedPostgres(home)
        self._stalled_after = stalled_after

    def restart(self, decision: Decision) -> None:
        """End it and start it again; it may stay away until workers give themselves up.

        A worker that comes meanwhile starts it, too, as any command does.
        """
        self.done[f"database: {decision.what}"] += 1
        process, started = self._who()
        os.kill(process, signal.SIGQUIT if decision.what == "crash" else signal.SIGINT)
        if decision.what == "stay away":
            time.sleep(decision.random.uniform(0.5, 1.5) * self._stalled_after)
        deadline = time.monotonic() + SECONDS_TO_COME_BACK
        while time.monotonic() < deadline:
            # One that is about to end may still look ready.
            with suppress(psycopg.OperationalError):
                if self._who()[1] != started:
                    return
            time.sleep(0.05)
        raise TimeoutError("The database does not come back")

    def _who(self) -> tuple[int, str]:
        """Its process, and when it started, once it runs."""
        with self._server, psycopg.connect(self._server.url, autocommit=True) as connection:
            row = connection.execute(WHO).fetchone()
        assert row is not None
        return int(row[0].splitlines()[0]), row[1]
