"""An export as a document: made storable, put into one form, and looked at for what is odd.

Source: API.md section 12. Real exports break many rules of Zuora's own linter; a mirror stores
them all and only reports.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from workflow_mirror.exact_json import dump, id_text

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_SURROGATE_BYTES = re.compile(b"\xed[\xa0-\xbf]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(value: Any, path: str = "$") -> tuple[Any, list[str]]:
    """A copy that JSONB can hold, and the paths at which something was replaced.

    JSONB holds neither NUL characters nor halves of surrogate pairs; both become U+FFFD.
    """
    if isinstance(value, str):
        clean = _UNSTORABLE.sub(REPLACEMENT, value)
        return clean, [] if clean == value else [path]
    if isinstance(value, list):
        cleaned = [storable(item, f"{path}[{index}]") for index, item in enumerate(value)]
        return [item for item, _ in cleaned], [p for _, paths in cleaned for p in paths]
    if isinstance(value, dict):
        return _storable_object(value, path)
    return value, []


def canonical_json(value: Any) -> bytes:
    """The same bytes for the same content: sorted keys, tasks and linkages sorted too.

    Zuora gives no order to these two arrays.
    """
    if isinstance(value, dict):
        arrays = {key: _sorted(value[key]) for key in ("tasks", "linkages") if key in value}
        value = {**value, **arrays}
    return dump(value)


def oddities(document: Any) -> list[str]:
    """What is odd about an export, one sentence each; [] for a well-formed one."""
    return list(_oddities(document)) if isinstance(document, dict) else ["no export document"]


def is_storable(dumped: bytes) -> bool:
    """Cheap, and wrong only towards a needless clean-up.

    In UTF-8, only a surrogate begins with the byte ED followed by one from A0 up.
    """
    return b"\\u0000" not in dumped and not _SURROGATE_BYTES.search(dumped)


def _storable_object(value: dict[str, Any], path: str) -> tuple[dict[str, Any], list[str]]:
    clean: dict[str, Any] = {}
    replaced: list[str] = []
    for key, item in value.items():
        clean_key, in_key = storable(key, f"{path} (a key)")
        clean[clean_key], in_item = storable(item, f"{path}.{clean_key}")
        replaced += in_key + in_item
    return clean, replaced


def _sorted(items: Any) -> Any:
    return sorted(items, key=dump) if isinstance(items, list) else items


def _oddities(document: dict[str, Any]) -> Iterator[str]:
    for key in ("tasks", "linkages"):
        if not isinstance(document.get(key), list):
            yield f"no list of {key}"
    tasks = _objects(document.get("tasks"))
    task_ids = [task_id for task in tasks if (task_id := id_text(task.get("id")))]
    yield from (f"task id {key} is doubled" for key, n in Counter(task_ids).items() if n > 1)
    yield from _odd_tasks(document.get("tasks"))
    yield from _odd_linkages(document, set(task_ids))


def _odd_tasks(tasks: Any) -> Iterator[str]:
    for position, task in enumerate(tasks if isinstance(tasks, list) else [], start=1):
        if not isinstance(task, dict):
            yield f"task {position} is no object"
        elif not id_text(task.get("id")):
            yield f"task {position} has no id"
        elif not isinstance(task.get("parameters"), dict):
            yield f"task {id_text(task['id'])} has no parameters"


def _odd_linkages(document: dict[str, Any], task_ids: set[str]) -> Iterator[str]:
    linkages = _objects(document.get("linkages"))
    for linkage in linkages:
        for end in ("source_task_id", "target_task_id"):
            task_id = id_text(linkage.get(end))
            if task_id and task_id not in task_ids:
                yield f"an edge names the missing task {task_id}"
    if linkages and all(linkage.get("source_workflow_id") is None for linkage in linkages):
        yield "no entry edge"


def _objects(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
