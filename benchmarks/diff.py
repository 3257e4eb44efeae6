"""The accuracy and the speed of task matching in a diff: `python -m benchmarks.diff`.

Each pair of exports differs by known edits (benchmarks/diff_edits.py), so the true counterpart of
every task is known. Half of the pairs keep their IDs, half have new IDs, as two versions do. The
reported seeds were not used for tuning the weights; `--tuning` uses other seeds, and `--pairs` sets
the number of pairs of each size.
"""

import argparse
import gc
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator

from benchmarks.diff_edits import Edited, Export, edited
from benchmarks.measuring import Figure, note, report
from workflow_mirror.history.diff import diff

HELD_BACK, TUNING = 700_000, 5_000
SIZES = (8, 25, 60, 150)
SHARES = (0.1, 0.2, 1 / 3)
"""Of the tasks that are edited."""
LARGE = 300
LONGEST_MS = 100
LEAST = 0.99
type Matches = set[tuple[object, object]]
type Method = Callable[[Export, Export], Matches]


def main() -> int:
    arguments = _arguments()
    first = TUNING if arguments.tuning else HELD_BACK
    figures = []
    for size in SIZES:
        pairs = list(_pairs(first, size, arguments.pairs))
        for name, method in METHODS.items():
            precision, recall = _score(pairs, method)
            note(name, {"precision": round(precision, 4), "recall": round(recall, 4)}, str(size))
            if name == "diff":
                figures += [
                    Figure(f"{size} tasks: precision", precision, LEAST, at_least=True),
                    Figure(f"{size} tasks: recall", recall, LEAST, at_least=True),
                ]
    return report([*figures, *_speed(first)])


def by_diff(before: Export, after: Export) -> Matches:
    return set(diff(before, after).matches)


def by_id(before: Export, after: Export) -> Matches:
    known = {task["id"] for task in before["tasks"]}
    return {(task["id"], task["id"]) for task in after["tasks"] if task["id"] in known}


def by_name(before: Export, after: Export) -> Matches:
    """The first of a name with the first of this name, and so on."""
    open_tasks: defaultdict[str, list[object]] = defaultdict(list)
    for task in before["tasks"]:
        open_tasks[task["name"]].append(task["id"])
    return {
        (open_tasks[task["name"]].pop(0), task["id"])
        for task in after["tasks"]
        if open_tasks[task["name"]]
    }


METHODS: dict[str, Method] = {"diff": by_diff, "by id": by_id, "by name": by_name}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--pairs", type=int, default=60)
    return parser.parse_args()


def _pairs(first: int, size: int, number: int) -> Iterator[Edited]:
    for place in range(number):
        share = SHARES[place % len(SHARES)]
        yield edited(first + place, size, share=share, renewed=place % 2 == 0)


def _score(pairs: list[Edited], method: Method) -> tuple[float, float]:
    """Precision and recall over the matched tasks of all pairs."""
    right = found = true = 0
    for pair in pairs:
        matches = method(pair.before, pair.after)
        truth = {(before, after) for after, before in pair.truth.items()}
        right += len(matches & truth)
        found += len(matches)
        true += len(truth)
    return right / found if found else 1.0, right / true


def _speed(first: int) -> list[Figure]:
    """CPU time, the best of several runs each: other programs of the machine do not count."""
    worst = 0.0
    for seed in range(first, first + 4):
        pair = edited(seed, LARGE, share=1 / 3, renewed=True)
        best = min(_cpu_ms(pair) for _ in range(7))
        note("speed", {"ms": round(best, 1)}, str(LARGE))
        worst = max(worst, best)
    return [Figure(f"{LARGE} tasks, a third edited: milliseconds", worst, LONGEST_MS)]


def _cpu_ms(pair: Edited) -> float:
    gc.collect()
    started = time.process_time()
    diff(pair.before, pair.after)
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    sys.exit(main())
