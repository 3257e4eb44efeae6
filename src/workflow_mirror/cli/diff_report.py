"""The report of a diff as lines for a terminal, with colours if the terminal supports them."""

from collections.abc import Iterator

from workflow_mirror.cli.output import printable, takes_colours
from workflow_mirror.history.diff import Diff
from workflow_mirror.history.diff.report import ReportLine, Style, report

_COLOURS: dict[Style, str] = {
    "title": "1",
    "heading": "1;4",
    "added": "32",
    "removed": "31",
    "changed": "33",
    "note": "2",
}


def coloured(found: Diff, *, layout: bool) -> Iterator[str]:
    """Lines that are safe to print on a terminal: control characters from Zuora are escaped."""
    with_colours = takes_colours()
    for line in report(found, layout=layout):
        text = f"{'  ' * line.depth}{printable(line.text)}"
        yield _coloured(line, text) if with_colours else text


def _coloured(line: ReportLine, text: str) -> str:
    colour = _COLOURS.get(line.style)
    return f"\x1b[{colour}m{text}\x1b[0m" if colour else text
