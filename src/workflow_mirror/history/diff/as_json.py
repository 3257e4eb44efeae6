"""A diff as JSON: the shape of `zwm diff --json`, on which other programs rely."""

from dataclasses import asdict
from typing import Any

from workflow_mirror.exact_json import loads
from workflow_mirror.history.diff.result import Diff, EdgeChange, EdgeEnd, Field, TaskChange
from workflow_mirror.history.diff.words import pieces, sentence
from workflow_mirror.workflows.export_checks import warning_in_english


def as_json(diff: Diff, *, layout: bool = False, matches: bool = False) -> dict[str, Any]:
    """`layout` adds moves on the canvas, `matches` the ids of all matched tasks."""
    edges = [edge.change for edge in diff.edges]
    document: dict[str, Any] = {
        "equal": diff.equal(layout=layout),
        "summary": {
            "tasks": asdict(diff.counts),
            "edges": {"added": edges.count("added"), "removed": edges.count("removed")},
            "workflow": len(diff.workflow) + (len(diff.layout) if layout else 0),
            "text": sentence(pieces(diff, layout=layout)),
        },
        "before": asdict(diff.before),
        "after": asdict(diff.after),
        "workflow": [_field(one) for one in diff.workflow + (diff.layout if layout else ())],
        "tasks": [_task(task, layout=layout) for task in diff.listed(layout=layout)],
        "edges": [_edge(edge) for edge in diff.edges],
        "warnings": [
            {"side": side, **warned, "text": warning_in_english(warned)}
            for side, warned in diff.warnings
        ],
    }
    if matches:
        document["matches"] = [list(pair) for pair in diff.matches]
    return document


def _task(task: TaskChange, *, layout: bool) -> dict[str, Any]:
    moved = layout and bool(task.layout)
    return {
        "change": task.change,
        "before": asdict(task.before) if task.before else None,
        "after": asdict(task.after) if task.after else None,
        "kinds": [*task.kinds, *(["moved"] if moved else [])],
        "fields": [_field(one) for one in task.fields + (task.layout if layout else ())],
    }


def _field(field: Field) -> dict[str, Any]:
    shown = {"path": field.path, "before": field.before, "after": field.after}
    if field.is_format:
        shown["format"] = True
    if field.is_secret:
        shown["secret"] = True
    return shown


def _edge(edge: EdgeChange) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "change": edge.change,
        "type": edge.type,
        "source": _end(edge.source) if edge.source else None,
        "target": _end(edge.target),
    }
    if edge.condition is not None:
        shown["condition"] = edge.condition
    if edge.details:
        shown["details"] = loads(edge.details)
    return shown


def _end(end: EdgeEnd) -> dict[str, Any]:
    shown: dict[str, Any] = {"before": end.before, "after": end.after, "name": end.name}
    return {**shown, "missing": True} if end.is_missing else shown
