"""The speed of the web admin's pages with a large mirror: `uv run python -m benchmarks.web`.

200 customers with 100,000 workflows, 1,000,000 tasks, 20,000 jobs and 200,000 changes are created
in a separate database, and a small mirror in another. Every list page, with each sort order, filter
and search, is requested by three users: an administrator, a user limited to one customer and a user
limited to half of them.

1. The SQL statements of each page: none is repeated more often than with the small mirror, as it
   would be if it ran for each row; and which statements read an export or a task's parameters.
2. The server time of each page, compared with an empty list page that is requested alternately
   with the others: for each list, the median of all variants is less than three times as long, and
   none is ever more than ten times as long. In process, through all middleware, with Django's test
   client.
3. Drawing the graphs of 300 and of 2,000 tasks in Chromium, in the tab of its workflow as `zwm web`
   serves it, and the page that compares two versions of 300 tasks, a third of them edited.
   `--browser` measures only these, with the small mirror.

Prints a table on standard error and one JSON document on standard output; exits 1 if a figure
misses its limit. `--quick` uses a tenth of the mirror, to try the benchmark itself. `--keep DIR`
keeps the large mirror in DIR for the next run; `--only` measures some pages only.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import Figure, measure, own_database, report
from benchmarks.web_data import Size

SMALL = Size(
    customers=24,
    workflows=480,
    tasks=4800,
    jobs=400,
    batches=200,
    schedules=60,
    users=60,
    changes=4800,
)
QUICK = Size(workflows=10_000, tasks=100_000, jobs=2_000, changes=20_000)
ROUNDS = 5
SHOWN = 15  # of the slowest pages
USUAL = 3  # times an empty page
GRAPH_MILLISECONDS = {300: 1500, 2000: 5000}
"""From asking for the page until the graph can be used, by its number of tasks."""
COMPARISON_MILLISECONDS = 2000


def main() -> int:
    options = _options()
    if options.browser:
        with own_database():
            measure("look_at_pages", {"size": asdict(SMALL)}, "small")
            return report(_browser())
    size = QUICK if options.quick else Size()
    with own_database():
        small = measure("look_at_pages", {"size": asdict(SMALL)}, "small")
    with own_database(options.keep):
        large = measure("look_at_pages", {"size": asdict(size)}, "large")
        timed = measure("time_pages", {"rounds": ROUNDS, "only": options.only})
        drawn = list(_browser())
    return report([*_statements(small, large), *_times(timed), *drawn])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the mirror")
    parser.add_argument("--keep", type=Path, help="where the large mirror is kept")
    parser.add_argument("--browser", action="store_true", help="only what Chromium draws")
    parser.add_argument("--only", default="", help="time the pages whose names have this pattern")
    return parser.parse_args()


def _statements(small: dict[str, Any], large: dict[str, Any]) -> Iterator[Figure]:
    few, many = small["times"], large["times"]
    # Twice is two parts of a page that ask the same; for each row is 25 times.
    repeating = [
        name
        for name, times in many.items()
        if any(number > max(2, few.get(name, {}).get(text, 0)) for text, number in times.items())
    ]
    for name in repeating:
        sys.stderr.write(f"  {name}: repeats a statement\n")
    for name, columns in large["large"].items():
        sys.stderr.write(f"  {name}: reads {columns}\n")
    yield Figure("pages asked for", len(many), 300, at_least=True)
    yield Figure("pages that repeat a statement more often than over few rows", len(repeating), 0)
    yield Figure("statements of a page, at the most", max(large["statements"].values()), 20)
    yield Figure("pages that read exports or parameters", len(large["large"]), 0)


def _times(timed: dict[str, Any]) -> Iterator[Figure]:
    empty = median(timed["empty"])
    ratios = {
        name: (median(times) / empty, max(times) / empty) for name, times in timed["times"].items()
    }
    for name in sorted(ratios, key=lambda name: -ratios[name][0])[:SHOWN]:
        sys.stderr.write("  {:<70} {:6.2f} {:6.2f}\n".format(name, *ratios[name]))
    usual, slowest = zip(*ratios.values(), strict=True)
    over = sum(ratio > USUAL for ratio in usual)
    sys.stderr.write(f"  an empty list page: {empty:.1f} ms\n")
    sys.stderr.write(f"  ways of their own over {USUAL} times of it: {over} of {len(usual)}\n")
    for page in dict.fromkeys(name.split(": ")[1] for name in ratios):
        of_page = [ratio for name, (ratio, _) in ratios.items() if name.split(": ")[1] == page]
        what = f"{page}, {len(of_page)} ways: at the median / an empty page"
        yield Figure(what, median(of_page), USUAL)
    yield Figure("all pages at the median / an empty page", median(usual), USUAL)
    yield Figure("the slowest page, median of its answers / an empty page", max(usual), 10)
    yield Figure("the slowest single answer / an empty page", max(slowest), 10)


def _browser() -> Iterator[Figure]:
    for tasks, most in GRAPH_MILLISECONDS.items():
        yield from _graph(tasks, most, measure("graph", {"tasks": tasks})["drawn"])
    loads = measure("comparison", {})["compared"]
    for what, name in (
        ("changes", "ms from asking for its page"),
        ("graph", "ms to draw its graph"),
    ):
        slowest = max(load[what] for load in loads)
        yield Figure(f"comparison of 300 tasks: {name}", slowest, COMPARISON_MILLISECONDS)


def _graph(tasks: int, most: int, drawn: list[dict[str, float]]) -> Iterator[Figure]:
    for what, name in (
        ("drawing", "ms to draw it, the slowest of 5"),
        ("page", "ms from asking for its page"),
    ):
        slowest = max(load[what] for load in drawn)
        yield Figure(f"graph of {tasks} tasks: {name}", slowest, most)


if __name__ == "__main__":
    sys.exit(main())
