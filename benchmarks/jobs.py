"""The overhead and the scalability of the queue: `uv run python -m benchmarks.jobs`.

Every figure is a ratio or a count within one run; the database, the fake Zuora, the workers and
each measurement are separate processes, all on this machine. Prints a table on standard error and
one JSON document on standard output; exits 1 if a figure misses its limit. `--quick` uses fewer
customers, to try the benchmark itself.

1. Empty jobs: the seconds from requesting 1,000 syncs until one worker has completed them, with
   everything but the sync itself (the request, the job runs and attempts, the worker's lease),
   compared with the same number of empty tasks of plain procrastinate with the same options: a
   concurrency of 8, a lock for each customer, completed jobs deleted, the same database.
2. Many customers: two workers with 8 concurrent syncs each, 4 concurrent requests per customer, so
   64 in total, plus up to 8 token prefetch calls. The lower bound is the time that 64 concurrent
   requests need for all requests that were sent, each answered after 300 ms.
3. Queueing: the SQL statements of one request.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.fake import fake_process
from benchmarks.measuring import Figure, measure, note, own_database, report

JOBS = 1000
WORKFLOWS = 20
TASKS = 20
LATENCY = 0.3
WORKERS = 2
CONCURRENCY = 8
AT_ONCE_FOR_A_CUSTOMER = 4
AT_ONCE = WORKERS * CONCURRENCY * AT_ONCE_FOR_A_CUSTOMER


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer jobs and customers")
    jobs, customers = (200, 48) if parser.parse_args().quick else (JOBS, 300)
    with own_database() as home:
        return report([*_empty_jobs(jobs), *_queueing(), *_many_customers(customers, home)])


def _empty_jobs(number: int) -> Iterator[Figure]:
    job = {"jobs": number, "concurrency": CONCURRENCY}
    # In turns, so that what else the machine does meets both alike.
    seconds = [(measure("our_layer", job), measure("bare", job)) for _ in range(3)]
    ours = median(our["seconds"] for our, _ in seconds)
    bare = median(bare["seconds"] for _, bare in seconds)
    yield Figure(
        f"rate of {number} empty jobs / bare procrastinate's", bare / ours, 0.7, at_least=True
    )


def _queueing() -> Iterator[Figure]:
    few, many = (measure("queueing", {"customers": number})["statements"] for number in (3, 300))
    yield Figure("queueing 300 customers: SQL statements more than for 3", many - few, 0)


def _many_customers(number: int, home: Path) -> Iterator[Figure]:
    with (
        fake_process(
            *("--tenants", str(number), "--workflows", str(WORKFLOWS), "--tasks", str(TASKS)),
            *("--uniform", "--render", "--token-limit", "0", "--latency", str(LATENCY)),
        ) as fake,
        _workers(home / "workers.log") as workers,
    ):
        before = [_cpu_seconds(pid) for pid in (fake.pid, *workers)]
        job = {"base_url": fake.base_url, "tenants": fake.tenants, "workers": WORKERS}
        done = measure("many_customers", job)
        after = [_cpu_seconds(pid) for pid in (fake.pid, *workers)]
        requests = sum(fake.take_counts().values())
    spent = [round(end - start, 1) for start, end in zip(before, after, strict=True)]
    floor = requests * LATENCY / AT_ONCE
    note("floor", {"seconds": floor, "requests": requests, "at_once": AT_ONCE})
    note("CPU seconds", {"fake": spent[0], "workers": spent[1:], "of": os.cpu_count()})
    yield Figure(
        f"{number} customers of {WORKFLOWS} workflows / floor of their requests",
        done["seconds"] / floor,
        1.4,
    )
    yield Figure("syncs of them that did not succeed", number - done["outcomes"]["succeeded"], 0)


@contextmanager
def _workers(log: Path) -> Iterator[list[int]]:
    """Worker processes as a user starts them; their ids."""
    command = [sys.executable, "-m", "benchmarks.unpaced", "queue", "work"]
    with log.open("wb") as stderr:
        workers = [
            subprocess.Popen([*command, "--concurrency", str(CONCURRENCY)], stderr=stderr)
            for _ in range(WORKERS)
        ]
        try:
            yield [worker.pid for worker in workers]
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(timeout=60)


def _cpu_seconds(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
