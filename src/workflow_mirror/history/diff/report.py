"""A diff as lines for people, each with what it is; the terminal and Markdown draw them.

The report is bounded, however much differs: long lists, texts and lines are cut, and say so. The
JSON of a diff is complete.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import simplejson

from workflow_mirror.history.diff.lines import hunks, is_long
from workflow_mirror.history.diff.result import Diff, EdgeChange, EdgeEnd, Field, TaskChange
from workflow_mirror.history.diff.words import pieces, sentence
from workflow_mirror.workflows.export_checks import Warned, warning_in_english

MOST_LINES = 400
"""Of one text."""
MOST_ENTRIES = 1000
"""Of one list: warnings, tasks, links, fields of a task."""
MOST_CHARACTERS = 2000
"""Of one line."""
_SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}

type Style = Literal["title", "heading", "added", "removed", "changed", "context", "note"]


class ReportLine(NamedTuple):
    """`text` is Zuora's in part and may hold anything but a line break. `depth` is 0 to 3."""

    style: Style
    depth: int
    text: str


def report(diff: Diff, *, layout: bool = False) -> Iterator[ReportLine]:
    for line in _lines(diff, layout=layout):
        yield line if len(line.text) <= MOST_CHARACTERS else line._replace(text=_cut(line.text))


def _cut(text: str) -> str:
    return f"{text[:MOST_CHARACTERS]}... {len(text) - MOST_CHARACTERS} more characters"


def _lines(diff: Diff, *, layout: bool) -> Iterator[ReportLine]:
    yield ReportLine("title", 0, sentence(pieces(diff, layout=layout)))
    moved = diff.counts.moved
    if moved and not layout:
        yield ReportLine("note", 0, f"Hidden: tasks moved on the canvas ({moved})")
    yield from _each(diff.warnings, _warning, depth=0)
    settings = diff.workflow + (diff.layout if layout else ())
    if settings:
        yield ReportLine("heading", 0, "Workflow settings")
        yield from _fields(settings)
    tasks = diff.listed(layout=layout)
    if tasks:
        yield ReportLine("heading", 0, "Tasks")
    yield from _each(tasks, partial(_task, layout=layout), depth=1)
    if diff.edges:
        yield ReportLine("heading", 0, "Links")
    yield from _each(diff.edges, _link, depth=1)


def _each[Entry](
    entries: Sequence[Entry], lines_of: Callable[[Entry], Iterator[ReportLine]], depth: int
) -> Iterator[ReportLine]:
    for entry in entries[:MOST_ENTRIES]:
        yield from lines_of(entry)
    if len(entries) > MOST_ENTRIES:
        yield ReportLine("note", depth, f"... {len(entries) - MOST_ENTRIES} more")


def _warning(found: tuple[str, Warned]) -> Iterator[ReportLine]:
    side, warned = found
    yield ReportLine("note", 0, f"Warning, {side}: {warning_in_english(warned)}")


def _link(edge: EdgeChange) -> Iterator[ReportLine]:
    yield ReportLine(edge.change, 1, f"{_SIGNS[edge.change]} {_edge(edge)}")


def _task(task: TaskChange, *, layout: bool) -> Iterator[ReportLine]:
    moved = ["moved"] if layout and task.layout else []
    words = ", ".join([*task.kinds, *moved])
    text = f"{_SIGNS[task.change]} {_heading(task)}"
    style: Style = "changed" if task.change == "moved" else task.change
    yield ReportLine(style, 1, f"{text}: {words}" if words else text)
    yield from _fields(task.fields + (task.layout if layout else ()))


def _heading(task: TaskChange) -> str:
    before, after = task.before or task.after, task.after or task.before
    if before is None or after is None:
        return ""
    name = _either(_quoted(before.name), _quoted(after.name))
    return f"{name} ({_either(before.action_type, after.action_type)})"


def _either(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _quoted(name: str) -> str:
    return simplejson.dumps(name, ensure_ascii=False)


def _fields(fields: tuple[Field, ...]) -> Iterator[ReportLine]:
    yield from _each(fields, _field, depth=2)


def _field(field: Field) -> Iterator[ReportLine]:
    note = " (format only)" if field.is_format else ""
    if field.is_secret and field.before == field.after:
        yield ReportLine("changed", 2, f"{field.path}: secret changed")
    elif is_long(field):
        yield ReportLine("context", 2, f"{field.path}{note}:")
        yield from _hunks(field)
    else:
        yield ReportLine("context", 2, f"{field.path}{note}:")
        if field.before is not None:
            yield ReportLine("removed", 3, f"- {_value(field.before)}")
        if field.after is not None:
            yield ReportLine("added", 3, f"+ {_value(field.after)}")


def _hunks(field: Field) -> Iterator[ReportLine]:
    styles: dict[str, Style] = {"-": "removed", "+": "added", " ": "context"}
    lines = [
        ReportLine(styles[line.sign], 3, f"{line.sign} {line.text}")
        for hunk in hunks(field)
        for line in hunk
    ]
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield ReportLine("note", 3, f"... {len(lines) - MOST_LINES} more lines")


def _value(value: Any) -> str:
    return simplejson.dumps(value, ensure_ascii=False, sort_keys=True)


def _edge(edge: EdgeChange) -> str:
    condition = f" ({_quoted(edge.condition)})" if edge.condition is not None else ""
    details = f" {edge.details}" if edge.details else ""
    return f"{_end(edge.source)} → {_end(edge.target)}: {edge.type}{condition}{details}"


def _end(end: EdgeEnd | None) -> str:
    if end is None:
        return "workflow"
    if end.is_missing:
        return f"missing task {end.before if end.after is None else end.after}"
    return _quoted(end.name)
