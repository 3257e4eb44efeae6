"""Accuracy and cost of the index of references: `uv run python -m benchmarks.search`.

Each export is made of planted references (benchmarks/search_planted.py), so that all that it names
is known. The reported seeds were not looked at while the extractors were written; `--tuning` uses
others, and shows what was missed.
"""

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from benchmarks.measuring import Figure, note, report
from benchmarks.search_planted import Planted, planted
from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.references.extract import Kind, extract
from workflow_mirror.workflows.exports import read_export

HELD_BACK, TUNING = 900_000, 3_000
LEAST_RECALL, LEAST_PRECISION = 0.99, 0.95


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--exports", type=int, default=200)
    arguments = parser.parse_args()
    first = TUNING if arguments.tuning else HELD_BACK
    figures = list(_accuracy(range(first, first + arguments.exports), show=arguments.tuning))
    _note_cost()
    return report(figures)


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
    """CPU time an export of 20 tasks, beside all other reading of the same export."""
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
