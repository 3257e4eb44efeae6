"""Checks that nothing is lost when everything fails: `uv run python -m benchmarks.chaos`.

Several workers sync many customers from a fake Zuora whose data keep changing; syncs are requested
again and again. At random times a worker is killed, frozen (for less and for more than the
heartbeat timeout) or asked to stop, the database is restarted, and Zuora fails in every way. Then
the disturbances stop, and the remaining jobs are processed. At the end

- every customer is mirrored exactly as the fake has it;
- no request was lost: each became a job that has ended, and that started after the request;
- no customer was synced twice at once: not according to the table of attempts, not according to the
  fake's request log (`verdict.py` describes the one harmless exception), and not in the database,
  where a witness saw each row written under the customer's lock (`witness.py`).

All decisions come from the seed; their timing relative to the processes depends on the machine.
Prints the events, and exits 1 with the violations found; the workers' logs are kept for analysis.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

from workflow_mirror import database
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.fake_zuora import FakeZuora, serve

LATENCY = 0.02
MOST_SHOWN = 30


def main() -> int:
    options = _options()
    print(f"seed {options.seed}", flush=True)
    logs = Path(tempfile.mkdtemp(prefix="zwm-chaos-logs-"))
    fake = FakeZuora(latency=LATENCY)
    fake.token_limit_per_minute = None
    with _home() as home, database.ready(), serve(fake) as server:
        from benchmarks.chaos.run import Chaos, Settings

        chaos = Chaos(Settings(**vars(options)), server, home, logs)
        chaos.run()
    _print_counts(chaos.counts)
    if not chaos.wrong:
        print("nothing lost, nothing done twice, every customer as Zuora has it")
        shutil.rmtree(logs)
        return 0
    for complaint in chaos.wrong[:MOST_SHOWN]:
        print(f"WRONG: {complaint}")
    print(f"{len(chaos.wrong)} wrong with seed {options.seed}; the workers' logs: {logs}")
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos")
    parser.add_argument("--seed", default=str(SystemRandom().randrange(10**6)))
    parser.add_argument("--seconds", type=float, default=60.0, help="of chaos")
    parser.add_argument("--customers", type=int, default=100)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--stalled-after", type=float, default=3.0, help="ZWM_STALLED_AFTER")
    return parser.parse_args()


@contextmanager
def _home() -> Iterator[Path]:
    """A data directory with a database of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="zwm-chaos-") as directory:
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {
            "ZWM_HOME": directory,
            "ZWM_ZUORA_ALLOW_LOCAL": "1",
            "ZWM_SYNC_BACKOFF": "0.5",
            # That job holds no customer's lock, since it changes nothing that a sync writes.
            "ZWM_EARLIER_VERSIONS_PER_DAY": "0",
            "PYTHONWARNINGS": "ignore",
        }
        try:
            yield Path(directory)
        finally:
            EmbeddedPostgres(Path(directory)).destroy()


def _print_counts(counts: Mapping[str, int]) -> None:
    for name, number in sorted(counts.items()):
        print(f"{number:>8}  {name}")


if __name__ == "__main__":
    sys.exit(main())
