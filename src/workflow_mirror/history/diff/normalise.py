"""An export as the diff reads it: run state, ids and noise are gone. Source: API.md sections 4, 14.

Tasks are numbered in the order of the canvas, whatever order the export lists them in.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workflow_mirror.exact_json import dump, id_text, text_of
from workflow_mirror.history.diff.texts import Scans, Texts, shown_text
from workflow_mirror.history.diff.values import decoded, normal, shown, without_empty
from workflow_mirror.workflows.linkages import read_linkage
from workflow_mirror.workflows.positions import read_pixels
from workflow_mirror.workflows.run_state import without_run_state
from workflow_mirror.workflows.task_ids import distinct_ids

WORKFLOW = "workflow"
"""The end of an edge that leaves the workflow itself."""
CASE = "Logic::Case"
_LINKAGE_KEYS = {"id", "source_workflow_id", "source_task_id", "target_task_id", "linkage_type"}
_TASK_KEYS = {"id", "name", "action_type", "task_id", "css"}
# `version` names a version, as the id does: two versions of the same content are equal.
_WORKFLOW_KEYS = {"id", "version", "css"}
TASK_MARK = re.compile(rb"\\u0000t(\d+)\\u0000")
_MARK, _MARK_OF_ANY = rb"\u0000t", rb"\\u0000t\\u0000"

type End = int | str
"""Of an edge: the number of a task, WORKFLOW, or `missing:` and the id of no task."""


@dataclass(frozen=True, slots=True)
class Task:
    """`content` has neither name, type, position nor, for a case, `branches`.

    `branches` are the conditions of a case by its linkage type. `parent` is what `task_id` names.
    `key` is `content` as bytes, in which `references` are the tasks that it names, in order.
    """

    id: int | str
    name: str
    action_type: str
    content: dict[str, Any]
    branches: dict[str, str]
    css: dict[str, Any]
    parent: End | None
    key: bytes
    references: tuple[int, ...]


class Edge(NamedTuple):
    """`extra` has further fields as JSON to compare, `details` as JSON to show; mostly empty."""

    source: End
    type: str
    target: End
    extra: str
    details: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two documents. `edges` counts each one; `unreadable` are linkages of no shape.

    `entries` are the tasks as they came, as sorted JSON without run state.
    """

    entries: list[bytes]
    tasks: list[Task]
    edges: Counter[Edge]
    settings: dict[str, Any]
    css: dict[str, Any]
    version: tuple[str, str]
    unreadable: int
    outgoing: dict[End, list[Edge]] = field(default_factory=dict)
    incoming: dict[End, list[Edge]] = field(default_factory=dict)

    def branch(self, edge: Edge) -> str:
        """The condition of an edge that leaves a case, else its type."""
        if isinstance(edge.source, int):
            return self.tasks[edge.source].branches.get(edge.type, edge.type)
        return edge.type


def normalised(document: Any, scans: Scans | None = None) -> Side:
    """Takes a document of any shape; `scans` can be shared with the other document.

    Raises RecursionError where it is nested too deeply.
    """
    content = without_run_state(document)
    content = content if isinstance(content, dict) else {}
    entries = _in_canvas_order(content.get("tasks"))
    numbers = {id_: number for number, (_, id_, _) in enumerate(entries)}
    texts = Texts(numbers, {} if scans is None else scans)
    edges, unreadable = _edges(content.get("linkages"), numbers, texts)
    workflow = _object(content.get("workflow"))
    side = Side(
        entries=sorted(text for _, _, text in entries),
        tasks=[_task(entry, id_, numbers, texts) for entry, id_, _ in entries],
        edges=edges,
        settings=_settings(content, texts),
        css=_css(workflow.get("css"), texts),
        version=(id_text(workflow.get("id")), text_of(workflow.get("version"))),
        unreadable=unreadable,
    )
    side.outgoing.update(_by_end(edges, "source"))
    side.incoming.update(_by_end(edges, "target"))
    return side


def _in_canvas_order(entries: Any) -> list[tuple[dict[str, Any], str, bytes]]:
    """Each task with its distinct id and its JSON; from top to bottom, then by content."""
    entries = entries if isinstance(entries, list) else []
    read = [
        (_object(entry), id_, dump(entry))
        for entry, id_ in zip(entries, distinct_ids(entries), strict=True)
    ]
    return sorted(read, key=_place)


def _place(item: tuple[dict[str, Any], str, bytes]) -> tuple[bool, float, float, bytes]:
    css = _object(item[0].get("css"))
    top, left = read_pixels(css.get("top")), read_pixels(css.get("left"))
    return top is None, top or 0, left or 0, item[2]


def _task(entry: dict[str, Any], id_: str, numbers: dict[str, int], texts: Texts) -> Task:
    columns = {key: value for key, value in entry.items() if key not in _TASK_KEYS}
    columns["parameters"] = decoded(columns.get("parameters"))
    content = {"parameters": {}} | without_empty(normal(columns, texts))
    action_type = shown_text(texts[text_of(entry.get("action_type"))])
    branches = _take_branches(content) if action_type == CASE else {}
    key = dump([content, sorted(branches.values())])
    return Task(
        id=_own_id(entry.get("id"), id_),
        name=texts[text_of(entry.get("name"))],
        action_type=action_type,
        content=content,
        branches=branches,
        css=_css(entry.get("css"), texts),
        parent=_end(parent, numbers) if (parent := id_text(entry.get("task_id"))) else None,
        key=TASK_MARK.sub(_MARK_OF_ANY, key) if _MARK in key else key,
        references=tuple(map(int, TASK_MARK.findall(key))) if _MARK in key else (),
    )


def _take_branches(content: dict[str, Any]) -> dict[str, str]:
    """Out of the parameters of a case, unless they are of another shape than is known."""
    parameters = content.get("parameters")
    if not isinstance(parameters, dict):
        return {}
    conditions = parameters.get("case_condition")
    if not isinstance(conditions, dict) or not conditions:
        return {}
    if not all(isinstance(condition, str) for condition in conditions.values()):
        return {}
    rest = {key: value for key, value in parameters.items() if key != "case_condition"}
    content["parameters"] = rest
    return conditions


def _own_id(raw: Any, distinct: str) -> int | str:
    """As the export has it, where no other task has the same."""
    is_number = isinstance(raw, int) and not isinstance(raw, bool)
    return raw if is_number and str(raw) == distinct else distinct


def _edges(linkages: Any, numbers: dict[str, int], texts: Texts) -> tuple[Counter[Edge], int]:
    entries = linkages if isinstance(linkages, list) else []
    readable = [entry for entry in entries if isinstance(entry, dict)]
    found = Counter(_edge(entry, numbers, texts) for entry in readable)
    return found, len(entries) - len(readable)


def _edge(entry: dict[str, Any], numbers: dict[str, int], texts: Texts) -> Edge:
    linkage = read_linkage(entry)
    rest = {key: value for key, value in entry.items() if key not in _LINKAGE_KEYS}
    rest = without_empty(normal(rest, texts)) if rest else {}
    return Edge(
        WORKFLOW if linkage.source is None else _end(linkage.source, numbers),
        shown_text(texts[linkage.type]),
        _end(linkage.target, numbers),
        dump(rest).decode() if rest else "",
        dump(shown(rest)).decode() if rest else "",
    )


def _end(id_: str, numbers: dict[str, int]) -> End:
    return numbers.get(id_, f"missing:{id_}")


def _settings(content: dict[str, Any], texts: Texts) -> dict[str, Any]:
    """The workflow's own fields, and whatever else the document has besides tasks and linkages."""
    workflow = {
        k: v for k, v in _object(content.get("workflow")).items() if k not in _WORKFLOW_KEYS
    }
    workflow["parameters"] = decoded(workflow.get("parameters"))
    others = {k: v for k, v in content.items() if k not in ("workflow", "tasks", "linkages")}
    definition = others.get("workflow_definition")
    if isinstance(definition, dict) and definition.get("name") == workflow.get("name"):
        others["workflow_definition"] = {k: v for k, v in definition.items() if k != "name"}
    found = {"parameters": {}} | without_empty(normal(workflow, texts))
    return found | without_empty(normal(others, texts))


def _css(css: Any, texts: Texts) -> dict[str, Any]:
    """Lengths as numbers: `40px` is `40.0px`."""
    return {
        key: normal(value, texts) if (pixels := read_pixels(value)) is None else pixels
        for key, value in _object(css).items()
    }


def _by_end(edges: Iterable[Edge], end: str) -> dict[End, list[Edge]]:
    found: defaultdict[End, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[getattr(edge, end)].append(edge)
    return found


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
