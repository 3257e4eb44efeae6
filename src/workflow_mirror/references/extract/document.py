"""All references and texts of an export. Pure: no database, no Django."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from workflow_mirror.references.extract.collector import Collector
from workflow_mirror.references.extract.content import (
    TASK_KEYS,
    WORKFLOW_KEYS,
    folded_name,
    folded_text,
    task_lines,
    workflow_lines,
)
from workflow_mirror.references.extract.events import extract_entries, extract_triggers
from workflow_mirror.references.extract.fields import extract_fields, extract_inputs, own_object
from workflow_mirror.references.extract.objects import STANDARD
from workflow_mirror.references.extract.reader import Reader
from workflow_mirror.references.extract.reference import Extracted, Text
from workflow_mirror.references.extract.tasks import extract_files, extract_report
from workflow_mirror.references.extract.texts import Context
from workflow_mirror.workflows.task_ids import distinct_ids

EXTRACTOR_VERSION = 4
"""To be raised with any change of what is extracted or stored: exports are then read again."""


def extract(document: Any) -> Extracted:
    """What an export names, each once for every task and path, and its texts; never a secret.

    Paths are within the task; outside of tasks, within the document. Reads any JSON. A text that
    no parser understands is read by patterns, with less confidence, and counted.
    """
    content = document if isinstance(document, dict) else {}
    tasks = content.get("tasks")
    entries = tasks if isinstance(tasks, list) else []
    known = _known(frozenset(_objects(entries)) - STANDARD)
    tasks_by_id = [
        (zuora_id, entry)
        for entry, zuora_id in zip(entries, distinct_ids(entries), strict=True)
        if isinstance(entry, dict)
    ]
    collectors = [_of_workflow(content, known)]
    collectors += [_of_task(entry, zuora_id, known) for zuora_id, entry in tasks_by_id]
    texts = [Text(None, folded_text(workflow_lines(content)))]
    texts += [Text(zuora_id, folded_text(task_lines(entry))) for zuora_id, entry in tasks_by_id]
    return Extracted(
        [reference for out in collectors for reference in out.references()],
        sum(out.unparsed for out in collectors),
        folded_name(content),
        texts,
    )


@lru_cache(maxsize=1024)
def _known(others: frozenset[str]) -> frozenset[str]:
    """The same set for the same objects, so that texts are found among those that were read."""
    return STANDARD | others


def _objects(tasks: Iterable[Any]) -> Iterator[str]:
    for task in tasks:
        if isinstance(task, dict):
            if name := own_object(task):
                yield name.lower()
            fields = _object_at(task, "parameters").get("fields")
            if isinstance(fields, dict):
                yield from (key.lower() for key, inner in fields.items() if isinstance(inner, dict))


def _object_at(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _of_workflow(content: dict[str, Any], known: frozenset[str]) -> Collector:
    """Of all that stands outside of tasks: triggers, inputs, notifications."""
    out = Collector(None)
    parameters = _object_at(_object_at(content, "workflow"), "parameters")
    extract_inputs(out, parameters)
    extract_triggers(out, parameters)
    extract_entries(out, content.get("linkages"))
    reader = Reader(out, Context("", known))
    for key, item in content.items():
        if key == "workflow" and isinstance(item, dict):
            kept = {name: value for name, value in item.items() if name not in WORKFLOW_KEYS}
            reader.read_object(kept, key)
        elif key not in {"tasks", "linkages"}:
            reader.read_object({key: item}, "")
    return out


def _of_task(task: dict[str, Any], zuora_id: str, known: frozenset[str]) -> Collector:
    out = Collector(zuora_id)
    parameters = _object_at(task, "parameters")
    extract_fields(out, task, parameters)
    extract_report(out, task)
    extract_files(out, parameters.get("files"))
    kept = {key: item for key, item in task.items() if item and key not in TASK_KEYS}
    Reader(out, Context(own_object(task), known)).read_object(kept, "")
    return out
