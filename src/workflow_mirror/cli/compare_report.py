"""The report of `zwm compare` as lines of text."""

from collections.abc import Iterator, Sequence
from typing import Any

from workflow_mirror.cli.output import printable
from workflow_mirror.cli.tables import lines_of
from workflow_mirror.compare.result import SAME, STATUSES, Row, summary, text_of
from workflow_mirror.workflows.secrets import masked

_WORDS = {
    "same": "same",
    "different": "different",
    "only_in_source": "only in source",
    "only_in_target": "only in target",
    "ambiguous": "ambiguous",
}
COLUMNS = ["Status", "Workflow", "Source", "Target", "Differences"]


def report(names: tuple[str, str], rows: Sequence[Row[Any]], *, show_all: bool) -> Iterator[str]:
    """Workflows that are the same are counted, and listed with `show_all`."""
    listed = [row for row in rows if show_all or row.status != SAME]
    if listed:
        yield from lines_of(COLUMNS, [list(map(printable, _cells(row))) for row in listed])
        yield ""
    counts = summary(rows)
    told = ", ".join(f"{counts[status]} {_WORDS[status]}" for status in STATUSES if counts[status])
    yield f"{names[0]} and {names[1]}: {told or 'no workflows'}"


def _cells(row: Row[Any]) -> tuple[str, str, str, str, str]:
    ids = (str(one.id) if one else "-" for one in (row.source, row.target))
    source, target = ids
    return _WORDS[row.status or ""], masked(row.name), source, target, text_of(row)
