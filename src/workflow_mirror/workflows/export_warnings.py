"""Warnings about an export, each with a code and facts.

Real exports break many rules of Zuora's own linter; a mirror stores them all and only reports.
The warnings of `export_warnings` are stored with the export; those that the graph counts are found
when it is drawn. Every text is made here, in the language of the thread.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, override

from workflow_mirror.exact_json import id_text

GraphWarning = Literal[
    "nothing_exported",
    "no_tasks",
    "no_linkages",
    "unreadable_linkages",
    "missing_tasks",
    "duplicate_linkages",
    "loose_tasks",
    "unknown_families",
    "cycles",
]
"""What the graph counts; the fact is `n`, how often."""


class Warned(TypedDict):
    """One warning, ready for JSON. Facts are texts and numbers."""

    code: str
    facts: dict[str, Any]


_TEXTS: dict[str, Promise | str] = {
    "no_document": _("no export document"),
    "no_list": _("no list of %(key)s"),
    "duplicate_task": _("task id %(task)s is doubled"),
    "task_not_object": _("task %(position)s is no object"),
    "task_without_id": _("task %(position)s has no id"),
    "task_without_parameters": _("task %(task)s has no parameters"),
    "missing_task": _("an edge names the missing task %(task)s"),
    "no_entry": _("no entry edge"),
    "characters_replaced": _("characters replaced at %(path)s"),
    "other": "%(text)s",  # stored as a text once, by a version that knew no codes
    # Of the graph
    "nothing_exported": _("No export yet."),
    "no_tasks": _("The export has no tasks."),
    "no_linkages": _("The export has no links between tasks."),
    "unreadable_linkages": ngettext_lazy(
        "%(n)s link is unreadable.", "%(n)s links are unreadable.", "n"
    ),
    "missing_tasks": ngettext_lazy(
        "Links point to %(n)s missing task.",
        "Links point to %(n)s missing tasks.",
        "n",
    ),
    "duplicate_linkages": ngettext_lazy(
        "%(n)s link is a duplicate.", "%(n)s links are duplicates.", "n"
    ),
    "loose_tasks": ngettext_lazy("%(n)s task is unreachable.", "%(n)s tasks are unreachable.", "n"),
    "unknown_families": ngettext_lazy(
        "%(n)s task has an unknown type.", "%(n)s tasks have an unknown type.", "n"
    ),
    "cycles": ngettext_lazy(
        "%(n)s link is part of a cycle.", "%(n)s links are part of a cycle.", "n"
    ),
}


def export_warnings(document: Any) -> list[Warned]:
    """Of an export; [] for a well-formed one."""
    if not isinstance(document, dict):
        return [_warned("no_document")]
    return list(_warnings(document))


def characters_replaced(path: str) -> Warned:
    """JSONB could not store the original text; see `documents.storable`."""
    return _warned("characters_replaced", path=path)


def warning_text(warned: Warned) -> str:
    """One line in the language of this thread; the code where this version has no text for it."""
    try:
        return str(_TEXTS[warned["code"]] % warned["facts"])
    except KeyError:  # stored by another version of this program
        return warned["code"]


def warning_texts_in_english(stored: list[Warned]) -> list[str]:
    """For other programs, whatever language the user has."""
    with override(None):
        return [warning_text(warned) for warned in stored]


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
