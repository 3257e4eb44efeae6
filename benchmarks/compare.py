"""The time and memory of comparing two customers: `uv run python -m benchmarks.compare`.

Two customers with 1,000 workflows of 20 tasks each, half of them edited (benchmarks/diff_edits.py),
compared from nothing and from the cache, in processes of their own. Memory is flat if four times as
many workflows take hardly more.
"""

import sys

from benchmarks.measuring import Figure, measure, own_database, report

WORKFLOWS, TASKS, FEWER = 1000, 20, 250
FROM_NOTHING, FROM_CACHE = 20, 1
MOST_GROWTH_MB = 25


def main() -> int:
    with own_database():
        sizes = {"few": FEWER, "many": WORKFLOWS}
        jobs = {
            name: measure(
                "fill_pairs",
                {"name": name, "workflows": number, "tasks": TASKS, "seed": 7_000},
                name,
            )
            for name, number in sizes.items()
        }
        few = measure("compare_pairs", jobs["few"], "few")
        many = measure("compare_pairs", jobs["many"], "many")
        again = measure("compare_pairs", jobs["many"], "cached")
        page = measure("compare_page", jobs["many"], "page")
    assert many["same"] + many["different"] == WORKFLOWS
    return report(
        [
            Figure(f"{WORKFLOWS} pairs from nothing (s)", many["seconds"], FROM_NOTHING),
            Figure(f"{WORKFLOWS} pairs from the cache (s)", again["seconds"], FROM_CACHE),
            Figure("page from the cache (s)", page["seconds"], FROM_CACHE),
            Figure(
                f"more memory for {WORKFLOWS} pairs than for {FEWER} (MB)",
                many["peak_mb"] - few["peak_mb"],
                MOST_GROWTH_MB,
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
