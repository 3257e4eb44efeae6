"""What is unusual about an export, as codes with facts. Pure, so that no Django is needed.

Real exports break many rules of Zuora's own linter; a mirror stores them all and only reports.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypedDict

from workflow_mirror.errors import gettext_noop
from workflow_mirror.exact_json import id_text


class Warned(TypedDict):
    """One warning, ready for JSON. Facts are texts and numbers."""

    code: str
    facts: dict[str, Any]


EXPORT_TEXTS = {
    "no_document": gettext_noop("no export document"),
    "no_list": gettext_noop("no list of %(key)s"),
    "duplicate_task": gettext_noop("task id %(task)s is doubled"),
    "task_not_object": gettext_noop("task %(position)s is no object"),
    "task_without_id": gettext_noop("task %(position)s has no id"),
    "task_without_parameters": gettext_noop("task %(task)s has no parameters"),
    "missing_task": gettext_noop("an edge names the missing task %(task)s"),
    "linkages_not_objects": gettext_noop("linkages that are no objects: %(n)s"),
    "no_entry": gettext_noop("no entry edge"),
    "characters_replaced": gettext_noop("characters replaced at %(path)s"),
}
"""By code; filled with the facts."""


def export_warnings(document: Any) -> list[Warned]:
    """Of an export; [] for a well-formed one."""
    if not isinstance(document, dict):
        return [_warned("no_document")]
    return list(_warnings(document))


def characters_replaced(path: str) -> Warned:
    """JSONB could not hold what was there; see `documents.storable`."""
    return _warned("characters_replaced", path=path)


def unreadable_linkages(n: int) -> Warned:
    return _warned("linkages_not_objects", n=n)


def _warnings(document: dict[str, Any]) -> Iterator[Warned]:
    for key in ("tasks", "linkages"):
        if not isinstance(document.get(key), list):
            yield _warned("no_list", key=key)
    tasks = _objects(document.get("tasks"))
    task_ids = [task_id for task in tasks if (task_id := id_text(task.get("id")))]
    yield from (
        _warned("duplicate_task", task=key) for key, n in Counter(task_ids).items() if n > 1
    )
    yield from _of_tasks(document.get("tasks"))
    yield from _of_linkages(document, set(task_ids))


def _of_tasks(tasks: Any) -> Iterator[Warned]:
    for position, task in enumerate(tasks if isinstance(tasks, list) else [], start=1):
        if not isinstance(task, dict):
            yield _warned("task_not_object", position=position)
        elif not id_text(task.get("id")):
            yield _warned("task_without_id", position=position)
        elif not isinstance(task.get("parameters"), dict):
            yield _warned("task_without_parameters", task=id_text(task["id"]))


def _of_linkages(document: dict[str, Any], task_ids: set[str]) -> Iterator[Warned]:
    linkages = _objects(document.get("linkages"))
    for linkage in linkages:
        for end in ("source_task_id", "target_task_id"):
            task_id = id_text(linkage.get(end))
            if task_id and task_id not in task_ids:
                yield _warned("missing_task", task=task_id)
    if linkages and all(linkage.get("source_workflow_id") is None for linkage in linkages):
        yield _warned("no_entry")


def _objects(items: Any) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _warned(code: str, **facts: Any) -> Warned:
    return Warned(code=code, facts=facts)


def warning_in_english(warned: Warned) -> str:
    """For other programs and for the command line; see export_warnings for other languages."""
    return EXPORT_TEXTS[warned["code"]] % warned["facts"]
