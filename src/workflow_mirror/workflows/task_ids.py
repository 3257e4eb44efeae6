"""The ids under which the tasks of an export are known; pure, so that no Django is needed."""

from collections.abc import Iterator
from typing import Any

from workflow_mirror.exact_json import id_text


def distinct_ids(entries: list[Any]) -> Iterator[str]:
    """An id for each entry of an export's `tasks`, all distinct.

    A duplicate id gets a number appended; a task without an id is named by its position.
    """
    own_ids = [_own_id(entry) for entry in entries]
    taken = {*own_ids} - {""}
    used: set[str] = set()
    for position, own_id in enumerate(own_ids, start=1):
        wanted = own_id or f"no-id-{position}"
        chosen, number = wanted, 1
        while chosen in used or (chosen != wanted and chosen in taken):
            number += 1
            chosen = f"{wanted}#{number}"
        used.add(chosen)
        yield chosen


def _own_id(entry: Any) -> str:
    return id_text(entry.get("id")) if isinstance(entry, dict) else ""
