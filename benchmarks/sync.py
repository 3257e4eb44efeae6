"""Time, memory, requests and writes of a sync: `uv run python -m benchmarks.sync`.

Every figure is a ratio or a count within one run. The fake Zuora and each measurement run in
separate processes. Prints a table on standard error and one JSON document on standard output;
exits 1 if a figure misses its limit. `--quick` uses smaller tenants, to try the benchmark itself.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from statistics import median

from benchmarks.fake import FakeProcess, fake_process
from benchmarks.measuring import Figure, measure_tenant, own_database, report

LATENCY = 0.2
TASKS = 20
AT_ONCE = 4
PAGE_LENGTH = 50


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller tenants")
    sizes = (100, 300) if parser.parse_args().quick else (500, 5000)
    with own_database(), fake_process() as fake:
        fake.lift_token_limit()
        return report([*_with_latency(fake), *_unchanged(fake), *_large(fake, *sizes)])


def _with_latency(fake: FakeProcess) -> Iterator[Figure]:
    """50 workflows at 200 ms a request: a first sync, compared with the floor and the slow ways."""
    tenant = fake.add_tenant("latency", workflows=50, tasks=TASKS)
    measure_tenant("download", tenant)  # the fake makes each document when it is first asked for
    fake.set_latency(LATENCY)
    fake.take_counts()
    first = median(measure_tenant("sync", tenant, again=number)["seconds"] for number in range(3))
    requests = sum(fake.take_counts().values()) / 3
    floor = math.ceil(requests / AT_ONCE) * LATENCY
    yield Figure("first sync of 50 workflows / floor of its requests", first / floor, 1.3)
    one_by_one = measure_tenant("one_by_one", tenant)["seconds"]
    yield Figure("the same client one by one / first sync", one_by_one / first, 3, at_least=True)
    sdk = measure_tenant("sdk", tenant)["seconds"]
    yield Figure("a loop with zuora-sdk / first sync", sdk / first, 3, at_least=True)
    fake.set_latency(0)


def _unchanged(fake: FakeProcess) -> Iterator[Figure]:
    """A second sync of 120 workflows with nothing changed: what it asks for and writes."""
    tenant = fake.add_tenant("unchanged", workflows=120, tasks=TASKS)
    measure_tenant("sync", tenant)
    fake.take_counts()
    statements = measure_tenant("sync", tenant)["statements"]
    counts, pages = fake.take_counts(), math.ceil(120 / PAGE_LENGTH)
    writes = {name: n for name, n in statements.items() if not name.startswith("SELECT")}
    updates = writes.pop("UPDATE workflows", 0)
    yield Figure("unchanged: token requests", counts.get("token", 0), 1)
    yield Figure("unchanged: list requests a page", counts.get("list", 0) / pages, 1)
    yield Figure("unchanged: exports", counts.get("export", 0), 0)
    yield Figure("unchanged: UPDATE statements a page", updates / pages, 1)
    yield Figure("unchanged: other writes", sum(writes.values()), 0)


def _large(fake: FakeProcess, small: int, large: int) -> Iterator[Figure]:
    """Without latency: time against the download alone, memory against a small tenant."""
    tenant = fake.add_tenant("large", workflows=large, tasks=TASKS)
    smaller = fake.add_tenant("small", workflows=small, tasks=TASKS)
    measure_tenant("download", tenant)
    before = measure_tenant("download", tenant)["seconds"]
    synced = measure_tenant("sync", tenant)
    download = (before + measure_tenant("download", tenant)["seconds"]) / 2
    yield Figure(f"first sync of {large} / mere download", synced["seconds"] / download, 2.5)
    yield Figure(f"peak memory at {large} workflows (MB)", synced["peak_mb"], 128)
    small_peak = measure_tenant("sync", smaller)["peak_mb"]
    yield Figure(f"peak memory at {large} / at {small}", synced["peak_mb"] / small_peak, 1.15)
    extracted = measure_tenant("extract", tenant)
    yield Figure(
        f"sync-tasks of {extracted['tasks']} tasks: statements a workflow",
        extracted["statements"] / extracted["workflows"],
        4,
    )


if __name__ == "__main__":
    sys.exit(main())
