"""The names of changes in a page's address: the same for every diff of the same two exports.

Made of the matched tasks' IDs and of paths. They have letters, digits and hyphens only, whatever
Zuora's texts have.
"""

import hashlib

from workflow_mirror.exact_json import dump
from workflow_mirror.history.diff.result import EdgeChange, EdgeEnd, Id, TaskChange

_DIGITS = 10


def task_anchor(task: TaskChange) -> str:
    """`task-12-112`; `task-none-112` for a task that was added."""
    before, after = (_part(one.id) if one else "none" for one in (task.before, task.after))
    return f"task-{before}-{after}"


def field_anchor(owner: str, path: str) -> str:
    """`owner` is the task's anchor, or `settings`."""
    return f"{owner}-{_digest(path)}"


def edge_anchor(edge: EdgeChange) -> str:
    ends = [_ids(edge.source), _ids(edge.target)]
    return f"link-{_digest([edge.change, edge.type, edge.condition, edge.details, *ends])}"


def _part(id_: Id) -> str:
    text = str(id_)
    return text if text.isascii() and text.isdigit() else _digest(text)


def _ids(end: EdgeEnd | None) -> list[Id | None]:
    return [] if end is None else [end.before, end.after]


def _digest(value: object) -> str:
    return hashlib.sha256(dump(value)).hexdigest()[:_DIGITS]
