"""How fast, how small and how quiet a sync is: `uv run python -m benchmarks.sync`.

Every figure is a ratio or a count inside this one run, against the fake Zuora in a process of its
own; each measurement runs in a process of its own, too. Prints a table on standard error and one
JSON document on standard output; exits 1 where a figure is not what the project promises.
`--quick` takes smaller tenants, to try the benchmark itself.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.fake import FakeProcess, Tenant, fake_process
from workflow_mirror.embedded import EmbeddedPostgres

LATENCY = 0.2
TASKS = 20
AT_ONCE = 4
PAGE_LENGTH = 50


@dataclass(frozen=True)
class Figure:
    """One measured figure beside the limit that it must keep to."""

    name: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller tenants")
    sizes = (100, 300) if parser.parse_args().quick else (500, 5000)
    with _database(), fake_process() as fake:
        fake.lift_token_limit()
        figures = [*_with_latency(fake), *_unchanged(fake), *_large(fake, *sizes)]
    for figure in figures:
        sign = ">=" if figure.at_least else "<="
        verdict = "ok" if figure.holds else "MISSED"
        sys.stderr.write(
            f"{figure.name:<62} {figure.value:>9.2f}  {sign} {figure.limit:<8g} {verdict}\n"
        )
    document = [asdict(figure) | {"holds": figure.holds} for figure in figures]
    sys.stdout.write(json.dumps({"figures": document}, indent=2) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


def _with_latency(fake: FakeProcess) -> Iterator[Figure]:
    """50 workflows at 200 ms a request: a first sync beside the floor and the slow ways."""
    tenant = fake.add_tenant("latency", workflows=50, tasks=TASKS)
    _measure("download", tenant)  # the fake makes each document when it is first asked for
    fake.set_latency(LATENCY)
    fake.take_counts()
    first = median(_measure("sync", tenant, again=number)["seconds"] for number in range(3))
    requests = sum(fake.take_counts().values()) / 3
    floor = math.ceil(requests / AT_ONCE) * LATENCY
    yield Figure("first sync of 50 workflows / floor of its requests", first / floor, 1.3)
    one_by_one = _measure("one_by_one", tenant)["seconds"]
    yield Figure("the same client one by one / first sync", one_by_one / first, 3, at_least=True)
    sdk = _measure("sdk", tenant)["seconds"]
    yield Figure("a loop with zuora-sdk / first sync", sdk / first, 3, at_least=True)
    fake.set_latency(0)


def _unchanged(fake: FakeProcess) -> Iterator[Figure]:
    """A second sync of 120 workflows with nothing changed: what it asks for and writes."""
    tenant = fake.add_tenant("unchanged", workflows=120, tasks=TASKS)
    _measure("sync", tenant)
    fake.take_counts()
    statements = _measure("sync", tenant)["statements"]
    counts, pages = fake.take_counts(), math.ceil(120 / PAGE_LENGTH)
    writes = {name: n for name, n in statements.items() if not name.startswith("SELECT")}
    updates = writes.pop("UPDATE workflows", 0)
    yield Figure("unchanged: token requests", counts.get("token", 0), 1)
    yield Figure("unchanged: list requests a page", counts.get("list", 0) / pages, 1)
    yield Figure("unchanged: exports", counts.get("export", 0), 0)
    yield Figure("unchanged: UPDATE statements a page", updates / pages, 1)
    yield Figure("unchanged: other writes", sum(writes.values()), 0)


def _large(fake: FakeProcess, small: int, large: int) -> Iterator[Figure]:
    """A large tenant without latency: time beside a mere download, memory beside a small one."""
    tenant = fake.add_tenant("large", workflows=large, tasks=TASKS)
    smaller = fake.add_tenant("small", workflows=small, tasks=TASKS)
    _measure("download", tenant)
    before = _measure("download", tenant)["seconds"]
    synced = _measure("sync", tenant)
    download = (before + _measure("download", tenant)["seconds"]) / 2
    yield Figure(f"first sync of {large} / mere download", synced["seconds"] / download, 2.5)
    yield Figure(f"peak memory at {large} workflows (MB)", synced["peak_mb"], 128)
    small_peak = _measure("sync", smaller)["peak_mb"]
    yield Figure(f"peak memory at {large} / at {small}", synced["peak_mb"] / small_peak, 1.15)
    extracted = _measure("extract", tenant)
    yield Figure(
        f"sync-tasks of {extracted['tasks']} tasks: statements a workflow",
        extracted["statements"] / extracted["workflows"],
        4,
    )


def _measure(name: str, tenant: Tenant, again: int = 0) -> dict[str, Any]:
    """Run one measurement; `again` makes it a customer of its own, so that a sync is a first."""
    job = json.dumps({**tenant, "customer": f"{tenant['name']} {again}"})
    command = [sys.executable, "-m", "benchmarks.worker", name, job]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    sys.stderr.write(f"  {name:<12} {tenant['name']:<10} {json.dumps(result)[:200]}\n")
    return result


@contextmanager
def _database() -> Iterator[None]:
    """An embedded PostgreSQL of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="zwm-benchmark-") as home:
        os.environ.pop("DATABASE_URL", None)
        os.environ |= {"ZWM_HOME": home, "ZWM_ZUORA_ALLOW_LOCAL": "1"}
        os.environ.setdefault("PYTHONWARNINGS", "ignore")
        server = EmbeddedPostgres(Path(home))
        _measure_first_start(server)
        try:
            yield
        finally:
            server.destroy()


def _measure_first_start(server: EmbeddedPostgres) -> None:
    """Secrets first: the database is refused in a directory that has lost them."""
    from workflow_mirror import home

    home.secrets(home.data_directory(), os.environ, create=True)
    server.acquire()


if __name__ == "__main__":
    sys.exit(main())
