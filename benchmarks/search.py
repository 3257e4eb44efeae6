"""Accuracy, cost and speed of the search: `uv run python -m benchmarks.search`.

1. The references that are found.

Each export is made of planted references (benchmarks/search_planted.py), so that all that it names
is known. The reported seeds were not looked at while the extractors were written; `--tuning` uses
others, and shows what was missed.

2. The time of searches (benchmarks/search_work.py) over 200 customers, 100,000 workflows and
1,000,000 tasks, for a user who sees all, one who sees one customer and one who sees half of them. A
search counts with the median of its runs. Building the mirror takes some 15 minutes on two
busy cores.
`--quick` uses a tenth of the mirror; `--keep DIR` keeps it for the next run.

3. The cost of the index: a first sync of 5,000 workflows, each answer after 300 ms as from a real
tenant, together with the job that builds the index afterwards, relative to the sync alone. The
request for that job, and the job relative to a sync whose answers come at once, better of two runs.
The size of the index a task.

`--only` selects `accuracy`, `speed` or `indexing`.
"""

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

from benchmarks.fake import FakeProcess, Tenant, fake_process
from benchmarks.measuring import Figure, measure, measure_tenant, note, own_database, report
from benchmarks.search_planted import Planted, planted
from benchmarks.web_data import Size
from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.references.extract import Kind, extract
from workflow_mirror.workflows.exports import read_export

HELD_BACK, TUNING = 900_000, 3_000
LEAST_RECALL, LEAST_PRECISION = 0.99, 0.95
LARGE = Size(jobs=100, batches=10, changes=100)
QUICK = replace(LARGE, workflows=10_000, tasks=100_000)
ROUNDS = 3
PARTS = ("accuracy", "indexing", "speed")
MOST_IN_SYNC = 1.25
SECONDS_AN_ANSWER = 0.3
TASKS = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--exports", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="a tenth of the mirror")
    parser.add_argument("--keep", type=Path, help="where the large mirror is kept")
    parser.add_argument("--only", choices=PARTS)
    arguments = parser.parse_args()
    parts = {"accuracy"} if arguments.tuning else {arguments.only or part for part in PARTS}
    figures: list[Figure] = []
    if "accuracy" in parts:
        first = TUNING if arguments.tuning else HELD_BACK
        figures += _accuracy(range(first, first + arguments.exports), show=arguments.tuning)
        _note_cost()
    if "indexing" in parts:
        with own_database(), fake_process() as fake:
            figures += _indexing(fake, 300 if arguments.quick else 5000)
    if "speed" in parts:
        with own_database(arguments.keep):
            figures += _speed(QUICK if arguments.quick else LARGE)
    return report(figures)


def _indexing(fake: FakeProcess, workflows: int) -> Iterator[Figure]:
    fake.lift_token_limit()
    tenant = fake.add_tenant("indexed", workflows=workflows, tasks=TASKS)
    measure_tenant("download", tenant)  # the fake makes each document when it is first asked for
    synced, requested, built = map(
        min, zip(*(_first_sync(tenant, n) for n in range(2)), strict=True)
    )
    size = measure("index_size", {})["bytes_a_task"]
    fake.set_latency(SECONDS_AN_ANSWER)
    paced = measure_tenant("sync", tenant, again=2)["seconds"]
    name = f"first sync of {workflows}"
    note("the job, relative to a sync at once", {"ratio": round(built / synced, 2)})
    yield Figure(f"{name}, its index queued / without", 1 + requested / synced, MOST_IN_SYNC)
    yield Figure(
        f"{name} at 300 ms an answer, with the job of its index / without",
        1 + built / paced,
        MOST_IN_SYNC,
    )
    yield Figure("size of the index: kB a task", sum(size.values()) / 1000, 4)


def _first_sync(tenant: Tenant, number: int) -> tuple[float, float, float]:
    """The seconds of a sync, of its request to build the index, and of the job that does."""
    synced = measure_tenant("sync", tenant, again=number)
    requested, built = measure("request_index", {}), measure("build_index", {})
    return synced["seconds"], requested["seconds"], built["seconds"]


def _speed(size: Size) -> Iterator[Figure]:
    timed = measure("time_searches", {"size": asdict(size), "rounds": ROUNDS})
    for name in sorted(timed["times"], key=lambda name: -max(timed["times"][name])):
        milliseconds = timed["times"][name]
        sys.stderr.write(
            f"  {name:<50} {timed['totals'][name]:>6} hits"
            f" {median(milliseconds):7.0f} {max(milliseconds):7.0f} ms,"
            f" {median(timed['processor'][name]):7.0f} of processor time\n"
        )
    for who in ("all", "one", "half"):
        used = [
            median(ms) for name, ms in timed["processor"].items() if name.startswith(f"{who}: ")
        ]
        note("processor", {"median_ms": round(median(used)), "slowest_ms": round(max(used))}, who)
        mine = [ms for name, ms in timed["times"].items() if name.startswith(f"{who}: ")]
        yield Figure(f"{who}: ms of a search, median", median(map(median, mine)), 300)
        yield Figure(f"{who}: ms of the slowest search", max(map(median, mine)), 1000)


def _accuracy(seeds: range, *, show: bool) -> Iterator[Figure]:
    """Recall and precision by kind, over all exports."""
    true, right, found = Counter[str](), Counter[str](), Counter[str]()
    for seed in seeds:
        document, truth = planted(seed)
        names: dict[str | None, set[Planted]] = {task: set() for task in truth}
        for one in extract(document).references:
            name = one.path if one.kind is Kind.SECRET else one.name
            names[one.task_zuora_id].add((one.kind, name.lower()))
        for task, expected in truth.items():
            true.update(kind for kind, _ in expected)
            found.update(kind for kind, _ in names[task])
            right.update(kind for kind, _ in expected & names[task])
            if show and expected != names[task]:
                note(
                    "missed",
                    {
                        "task": task,
                        "seed": seed,
                        "not found": sorted(expected - names[task]),
                        "too much": sorted(names[task] - expected),
                    },
                )
    for kind in sorted(true | found):
        recall = right[kind] / true[kind] if true[kind] else 1.0
        precision = right[kind] / found[kind] if found[kind] else 0.0
        yield Figure(f"{kind}: recall of {true[kind]}", recall, LEAST_RECALL, at_least=True)
        yield Figure(f"{kind}: precision", precision, LEAST_PRECISION, at_least=True)


def _note_cost() -> None:
    """CPU time an export of 20 tasks, compared with all other reading of the same export."""
    documents = []
    for seed in range(60):
        tasks, linkages = generate(
            Recipe(seed, tasks=20, first_task_id=100, version_id=7, newer=bool(seed % 2))
        )
        workflow = {"id": 7, "name": "W", "parameters": {}, "notifications": {}}
        documents.append({"workflow": workflow, "tasks": tasks, "linkages": linkages})
    note(
        "cost",
        {
            "read_export_ms": round(_cpu_ms(lambda: [*map(read_export, documents)]) / 60, 3),
            "extract_ms": round(_cpu_ms(lambda: [*map(extract, documents)]) / 60, 3),
        },
        "20 tasks",
    )


def _cpu_ms(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(7):
        gc.collect()
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best * 1000


if __name__ == "__main__":
    sys.exit(main())
