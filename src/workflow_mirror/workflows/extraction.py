"""Extracts tasks from an export: every entry of its `tasks` becomes one, even an invalid one.

Source: API.md section 4. Ids come as numbers or text; a doubled id gets a number behind it, and a
task without one is named by its position, so that no data from Zuora is dropped.
"""

from dataclasses import dataclass
from typing import Any

from workflow_mirror.exact_json import text_of
from workflow_mirror.workflows.columns import TASKS, from_zuora
from workflow_mirror.workflows.task_ids import distinct_ids

_COLUMNS = from_zuora(TASKS)


@dataclass(frozen=True)
class ExtractedTask:
    """One task; `position` is its place in the export's list, from 1.

    `columns` holds the columns of the table that come from the export, by name.
    """

    position: int
    columns: dict[str, str]

    @property
    def zuora_id(self) -> str:
        return self.columns["zuora_id"]

    @property
    def name(self) -> str:
        return self.columns["name"]

    @property
    def action_type(self) -> str:
        return self.columns["action_type"]

    @property
    def task_type(self) -> str:
        return self.columns["task_type"]


def extract_tasks(document: Any) -> list[ExtractedTask] | None:
    """All tasks of an export, ids distinct; None where it holds no list of tasks."""
    entries = document.get("tasks") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return None
    return [
        _extract(position, entry, zuora_id)
        for position, (entry, zuora_id) in enumerate(
            zip(entries, distinct_ids(entries), strict=True), start=1
        )
    ]


def family(action_type: str) -> str:
    """`Logic` of `Logic::Case`; the whole text if there is no family, as in `Email`."""
    return action_type.partition("::")[0]


def _extract(position: int, entry: Any, zuora_id: str) -> ExtractedTask:
    task = entry if isinstance(entry, dict) else {}
    columns = {column.name: text_of(task.get(column.source)) for column in _COLUMNS}
    columns |= {"zuora_id": zuora_id, "task_type": family(columns["action_type"])}
    return ExtractedTask(position, columns)
